import type { Inspected } from '../pitlane/operate/outcome.ts';
import type { ContainerReport } from '../pitlane/rotation/pod-report.ts';
import { count } from '../pitlane/text/words.ts';
import { age } from './age.ts';
import { drainText, ownerText } from './render-list.ts';
import { type Style, section } from './style.ts';
import { table } from './table.ts';

export function renderInspected(inspected: Inspected, style: Style): readonly string[] {
  const { member, detail, service, endpoints, at } = inspected;
  const { pod } = member;
  const { ready, total } = pod.containers;
  const facts: readonly (readonly [string, string])[] = [
    ['State', `${member.state} in ${service.name}`],
    ['Pod', `${pod.status}, ${ready}/${total} ready, ${count(pod.restarts, 'restart')}, ${age(pod.createdAt, at)} old`],
    ['Drained', drainText(member, at)],
    ['Node', pod.nodeName ?? '<none>'],
    ['Owner', pod.owner === undefined ? '<none>' : ownerText(pod.owner)],
    [
      'Labels',
      Object.entries(pod.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ') || '<none>',
    ],
    [
      'Endpoint',
      endpoints.map((endpoint) => `${endpoint.addresses.join(', ')} (${endpointState(endpoint)})`).join('; ') ||
        '<none>',
    ],
    ['Message', detail.message ?? ''],
    ['UID', pod.uid],
  ];
  const shown = facts.filter(([, value]) => value !== '');
  return [
    style.paint('bold', pod.name),
    ...shown.map(([name, value]) => `${style.paint('dim', `${name}:`.padEnd(11))}${value}`),
    ...inspected.containers.flatMap((container) => containerLines(container, inspected, style)),
    ...section('Conditions', conditionLines(inspected, style), style),
    ...section('Events', eventLines(inspected, style), style),
  ];
}

function endpointState({ isReady, isServing, isTerminating }: Inspected['endpoints'][number]): string {
  if (isTerminating) return isServing ? 'terminating, still serving' : 'terminating';
  return isReady ? 'ready' : 'not ready';
}

function containerLines(container: ContainerReport, { at }: Inspected, style: Style): readonly string[] {
  const { lastTermination: last } = container;
  const when = last?.at === undefined ? '' : `, ${age(last.at, at)} ago`;
  const ended = last && `${last.reason}, exit code ${last.exitCode}${when}${last.message ? `: ${last.message}` : ''}`;
  return section(
    `Container ${container.name}`,
    [
      `image      ${container.image}`,
      `state      ${container.state}, ${count(container.restarts, 'restart')}`,
      ...(ended === undefined ? [] : [`last run   ${ended}`]),
      `requests   ${container.requests || 'none'}`,
      `limits     ${container.limits || 'none'}`,
    ],
    style,
  );
}

function conditionLines({ conditions, at }: Inspected, style: Style): readonly string[] {
  const rows = conditions.map(({ type, status, since, message }) => [
    { text: type },
    { text: status, ...(status !== 'True' && { colour: 'yellow' as const }) },
    { text: since === undefined ? '' : age(since, at) },
    { text: message ?? '' },
  ]);
  return rows.length === 0 ? [] : table(['TYPE', 'STATUS', 'SINCE', 'MESSAGE'], rows, style.paint);
}

function eventLines({ events, at }: Inspected, style: Style): readonly string[] {
  const rows = events.map(({ at: seenAt, type, reason, message, count: times }) => [
    { text: age(seenAt, at) },
    { text: type, ...(type !== 'Normal' && { colour: 'yellow' as const }) },
    { text: reason },
    { text: times > 1 ? `${message} (${times} times)` : message },
  ]);
  return rows.length === 0 ? [] : table(['LAST SEEN', 'TYPE', 'REASON', 'MESSAGE'], rows, style.paint);
}
