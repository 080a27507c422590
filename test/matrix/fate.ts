import type { Verdict } from '../../sandbox/cluster/http/intercept.ts';
import type { SlackVerdict } from '../../sandbox/slack/server.ts';

export type System = 'Kubernetes' | 'Slack';

/** A request as it is known by: `patch Pod`, or `patch Pod, 2nd` when it is not the first of its kind. */
export interface Sent {
  readonly name: string;
  readonly system: System;
}

/** What befalls an invocation at one of its requests. */
export interface Fate {
  readonly at: Sent;
  readonly verdict: 'killedBefore' | 'killedAfter' | Verdict | SlackVerdict;
  /** The same for each later request to the same system. */
  readonly isForGood?: true;
}

export interface Case {
  readonly name: string;
  readonly fate: Fate;
}

type Befalls = readonly [what: string, verdict: Fate['verdict']];

const DEATHS: readonly Befalls[] = [
  ['killed before', 'killedBefore'],
  ['killed after', 'killedAfter'],
];

/** Both look alike to who waits; one was carried out. */
const SILENCES: readonly Befalls[] = [
  ['no answer, not carried out, to', 'drop'],
  ['no answer, carried out, to', 'lose-answer'],
];

const STATUSES: readonly Befalls[] = [401, 403, 404, 409, 410, 422, 429, 500].map((status) => [
  `${status} to`,
  { status },
]);
/** Of a read the next three: between them the reads of an operation get all, in all places. */
const STATUSES_OF_A_READ = 3;

const REFUSALS: readonly Befalls[] = [
  ['429 to', { status: 429, headers: { 'retry-after': '1' } }],
  ['500 to', { status: 500 }],
  ...['channel_not_found', 'message_not_found', 'fatal_error'].map(
    (error): Befalls => [`${error} to`, { status: 200, body: JSON.stringify({ ok: false, error }) }],
  ),
];

/** From a request on: one of these for each, in turns. */
const FOR_GOOD: Readonly<Record<System, readonly Befalls[]>> = {
  Kubernetes: [
    ['500 from then on, to', { status: 500 }],
    ['403 from then on, to', { status: 403 }],
    ['no answers from then on, to', 'drop'],
    ['429 from then on, to', { status: 429 }],
  ],
  Slack: [
    ['500 from then on, to', { status: 500 }],
    ['fatal_error from then on, to', { status: 200, body: JSON.stringify({ ok: false, error: 'fatal_error' }) }],
    ['no answers from then on, to', 'drop'],
  ],
};

/** Everything that may befall who sends these requests, in this order. */
export function casesOf(requests: readonly Sent[]): readonly Case[] {
  return requests.flatMap((at, index) => {
    const once = [...DEATHS, ...SILENCES, ...refusalsOf(at, index)];
    const [what, verdict] = inTurn(FOR_GOOD[at.system], index);
    return [
      ...once.map(([said, each]) => ({ name: `${said} "${at.name}"`, fate: { at, verdict: each } })),
      { name: `${what} "${at.name}"`, fate: { at, verdict, isForGood: true as const } },
    ];
  });
}

function refusalsOf({ name, system }: Sent, index: number): readonly Befalls[] {
  if (system === 'Slack') return REFUSALS;
  const isRead = /^(get|list|watch) /.test(name);
  return isRead
    ? Array.from({ length: STATUSES_OF_A_READ }, (_, nth) => inTurn(STATUSES, index * STATUSES_OF_A_READ + nth))
    : STATUSES;
}

function inTurn<T>(all: readonly T[], index: number): T {
  return all[index % all.length] as T;
}
