/** The items that are there: `compact(a, isLate && b)`. */
export function compact<T>(...items: readonly (T | false | undefined)[]): readonly T[] {
  return items.filter((item): item is T => item !== undefined && item !== false);
}

/** The only item. Undefined: there are several, or none. */
export function onlyOf<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

/** `app=rng`, for each entry. */
export function pairs(labels: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

/** Who asked. */
export interface Person {
  /** A Slack user id, a runbook's claim, or a Kubernetes user. */
  readonly by: string;
  /** The person's name, where `by` is an id of Slack. Absent: unknown. */
  readonly byName?: string | undefined;
}

/** Only the person, for what is stored. */
export function personOf({ by, byName }: Person): { readonly by: string; readonly byName?: string } {
  return { by, ...(byName !== undefined && { byName }) };
}

/** The person's name where it is known, for people who do not see Slack. */
export function personText({ by, byName }: Person): string {
  return byName ?? by;
}

/** `U0ADA00000 (ada)`, in sentences for every door: Slack shows the person of the id, a terminal only the name. */
export function idAndName({ by, byName }: Person): string {
  return byName === undefined ? by : `${by} (${byName})`;
}

/** The sentence with the names of people instead of their Slack ids, where it has them. */
export function withNames(sentence: string): string {
  return sentence.replace(/\b[UW](?=[A-Z]*\d)[A-Z0-9]{6,} \(([^()]{1,80})\)/g, '$1');
}

/** `4 pods`, `1 pod`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `about 20 %` */
export function percent(part: number, all: number): string {
  return `about ${Math.round((100 * part) / Math.max(1, all))} %`;
}

/** `a`, `a and b`, `a, b and c`; beyond `most` items the rest is counted: `a, b and 7 more`. */
export function list(items: readonly string[], most = 5): string {
  const shown = items.length > most ? [...items.slice(0, most - 1), `${items.length - most + 1} more`] : items;
  return alternatives(shown, 'and');
}

export const UNITS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** The whole units of a time, the largest first, without those of which there are none. */
export function inUnits(seconds: number): readonly (readonly [unit: string, count: number])[] {
  let rest = Math.round(seconds);
  return Object.entries(UNITS).flatMap(([unit, size]) => {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    return whole > 0 ? [[unit, whole] as const] : [];
  });
}

/** `90 s`, `5 min`, `1 h`, `1 h 30 min`, `2 d`. */
export function duration(seconds: number): string {
  const rest = Math.round(seconds);
  if (rest < 120 && rest % 60 !== 0) return `${rest} s`;
  const parts = inUnits(rest).map(([unit, number]) => `${number} ${unit === 'm' ? 'min' : unit}`);
  return parts.slice(0, 2).join(' ') || '0 s';
}

/** `2026-11-24 03:12:07 UTC`, from RFC 3339 text or milliseconds since the epoch. */
export function time(at: string | number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** RFC 3339 with whole seconds, as Kubernetes writes it. */
export function timestamp(at: number): string {
  return `${isoTime(at).slice(0, 19)}Z`;
}

/** RFC 3339 with milliseconds, for programs. */
export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

/** The text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Quotes user input in a message. */
export function quote(text: string): string {
  return `"${shortened(text)}"`;
}

/** Shortened, so that a long paste does not bury the sentence. */
export function shortened(text: string): string {
  const flat = text.replace(/\s+/g, ' ');
  return flat.length > 40 ? `${flat.slice(0, 39)}…` : flat;
}

/** At most so many characters, and never the half of one. */
export function upTo(characters: number, text: string): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** `drain, list or logs` */
export function alternatives(words: readonly string[], joint = 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`;
}
