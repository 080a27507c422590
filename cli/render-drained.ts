import { isCanary, overdueMs, saysNone } from '../pitlane/operate/drained-data.ts';
import type { DrainedList } from '../pitlane/operate/outcome.ts';
import { count } from '../pitlane/text/words.ts';
import { age, clock } from './age.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';

type Drained = DrainedList['drained'][number];

/** A table, the oldest first. Shows cluster and namespace if there are several, or with `-o wide`. */
export function renderDrained(list: DrainedList, style: Style): readonly string[] {
  const { drained, notes, at } = list;
  if (drained.length === 0) return [saysNone(list), ...notes];
  const scopes = new Set(drained.map(({ cluster, namespace }) => `${cluster} ${namespace}`));
  const isWide = style.isWide || scopes.size > 1;
  const header = ['SERVICE', 'POD', 'STATUS', 'NODE', 'SINCE', 'UNTIL', 'BY', 'BECAUSE'];
  return [
    ...table(
      [...(isWide ? ['CLUSTER', 'NAMESPACE'] : []), ...header],
      drained.map((one) => [...(isWide ? scopeCells(one) : []), ...cells(one, at)]),
      style.paint,
    ),
    ...overdueLine(drained, at, style),
    ...notes,
  ];
}

function scopeCells({ cluster, namespace }: Drained): readonly Cell[] {
  return [{ text: cluster === '' ? '<none>' : cluster }, { text: namespace }];
}

function cells(one: Drained, at: number): readonly Cell[] {
  const { key, pod, record } = one;
  const since = Date.parse(record?.at ?? '');
  return [
    { text: key },
    { text: pod.name },
    { text: pod.status },
    { text: pod.nodeName ?? '<none>' },
    { text: age(Number.isNaN(since) ? pod.createdAt : since, at) },
    untilCell(one, at),
    { text: record?.by ?? (isCanary(one) ? 'canary' : '<unknown>') },
    { text: record?.because ?? '' },
  ];
}

function untilCell(one: Drained, at: number): Cell {
  const overdue = overdueMs(one, at);
  if (overdue !== undefined) return { text: `overdue ${age(at - overdue, at)}`, colour: 'red' };
  const until = Date.parse(one.record?.until ?? '');
  return { text: Number.isNaN(until) ? '<none>' : clock(until, at) };
}

function overdueLine(drained: readonly Drained[], at: number, { paint }: Style): readonly string[] {
  const late = drained.filter((one) => overdueMs(one, at) !== undefined).length;
  return late === 0 ? [] : [paint('yellow', `${late} of ${count(drained.length, 'pod')} overdue: restore or finish.`)];
}
