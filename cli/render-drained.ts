import { drainedSummary, kindOf, overdueMs, recordOf } from '../pitlane/operate/drained-data.ts';
import type { DrainedList, DrainedPod } from '../pitlane/operate/outcome.ts';
import { age, clock } from '../pitlane/text/age.ts';
import type { Cell, Column } from '../pitlane/text/table.ts';
import { personText } from '../pitlane/text/words.ts';
import { type PodTable, type Style, tableLines } from './style.ts';

/** What a narrow screen can do without. */
const OPTIONAL = ['NODE', 'STATUS', 'SINCE', 'NAMESPACE', 'BY'];

/** The oldest first. Shows cluster and namespace if there are several, or with `-o wide`. */
export function drainedTable({ drained }: DrainedList, { isWide, now }: Style): PodTable<DrainedPod> {
  const scopes = new Set(drained.map(({ cluster, namespace }) => `${cluster} ${namespace}`));
  const scope: readonly Column<DrainedPod>[] = [
    ['CLUSTER', ({ cluster }) => cluster || '<none>'],
    ['NAMESPACE', ({ namespace }) => namespace],
  ];
  const columns: readonly Column<DrainedPod>[] = [
    ['SERVICE', ({ key }) => key],
    ['POD', ({ pod }) => pod.name],
    ['STATUS', ({ pod }) => pod.status],
    ['NODE', ({ pod }) => pod.nodeName ?? '<none>'],
    ['STATE', kindOf],
    ['SINCE', (one) => age(Date.parse(recordOf(one)?.at ?? '') || one.pod.createdAt, now)],
    ['UNTIL', (one) => untilCell(one, now)],
    ['BY', (one) => personText(recordOf(one) ?? { by: '<unknown>' })],
    ['BECAUSE', (one) => recordOf(one)?.because ?? ''],
  ];
  return {
    items: drained,
    columns: [...(isWide || scopes.size > 1 ? scope : []), ...columns],
    optional: OPTIONAL,
    podOf: ({ pod }) => pod,
  };
}

export function renderDrained(list: DrainedList, style: Style): readonly string[] {
  const shown = drainedTable(list, { ...style, now: list.at });
  return [style.paint('bold', drainedSummary(list)), ...tableLines(shown, style), ...list.notes];
}

function untilCell(one: DrainedPod, at: number): Cell {
  const overdue = overdueMs(one, at);
  if (overdue !== undefined) return { text: `overdue ${age(at - overdue, at)}`, colour: 'red' };
  const until = Date.parse(recordOf(one)?.until ?? '');
  return Number.isNaN(until) ? '<none>' : clock(until, at);
}
