import { parseObject } from '../text/shape.ts';
import { type DrainNote, EMPTY_JOURNAL, type Journal, type JournalPart } from './entry.ts';
import { isGateNote, isJournalEntry, isNote, isPastChange, isScheduleNote } from './items.ts';

export interface ReadJournal {
  readonly journal: Journal;
  /** A sentence for each part that this version does not understand: it is kept as it is, and never acted on. */
  readonly troubles: readonly string[];
}

type Data = Readonly<Record<string, string>>;

/** Reads the `data` of the ConfigMap. Parts that are not understood are kept as foreign. */
export function readJournal(data: Data = {}): ReadJournal {
  const foreign: Record<JournalPart, readonly unknown[]> = { ...EMPTY_JOURNAL.foreign };
  const texts: Record<string, string> = {};
  const troubles: string[] = [];
  const read = <T>(key: JournalPart, isUnderstood: (item: unknown) => item is T): readonly T[] => {
    const text = data[key];
    if (!text) return [];
    const { items } = parseObject(text) ?? {};
    if (!Array.isArray(items)) {
      texts[keptAs(key, text)] = text;
      troubles.push(`${key} is not what Pitlane writes there; it is kept under ${keptAs(key, text)}.`);
      return [];
    }
    const others = items.filter((item) => !isUnderstood(item));
    foreign[key] = others;
    if (others.length > 0)
      troubles.push(
        `${others.length} of ${items.length} items of ${key} are of another version, or were edited by hand.`,
      );
    return items.filter(isUnderstood);
  };
  return {
    journal: {
      operations: read('operations', isJournalEntry),
      drains: [...read('drains', isNote), ...read('disabled', isNote), ...read('canaries', isNote)],
      gates: read('gates', isGateNote),
      schedules: read('schedules', isScheduleNote),
      history: read('history', isPastChange),
      foreign: { ...foreign, texts },
    },
    troubles,
  };
}

/**
 * The `data` of the ConfigMap that keeps the journal. Notes of disabled pods and of canaries have keys of their own: a
 * version that knows only drains keeps them as they are.
 */
export function journalData({ operations, drains, gates, schedules, history, foreign }: Journal): Data {
  const notesOf = (wanted: DrainNote['kind']) => drains.filter(({ kind }) => kind === wanted);
  const own: Readonly<Record<JournalPart, readonly unknown[]>> = {
    operations,
    drains: notesOf(undefined),
    disabled: notesOf('disabled'),
    canaries: notesOf('canary'),
    gates,
    schedules,
    history,
  };
  const texts = Object.entries(own).map(([key, items]) => {
    const all = [...items, ...foreign[key as JournalPart]];
    return [key, JSON.stringify({ v: 2, items: all })];
  });
  return { ...Object.fromEntries(texts), ...foreign.texts };
}

/** The same text is kept once. */
function keptAs(key: string, text: string): string {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) | 0;
  return `${key}.kept-${(hash >>> 0).toString(16)}`;
}
