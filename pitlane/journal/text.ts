import type { Journal } from './entry.ts';
import { isEntry, isNote } from './items.ts';

export type ReadJournal =
  | { readonly kind: 'journal'; readonly journal: Journal }
  /**
   * Of another version, or edited by hand: to be left alone and reported. One item that is not as pitlane writes them is
   * enough: what it stood for would be lost with the next write, and to guess at it could do what nobody has asked for.
   */
  | { readonly kind: 'unreadable'; readonly key: string; readonly why: string };

/** Reads the `data` of the ConfigMap. */
export function readJournal(data: Readonly<Record<string, string>> | undefined): ReadJournal {
  const operations = readPart(data?.operations, isEntry);
  if (typeof operations === 'string') return { kind: 'unreadable', key: 'operations', why: operations };
  const drains = readPart(data?.drains, isNote);
  if (typeof drains === 'string') return { kind: 'unreadable', key: 'drains', why: drains };
  return { kind: 'journal', journal: { operations, drains } };
}

/** The `data` of the ConfigMap that keeps the journal. */
export function journalData({ operations, drains }: Journal): Readonly<Record<string, string>> {
  return { operations: writePart(operations), drains: writePart(drains) };
}

function writePart(items: readonly object[]): string {
  return JSON.stringify({ v: 1, items });
}

/** The items, or what is wrong with them. */
function readPart<T>(text: string | undefined, isItem: (item: unknown) => item is T): readonly T[] | string {
  if (text === undefined || text === '') return [];
  const { v, items } = (parse(text) ?? {}) as { readonly v?: unknown; readonly items?: unknown };
  if (typeof v === 'number' && v !== 1) return `is of version ${v}`;
  if (v !== 1 || !Array.isArray(items)) return 'is not what pitlane writes there';
  const wrong = items.findIndex((item) => !isItem(item));
  return wrong < 0 ? items : `has an item (number ${wrong + 1} of ${items.length}) that pitlane does not write so`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
