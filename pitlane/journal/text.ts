import { parseObject } from '../text/shape.ts';
import type { DrainNote, Foreign, Journal } from './entry.ts';
import { entryOfItem, isGateNote, isNote, isPastChange, isScheduleNote } from './items.ts';

export interface ReadJournal {
  readonly journal: Journal;
  /** A sentence for each part that this version does not understand: it is kept as it is, and never acted on. */
  readonly troubles: readonly string[];
}

type Data = Readonly<Record<string, string>>;

/** Reads the `data` of the ConfigMap. Parts that are not understood are kept as foreign. */
export function readJournal(data: Data = {}): ReadJournal {
  const operations = readPart(data, 'operations', entryOfItem);
  const notes = {
    drains: readNotes(data, 'drains'),
    disabled: readNotes(data, 'disabled'),
    canaries: readNotes(data, 'canaries'),
  };
  const gates = readPart(data, 'gates', (item) => (isGateNote(item) ? item : undefined));
  const schedules = readPart(data, 'schedules', (item) => (isScheduleNote(item) ? item : undefined));
  const history = readPart(data, 'history', (item) => (isPastChange(item) ? item : undefined));
  const parts = { operations, ...notes, gates, schedules, history };
  const texts = Object.assign({}, ...Object.values(parts).map((part) => part.texts));
  return {
    journal: {
      operations: operations.items,
      drains: Object.values(notes).flatMap(({ items }) => items),
      gates: gates.items,
      schedules: schedules.items,
      history: history.items,
      foreign: {
        operations: operations.foreign,
        drains: notes.drains.foreign,
        disabled: notes.disabled.foreign,
        canaries: notes.canaries.foreign,
        gates: gates.foreign,
        schedules: schedules.foreign,
        history: history.foreign,
        texts,
      },
    },
    troubles: Object.values(parts).flatMap(({ troubles }) => troubles),
  };
}

function readNotes(data: Data, key: string): Part<DrainNote> {
  return readPart(data, key, (item) => (isNote(item) ? item : undefined));
}

/**
 * The `data` of the ConfigMap that keeps the journal. Notes of disabled pods and of canaries have keys of their own: a
 * version that knows only drains keeps them as they are.
 */
export function journalData({ operations, drains, gates, schedules, history, foreign }: Journal): Data {
  const notesOf = (wanted: DrainNote['kind']) => drains.filter(({ kind }) => kind === wanted);
  return {
    operations: writePart([...operations, ...foreign.operations]),
    drains: writePart([...notesOf(undefined), ...foreign.drains]),
    disabled: writePart([...notesOf('disabled'), ...foreign.disabled]),
    canaries: writePart([...notesOf('canary'), ...foreign.canaries]),
    gates: writePart([...gates, ...foreign.gates]),
    schedules: writePart([...schedules, ...foreign.schedules]),
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
