import type { Verdict } from '@pitlane/embedded-cluster/intercept';
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
/** Of so many reads one is the beginning of an outage. */
const READS_FOR_GOOD = 3;

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

/** That a pod is gone which is still there: no API server says so. */
const LIES = new Set(['404 to "get Pod"', '404 to "delete Pod"']);

/**
 * Everything that may befall who sends these requests, in this order. What a read is answered with takes turns: between
 * them the reads of an operation get all of it, in all places. A read that is not answered was never carried out.
 */
export function casesOf(requests: readonly Sent[]): readonly Case[] {
  return requests.flatMap((at, index) => {
    const isRead = /^(get|list|watch) /.test(at.name);
    const refusals = at.system === 'Slack' ? REFUSALS : isRead ? inTurn(STATUSES, index) : STATUSES;
    const once = [...DEATHS, ...(isRead ? SILENCES.slice(0, 1) : SILENCES), ...refusals];
    const forGood = isRead && index % READS_FOR_GOOD !== 0 ? [] : inTurn(FOR_GOOD[at.system], index);
    return [
      ...once
        .map(([what, verdict]) => ({ name: `${what} "${at.name}"`, fate: { at, verdict } }))
        .filter(({ name }) => !LIES.has(name.replace(/, \d+\w+"$/, '"'))),
      ...forGood.map(([what, verdict]) => ({
        name: `${what} "${at.name}"`,
        fate: { at, verdict, isForGood: true as const },
      })),
    ];
  });
}

function inTurn<T>(all: readonly T[], turn: number): readonly T[] {
  return [all[turn % all.length] as T];
}

/** Whether whoever goes on has to do what was asked: its process was killed, and the journal knew of it. */
export function mustBeDone({ fate: { at, verdict } }: Case, requests: readonly Sent[]): boolean {
  if (verdict !== 'killedBefore' && verdict !== 'killedAfter') return false;
  const noted = requests.findIndex(({ name }) => /^(create|update) ConfigMap/.test(name));
  const index = requests.indexOf(at);
  return verdict === 'killedAfter' ? index >= noted : index > noted;
}
