import type { Listed } from '../pitlane/operate/outcome.ts';
import type { Member, MemberState } from '../pitlane/rotation/membership.ts';
import type { Pod } from '../pitlane/rotation/snapshot.ts';
import { age, clock } from './age.ts';
import type { Colour } from './colour.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';

const STATE_COLOURS: Readonly<Record<MemberState, Colour>> = {
  'in rotation': 'green',
  'not ready': 'red',
  terminating: 'dim',
  disabled: 'yellow',
  drained: 'cyan',
};

/** The maximum of pods in rotation on a screen without `--all`. */
const MAX_IN_ROTATION = 20;

export function renderListed(listed: Listed, style: Style): readonly string[] {
  const { members, service, notes, selector } = listed;
  const shown = style.isTerminal && !listed.all ? shortened(members) : members;
  const hidden = members.length - shown.length;
  return [
    style.paint('bold', `${service.name} in ${service.namespace}: ${counts(listed)}`),
    ...notes,
    ...(shown.length > 0 ? table(shown, memberColumns(shown, style), style.paint) : []),
    ...(members.length === 0 && selector !== undefined ? [`No pod of ${service.name} matches ${selector}.`] : []),
    ...(hidden > 0 ? [`… and ${hidden} more in rotation: ${style.prefix} list --all`] : []),
  ];
}

/** `3 in rotation, 1 drained`: other states than in rotation only if there are any. */
function counts({ counts: all }: Listed): string {
  const { 'in rotation': inRotation = 0, ...others } = all;
  const rest = Object.entries(others).filter(([, count]) => count > 0);
  return [`${inRotation} in rotation`, ...rest.map(([state, count]) => `${count} ${state}`)].join(', ');
}

function shortened(members: readonly Member[]): readonly Member[] {
  let inRotation = 0;
  return members.filter((member) => {
    if (member.state !== 'in rotation' || member.drained !== undefined) return true;
    inRotation += 1;
    return inRotation <= MAX_IN_ROTATION;
  });
}

/** Like `kubectl get pods -o wide`, plus the pod's state in the service. */
export function memberColumns(members: readonly Member[], { isWide, now }: Style): readonly Column<Member>[] {
  const columns: readonly Column<Member>[] = [
    ['NAME', ({ pod }) => pod.name],
    ['STATE', ({ state }) => ({ text: state, colour: STATE_COLOURS[state] })],
    ['READY', ({ pod }) => `${pod.containers.ready}/${pod.containers.total}`],
    ['STATUS', ({ pod: { status } }) => ({ text: status, colour: HEALTHY.includes(status) ? undefined : 'red' })],
    ['RESTARTS', ({ pod }) => ({ text: String(pod.restarts), colour: pod.restarts > 0 ? 'yellow' : undefined })],
    ['AGE', ({ pod }) => age(pod.createdAt, now)],
    ['NODE', ({ pod }) => pod.nodeName ?? '<none>'],
    ['OWNER', ({ pod, kind }) => (kind === 'canary' ? 'canary' : ownerText(pod.owner) || '<none>')],
  ];
  const wide: readonly Column<Member>[] = [
    ['UID', ({ pod }) => pod.uid],
    ['LABELS', ({ pod }) => labelTexts(pod).join(',') || '<none>'],
  ];
  const hasDrained = members.some(({ drained }) => drained !== undefined);
  const drained: Column<Member> = ['DRAINED', (member) => drainText(member, now)];
  return [...columns, ...(isWide ? wide : []), ...(hasDrained ? [drained] : [])];
}

export function labelTexts({ labels }: Pick<Pod, 'labels'>): readonly string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

const HEALTHY = ['Running', 'Pending', 'ContainerCreating', 'PodInitializing', 'Completed', 'Succeeded', 'Terminating'];

/** `ReplicaSet/rng-5f69c6b7d8`. Empty: it has no owner. */
export function ownerText(owner: Pod['owner']): string {
  return owner === undefined ? '' : `${owner.kind}/${owner.name}`;
}

/**
 * `by ada 12m ago, until 04:10:00 UTC, then restore: 5xx`. Starts with `from rng` if the pod is still an endpoint of this
 * service. The times come from the cluster, so they may be invalid.
 */
export function drainText({ drained, state }: Member, now: number): string {
  if (drained === undefined) return '';
  const [at, until] = [Date.parse(drained.at), Date.parse(drained.until ?? '')];
  return [
    state === 'drained' ? '' : `from ${drained.service} `,
    `by ${drained.by}`,
    Number.isNaN(at) ? '' : ` ${age(at, now)} ago`,
    Number.isNaN(until) ? '' : `, until ${clock(until, now)}`,
    Number.isNaN(until) || drained.then === 'remind' ? '' : `, then ${drained.then}`,
    drained.restoring === undefined ? '' : `, being restored by ${drained.restoring.by}`,
    drained.because === undefined ? '' : `: ${drained.because}`,
  ].join('');
}
