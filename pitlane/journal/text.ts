import { parseObject } from '../text/shape.ts';
import type { Foreign, Journal } from './entry.ts';
import { entryOfItem, isGateNote, isNote, isPastChange } from './items.ts';

export interface ReadJournal {
  readonly journal: Journal;
  /** A sentence for each part that this version does not understand: it is kept as it is, and never acted on. */
  readonly troubles: readonly string[];
}

type Data = Readonly<Record<string, string>>;

/** Reads the `data` of the ConfigMap. Parts that are not understood are kept as foreign. */
export function readJournal(data: Data = {}): ReadJournal {
  const operations = readPart(data, 'operations', entryOfItem);
  const drains = readPart(data, 'drains', (item) => (isNote(item) ? item : undefined));
  const gates = readPart(data, 'gates', (item) => (isGateNote(item) ? item : undefined));
  const history = readPart(data, 'history', (item) => (isPastChange(item) ? item : undefined));
  const texts = { ...operations.texts, ...drains.texts, ...gates.texts, ...history.texts };
  return {
    journal: {
      operations: operations.items,
      drains: drains.items,
      gates: gates.items,
      history: history.items,
      foreign: {
        operations: operations.foreign,
        drains: drains.foreign,
        gates: gates.foreign,
        history: history.foreign,
        texts,
      },
    },
    troubles: [operations, drains, gates, history].flatMap(({ troubles }) => troubles),
  };
}

/** The `data` of the ConfigMap that keeps the journal. */
export function journalData({ operations, drains, gates, history, foreign }: Journal): Data {
  return {
    operations: writePart([...operations, ...foreign.operations]),
    drains: writePart([...drains, ...foreign.drains]),
    gates: writePart([...gates, ...foreign.gates]),
    history: writePart([...history, ...foreign.history]),
    ...foreign.texts,
  };
}

function writePart(items: readonly unknown[]): string {
  return JSON.stringify({ v: 2, items });
}

interface Part<T> {
  readonly items: readonly T[];
  readonly foreign: readonly unknown[];
  readonly texts: Foreign['texts'];
  readonly troubles: readonly string[];
}

function readPart<T>(data: Data, key: string, read: (item: unknown) => T | undefined): Part<T> {
  const text = data[key];
  if (text === undefined || text === '') return { items: [], foreign: [], texts: {}, troubles: [] };
  const { items } = parseObject(text) ?? {};
  if (!Array.isArray(items)) {
    const trouble = `${key} is not what Pitlane writes there; it is kept under ${keptAs(key, text)}.`;
    return { items: [], foreign: [], texts: { [keptAs(key, text)]: text }, troubles: [trouble] };
  }
  const understood = items.flatMap((item) => read(item) ?? []);
  const foreign = items.filter((item) => read(item) === undefined);
  const troubles =
    foreign.length === 0
      ? []
      : [`${foreign.length} of ${items.length} items of ${key} are of another version, or were edited by hand.`];
  return { items: understood, foreign, texts: {}, troubles };
}

/** The same text is kept once. */
function keptAs(key: string, text: string): string {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) | 0;
  return `${key}.kept-${(hash >>> 0).toString(16)}`;
}
