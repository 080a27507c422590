import type { CanaryRecord } from '../rotation/marks.ts';
import type { Member, MemberState } from '../rotation/membership.ts';
import type { Pod } from '../rotation/snapshot.ts';
import { nameOf } from '../rotation/workload.ts';
import { age, clock } from '../text/age.ts';
import type { Colour, Column } from '../text/table.ts';
import { compact, pairs, personText } from '../text/words.ts';
import type { Listed } from './outcome.ts';

/** In the order of a list. */
const STATE_COLOURS: Readonly<Record<MemberState, Colour>> = {
  'in rotation': 'green',
  'no port': 'red',
  'not ready': 'red',
  terminating: 'dim',
  disabled: 'yellow',
  drained: 'cyan',
};

/** `22 in rotation, 3 drained`, always in the same order. */
export function countsText(counts: Listed['counts']): string {
  const parts = Object.keys(STATE_COLOURS).map((state) => [counts[state as MemberState] ?? 0, state] as const);
  return parts
    .filter(([number, state]) => number > 0 || state === 'in rotation')
    .map((part) => part.join(' '))
    .join(', ');
}

/** Like `kubectl get pods -o wide`, plus the pod's state in the service. */
export function memberColumns(
  members: readonly Member[],
  { isWide, now }: { readonly isWide: boolean; readonly now: number },
): readonly Column<Member>[] {
  const columns: readonly Column<Member>[] = [
    ['NAME', ({ pod }) => pod.name],
    ['STATE', (member) => ({ text: stateText(member), colour: STATE_COLOURS[member.state] })],
    ['READY', ({ pod }) => `${pod.containers.ready}/${pod.containers.total}`],
    ['STATUS', ({ pod: { status } }) => ({ text: status, colour: HEALTHY.includes(status) ? undefined : 'red' })],
    ['RESTARTS', ({ pod }) => ({ text: String(pod.restarts), colour: pod.restarts > 0 ? 'yellow' : undefined })],
    ['AGE', ({ pod }) => age(pod.createdAt, now)],
    ['NODE', ({ pod }) => pod.nodeName ?? '<none>'],
    ['OWNER', ({ pod, kind }) => (kind === 'canary' ? 'canary' : ownerText(pod.owner) || '<none>')],
  ];
  const wide: readonly Column<Member>[] = [
    ['UID', ({ pod }) => pod.uid],
    ['LABELS', ({ pod }) => pairs(pod.labels).join(',') || '<none>'],
  ];
  const has = (key: 'drained' | 'disabled' | 'canary') => members.some((member) => member[key] !== undefined);
  const canary: Column<Member> = ['CANARY', (member) => canaryText(member, now)];
  const titles = [...(has('drained') ? ['DRAINED'] : []), ...(has('disabled') ? ['DISABLED'] : [])];
  const records: Column<Member> = [titles.join(', '), (member) => recordText(member, now)];
  return [
    ...columns,
    ...(isWide ? wide : []),
    ...(has('canary') ? [canary] : []),
    ...(titles.length > 0 ? [records] : []),
  ];
}

/** `in rotation`; `drained, still listed` if it gets traffic nevertheless. */
export function stateText({ state, isStillListed }: Member): string {
  return isStillListed ? `${state}, still listed` : state;
}

const HEALTHY = ['Running', 'Pending', 'ContainerCreating', 'PodInitializing', 'Completed', 'Succeeded', 'Terminating'];

/** `ReplicaSet/rng-5f69c6b7d8`. Empty: it has no owner. */
export function ownerText(owner: Pod['owner']): string {
  return owner === undefined ? '' : nameOf(owner).replace(' ', '/');
}

/**
 * `by ada 12m ago, until 04:10:00 UTC, then restore: 5xx`. Starts with `from rng` if the pod is still an endpoint of this
 * service. The times come from the cluster, so they may be invalid.
 */
export function recordText({ drained, disabled, state }: Member, now: number): string {
  const record = drained ?? disabled;
  if (record === undefined) return '';
  const [at, until] = [Date.parse(record.at), Date.parse(record.until ?? '')];
  return [
    drained === undefined || state === 'drained' ? '' : `from ${drained.service} `,
    `by ${personText(record)}`,
    Number.isNaN(at) ? '' : ` ${age(at, now)} ago`,
    Number.isNaN(until) ? '' : `, until ${clock(until, now)}`,
    Number.isNaN(until) || (drained?.then ?? 'remind') === 'remind' ? '' : `, then ${drained?.then}`,
    drained?.restoring === undefined ? '' : `, being restored by ${personText(drained.restoring)}`,
    record.because === undefined ? '' : `: ${record.because}`,
  ].join('');
}

/** `by ada 12m ago, until 04:10:00 UTC, LOG_LEVEL set: 5xx`. The times come from the cluster, so they may be invalid. */
function canaryText({ canary }: Pick<Member, 'canary'>, now: number): string {
  if (canary === undefined) return '';
  const [at, until] = [Date.parse(canary.at), Date.parse(canary.until)];
  return [
    `of ${canary.from} by ${personText(canary)}`,
    Number.isNaN(at) ? '' : ` ${age(at, now)} ago`,
    Number.isNaN(until) ? '' : `, until ${clock(until, now)}`,
    ...differencesOf(canary).map((difference) => `, ${difference}`),
    canary.because === undefined ? '' : `: ${canary.because}`,
  ].join('');
}

/** What differs from the template: `image rng:v2`, `LOG_LEVEL set`, `args --verbose`. */
export function differencesOf({ image, env = [], args }: CanaryRecord): readonly string[] {
  return compact(
    image !== undefined && `image ${image}`,
    ...env.map((each) => `${each.split('=', 1)[0]} set`),
    args !== undefined && `args ${args.join(' ')}`,
  );
}
