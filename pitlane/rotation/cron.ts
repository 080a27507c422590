import { Cron } from 'croner';
import { nearestWord } from '../text/nearest.ts';
import { alternatives, list, quote } from '../text/words.ts';

/** Why a text is not a cron expression or time zone. */
export interface Fault {
  /** A sentence, with the position. */
  readonly message: string;
  /** The text that was probably meant. */
  readonly instead?: string;
}

const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const NICKNAMES = ['@hourly', '@daily', '@weekly', '@monthly', '@yearly'];

interface CronField {
  readonly name: string;
  readonly expected: string;
  readonly names?: readonly string[];
}

const FIELDS: readonly CronField[] = [
  { name: 'minute', expected: '0 to 59' },
  { name: 'hour', expected: '0 to 23' },
  { name: 'day of month', expected: '1 to 31, or L' },
  { name: 'month', expected: '1 to 12, or JAN to DEC', names: MONTHS },
  { name: 'day of week', expected: '0 to 7, or SUN to SAT', names: DAYS },
];

/** The fault of a cron expression, which has five fields or is a nickname. Undefined: it is valid. */
export function cronFault(cron: string): Fault | undefined {
  if (cron.startsWith('@')) return nicknameFault(cron);
  const found = [...cron.matchAll(/\S+/g)];
  if (found.length !== FIELDS.length) {
    const names = list(FIELDS.map(({ name }) => name));
    return { message: `The cron expression ${quote(cron)} has ${found.length} fields, not 5: ${names}.` };
  }
  for (const [index, { 0: text, index: at }] of found.entries()) {
    const field = FIELDS[index] as CronField;
    const pattern = FIELDS.map((each) => (each === field ? text : '*')).join(' ');
    if (!text.includes('?') && isValid(pattern)) continue;
    const fixed = corrected(text, field);
    const meant = fixed === undefined ? `expected ${field.expected}` : `did you mean ${fixed}?`;
    return {
      message: `The cron expression ${quote(cron)} is invalid at character ${at + 1}: the ${field.name} is ${quote(text)}, ${meant}${fixed === undefined ? '.' : ''}`,
      ...(fixed !== undefined && { instead: cron.slice(0, at) + fixed + cron.slice(at + text.length) }),
    };
  }
  if (nextRun(cron, UTC, 0) === undefined) return { message: `The cron expression ${quote(cron)} never occurs.` };
  return undefined;
}

function nicknameFault(cron: string): Fault | undefined {
  if (NICKNAMES.includes(cron)) return undefined;
  const nearest = nearestWord(cron.toLowerCase(), NICKNAMES);
  if (nearest === undefined)
    return { message: `Unknown cron expression ${quote(cron)}. Expected ${alternatives(NICKNAMES)}, or five fields.` };
  return { message: `Unknown cron expression ${quote(cron)}. Did you mean ${nearest}?`, instead: nearest };
}

/** With the names of days or months that were probably meant: `MONN` is `MON`, `MON-FRY` is `MON-FRI`. */
function corrected(text: string, { names = [], name }: CronField): string | undefined {
  const fixed = text.replace(/[A-Za-z]{3,}/g, (word) => {
    const upper = word.toUpperCase();
    return names.find((known) => upper.startsWith(known)) ?? nearestWord(upper, names) ?? word;
  });
  const pattern = FIELDS.map((each) => (each.name === name ? fixed : '*')).join(' ');
  return fixed !== text && isValid(pattern) ? fixed : undefined;
}

function isValid(pattern: string): boolean {
  try {
    open(pattern, UTC);
    return true;
  } catch {
    return false;
  }
}

const UTC = 'UTC';

/** The fault of the name of a time zone (IANA). Undefined: it is valid. */
export function timeZoneFault(name: string): Fault | undefined {
  if (name === UTC || zones().includes(name) || isAlias(name)) return undefined;
  const nearest = nearestZone(name);
  const message = `Unknown time zone ${quote(name)}.`;
  if (nearest === undefined) return { message: `${message} Expected a name such as Europe/Zurich.` };
  return { message: `${message} Did you mean ${nearest}?`, instead: nearest };
}

function zones(): readonly string[] {
  return Intl.supportedValuesOf('timeZone');
}

/** Such as Asia/Calcutta, which is Asia/Kolkata. Offsets and other spellings of the same name are not accepted. */
function isAlias(name: string): boolean {
  if (!/^[A-Z][A-Za-z_]+\/[A-Z][\w/+-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Compares whole names and cities: `zurich` is Europe/Zurich. */
function nearestZone(name: string): string | undefined {
  const known = [UTC, ...zones()];
  const cityOf = (zone: string) => zone.slice(zone.lastIndexOf('/') + 1);
  const find = (spelled: (zone: string) => string) => {
    const nearest = nearestWord(spelled(name).toLowerCase().replaceAll(' ', '_'), [
      ...new Set(known.map((zone) => spelled(zone).toLowerCase())),
    ]);
    return known.find((zone) => spelled(zone).toLowerCase() === nearest);
  };
  return name.includes('/') ? find((zone) => zone) : find(cityOf);
}

/**
 * The last time at or before `at`, in milliseconds since the epoch like all times here; undefined: there was none. At a time
 * that a change to summer time skips, it is the first moment after; a time that happens twice counts once.
 */
export function lastRun(cron: string, timeZone: string, at: number): number | undefined {
  // Strictly before the second after: croner counts in whole seconds.
  const after = new Date(Math.floor(at / 1000) * 1000 + 1000);
  return open(cron, timeZone).previousRuns(1, after)[0]?.getTime();
}

/** The first time after `at`. */
export function nextRun(cron: string, timeZone: string, at: number): number | undefined {
  return open(cron, timeZone).nextRun(new Date(at))?.getTime();
}

function open(cron: string, timeZone: string): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-part' });
}
