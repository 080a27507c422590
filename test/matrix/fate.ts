import type { Verdict } from '@pitlane/embedded-cluster/intercept';
import type { SlackVerdict } from '../../sandbox/slack/server.ts';

export type System = 'Kubernetes' | 'Slack';

/** A request by its name: `patch Pod`, or `patch Pod, 2nd` for the second one of its kind. */
export interface Sent {
  readonly name: string;
  readonly system: System;
}

/** What goes wrong for an invocation, and at which request. */
export interface Fate {
  readonly at: Sent;
  readonly verdict: 'killedBefore' | 'killedAfter' | Verdict | SlackVerdict;
  /** Also at each later request to the same system. */
  readonly isForGood?: true;
}

export interface Case {
  readonly name: string;
  readonly fate: Fate;
}

type Fault = readonly [what: string, verdict: Fate['verdict']];

const DEATHS: readonly Fault[] = [
  ['killed before', 'killedBefore'],
  ['killed after', 'killedAfter'],
];

/** The caller can't tell them apart. */
const SILENCES: readonly Fault[] = [
  ['no answer, not carried out, to', 'drop'],
  ['no answer, carried out, to', 'lose-answer'],
];

const STATUSES: readonly Fault[] = [401, 403, 404, 409, 410, 422, 429, 500].map((status) => [
  `${status} to`,
  { status },
]);
/** An outage begins at one of so many reads. */
const READS_FOR_GOOD = 3;

const REFUSALS: readonly Fault[] = [
  ['429 to', { status: 429, headers: { 'retry-after': '1' } }],
  ['500 to', { status: 500 }],
  ...['channel_not_found', 'message_not_found', 'fatal_error'].map(
    (error): Fault => [`${error} to`, { status: 200, body: JSON.stringify({ ok: false, error }) }],
  ),
];

/** Outages: each request begins another one of these, in turns. */
const FOR_GOOD: Readonly<Record<System, readonly Fault[]>> = {
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

/** No API server says that a pod is gone while it is there. */
const IMPOSSIBLE = new Set(['404 to "get Pod"', '404 to "delete Pod"']);

/**
 * Everything that can go wrong at these requests. The reads of an operation share the error statuses, one each in turns.
 * A read without an answer needs one case only: carried out or not makes no difference.
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
        .filter(({ name }) => !IMPOSSIBLE.has(name.replace(/, \d+\w+"$/, '"'))),
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

/**
 * The next process has to do what was asked: this one was killed after the journal knew of it. Operations of admins are in
 * two journals.
 */
export function mustBeDone({ fate: { at, verdict } }: Case, requests: readonly Sent[], journals: 1 | 2): boolean {
  if (verdict !== 'killedBefore' && verdict !== 'killedAfter') return false;
  const notes = requests.filter(({ name }) => /^(create|update) ConfigMap/.test(name));
  const noted = requests.indexOf(notes[journals - 1] as Sent);
  const index = requests.indexOf(at);
  return verdict === 'killedAfter' ? index >= noted : index > noted;
}
