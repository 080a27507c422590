import { ownerText, recordText } from '../pitlane/operate/listed-text.ts';
import type { Inspected } from '../pitlane/operate/outcome.ts';
import type { ConditionReport, ContainerReport, EventReport } from '../pitlane/rotation/pod-report.ts';
import type { Endpoint, Labels } from '../pitlane/rotation/snapshot.ts';
import { age } from '../pitlane/text/age.ts';
import { type Column, table } from '../pitlane/text/table.ts';
import { count, pairs } from '../pitlane/text/words.ts';
import { type Style, section } from './style.ts';

const MOST_LABELS = 50;

export function renderInspected(inspected: Inspected, style: Style): readonly string[] {
  const { member, detail, service, endpoints, at } = inspected;
  const { pod } = member;
  const { ready, total } = pod.containers;
  const facts: readonly (readonly [string, string])[] = [
    ['State', `${member.state} in ${service.name}`],
    ['Pod', `${pod.status}, ${ready}/${total} ready, ${count(pod.restarts, 'restart')}, ${age(pod.createdAt, at)} old`],
    ['Drained', recordText(member, at)],
    ['Node', pod.nodeName ?? '<none>'],
    ['Owner', ownerText(pod.owner) || '<none>'],
    ['Labels', labelsText(pod.labels)],
    ['Endpoint', endpoints.map(endpointText).join('; ') || '<none>'],
    ['Message', detail.message ?? ''],
    ['UID', pod.uid],
  ];
  const shown = facts.filter(([, value]) => value !== '');
  return [
    style.paint('bold', pod.name),
    ...section(
      'Findings',
      inspected.findings.map(({ text }) => text),
      style,
    ),
    ...shown.map(([name, value]) => `${style.paint('dim', `${name}:`.padEnd(11))}${value}`),
    ...inspected.containers.flatMap((container) => containerLines(container, inspected, style)),
    ...section('Conditions', conditionLines(inspected, style), style),
    ...section('Events', eventLines(inspected, style), style),
  ];
}

function labelsText(labels: Labels): string {
  const all = pairs(labels);
  const more = all.length > MOST_LABELS ? [`… and ${all.length - MOST_LABELS} more: -o json shows them all`] : [];
  return [...all.slice(0, MOST_LABELS), ...more].join(', ') || '<none>';
}

function endpointText({ addresses, isReady, isServing, isTerminating }: Endpoint): string {
  const terminating = isServing ? 'terminating, still serving' : 'terminating';
  return `${addresses.join(', ')} (${isTerminating ? terminating : isReady ? 'ready' : 'not ready'})`;
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

function conditionLines({ conditions, at }: Inspected, { paint }: Style): readonly string[] {
  const columns: readonly Column<ConditionReport>[] = [
    ['TYPE', ({ type }) => type],
    ['STATUS', ({ status }) => ({ text: status, colour: status === 'True' ? undefined : 'yellow' })],
    ['SINCE', ({ since }) => (since === undefined ? '' : age(since, at))],
    ['MESSAGE', ({ message }) => message ?? ''],
  ];
  return table(conditions, columns, paint);
}

function eventLines({ events, at }: Inspected, { paint }: Style): readonly string[] {
  const columns: readonly Column<EventReport>[] = [
    ['LAST SEEN', (event) => age(event.at, at)],
    ['TYPE', ({ type }) => ({ text: type, colour: type === 'Normal' ? undefined : 'yellow' })],
    ['REASON', ({ reason }) => reason],
    ['MESSAGE', ({ message, count: times }) => (times > 1 ? `${message} (${times} times)` : message)],
  ];
  return table(events, columns, paint);
}
