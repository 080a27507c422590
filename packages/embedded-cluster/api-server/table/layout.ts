import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import { selectorText } from '../select/label-selector-text.ts';
import { ageOf } from './duration.ts';

/** A column of Kubernetes' Table; kubectl shows those of priority 1 only with `-o wide`. */
export interface Column {
  name: string;
  type: 'string' | 'integer';
  format: string;
  description: string;
  priority: number;
}

export interface Layout {
  columns: readonly Column[];
  cells(object: KubeObject, now: number): unknown[];
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
