import type { Listed } from '../pitlane/operate/outcome.ts';
import type { Member, MemberState } from '../pitlane/rotation/membership.ts';
import { age, clock } from './age.ts';
import type { Colour } from './colour.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';

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
    ...(shown.length > 0 ? table(...memberTable(shown, style), style.paint) : []),
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

/** Header and rows, like `kubectl get pods -o wide` plus the pod's state in the service. */
export function memberTable(
  members: readonly Member[],
  style: Style,
): [header: readonly string[], rows: readonly (readonly Cell[])[]] {
  const hasDrained = members.some(({ drained }) => drained !== undefined);
  const header = ['NAME', 'STATE', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'NODE', 'OWNER'];
  return [
    [...header, ...(style.isWide ? ['UID', 'LABELS'] : []), ...(hasDrained ? ['DRAINED'] : [])],
    members.map((member) => memberCells(member, style, hasDrained)),
  ];
}

function memberCells(member: Member, style: Style, hasDrained: boolean): readonly Cell[] {
  const { pod, state, kind } = member;
  const { ready, total } = pod.containers;
  const cells: readonly Cell[] = [
    { text: pod.name },
    { text: state, colour: STATE_COLOURS[state] },
    { text: `${ready}/${total}` },
    { text: pod.status, ...(!HEALTHY.includes(pod.status) && { colour: 'red' }) },
    { text: String(pod.restarts), ...(pod.restarts > 0 && { colour: 'yellow' }) },
    { text: age(pod.createdAt, style.now) },
    { text: pod.nodeName ?? '<none>' },
    { text: kind === 'canary' ? 'canary' : pod.owner === undefined ? '<none>' : ownerText(pod.owner) },
  ];
  const labels = Object.entries(pod.labels).map(([key, value]) => `${key}=${value}`);
  return [
    ...cells,
    ...(style.isWide ? [{ text: pod.uid }, { text: labels.join(',') || '<none>' }] : []),
    ...(hasDrained ? [{ text: drainText(member, style.now) }] : []),
  ];
}

const HEALTHY = ['Running', 'Pending', 'ContainerCreating', 'PodInitializing', 'Completed', 'Succeeded', 'Terminating'];

export function ownerText({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind}/${name}`;
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
