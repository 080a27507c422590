import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import { selectorText } from '../select/label-selector-text.ts';

/** A column of Kubernetes' Table; kubectl shows those of priority 1 only with `-o wide`. */
interface Column {
  name: string;
  type: 'string' | 'integer';
  format: string;
  description: string;
  priority: number;
}

export interface Layout {
  columns: readonly Column[];
  cells(object: KubeObject, now: number): unknown[];
  /** Those of a row; only pods have some. */
  conditions?(object: KubeObject): readonly object[] | undefined;
}

/** `+` before a name marks a column of `-o wide`, `#` a number. `cells` are those of an object without its name and age. */
export function layout(names: string, cells: Layout['cells']): Layout {
  const columns = names.split(', ').map((name): Column => {
    const shown = name.replace(/^[+#]+/, '');
    return {
      name: shown,
      type: name.includes('#') ? 'integer' : 'string',
      format: shown === 'Name' ? 'name' : '',
      description: shown,
      priority: name.startsWith('+') ? 1 : 0,
    };
  });
  return {
    columns,
    cells(object, now) {
      const { name, creationTimestamp } = object.metadata;
      const known: Record<string, string> = { Name: name, Age: ageOf(creationTimestamp, now) };
      const others = cells(object, now).values();
      return columns.map((column) => known[column.name] ?? others.next().value);
    },
  };
}

export const none = '<none>';
export const unset = '<unset>';

export function labelsText(labels: Json): string {
  return selectorText(labels) || none;
}

/** Of a status that has conditions. */
export function isTrue({ conditions = [] }: Json, type: string): boolean {
  return conditions.some((each: Json) => each.type === type && each.status === 'True');
}

/** Formats an age as kubectl does: `3m12s`, `5h`, `2d` (util/duration, HumanDuration). */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1_000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return both(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return both(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return both(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return days < 2_920 ? both(years, 'y', days % 365, 'd') : `${years}y`;
}

function both(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** The time since then. */
export function ageOf(timestamp: string | null | undefined, now: number): string {
  return timestamp ? humanDuration(now - Date.parse(timestamp)) : '<unknown>';
}
