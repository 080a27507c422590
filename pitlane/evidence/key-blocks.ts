import { REDACTED } from './named-values.ts';

const BEGIN = '-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}';
const END = '-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}';
const KEY_ON_A_LINE = new RegExp(`${BEGIN}(?:(?!-{4,5} ?BEGIN)[^\\n]){0,16384}?${END}`, 'g');
const KEY_BEGIN = new RegExp(`${BEGIN}|PuTTY-User-Key-File-[0-9]: `);
const KEY_END = new RegExp(`${END}|Private-MAC: [0-9a-f]{32,}`);
/** A part of a key, or what stands above it. */
const PART = /[A-Za-z0-9+/_=-]{30,}/g;
const HEADER =
  /^(?:Proc-Type|DEK-Info|Version|Comment|Encryption|Public-Lines|Private-Lines|Key-Derivation|Argon2-[A-Za-z]+|Charset|Hash):/;
/** Lines of other writers between those of a key. */
const MOST_OTHERS = 40;

interface Key {
  /** Words in front of the key on each line, such as a time. */
  readonly prefix: number;
  others: number;
  /** The characters of its first line; a shorter line is the last one. */
  width: number;
  isComplete: boolean;
}

/** Redacts private keys over several lines, also behind log prefixes or without a start or an end. */
export class KeyBlocks {
  #key: Key | undefined;
  #isFirst = true;

  /** Undefined: the line belongs to a key whose redaction was shown before. */
  line(text: string): string | undefined {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst && !KEY_BEGIN.test(text) && isMiddleOfKey(text)) {
      this.#key = { prefix: words(text).length - 1, others: 0, width: 64, isComplete: false };
      return withoutParts(text);
    }
    return this.#key === undefined ? this.#outside(text) : this.#inside(text, this.#key);
  }

  #outside(text: string): string {
    const whole = text.includes('PRIVATE KEY') ? text.replace(KEY_ON_A_LINE, REDACTED) : text;
    const begin = KEY_BEGIN.exec(whole);
    if (begin === null) return whole;
    const before = whole.slice(0, begin.index);
    this.#key = { prefix: words(before).length, others: 0, width: 0, isComplete: false };
    const after = whole.slice(begin.index + begin[0].length);
    return before + REDACTED + after.replace(/(?:\s|\\{1,8}[rn]){0,8}[A-Za-z0-9+/_=-]{20,}/g, '');
  }

  #inside(text: string, key: Key): string | undefined {
    const end = KEY_END.exec(text);
    if (end !== null) {
      this.#key = undefined;
      const after = text.slice(end.index + end[0].length);
      return after.trim() === '' ? undefined : this.#outside(after);
    }
    // The next key, after one without an end.
    if (KEY_BEGIN.test(text)) return this.#outside(text);
    const found = words(text);
    const last = (found.at(-1) ?? '').replace(/^["']|(?:\\{1,8}[rn]|["',]){1,20}$/g, '');
    const isAlone = found.length === key.prefix + 1 && /^[A-Za-z0-9+/_=-]+$/.test(last);
    if (isAlone && !key.isComplete) {
      key.isComplete = last.length < key.width;
      key.width ||= last.length;
      return undefined;
    }
    if (found.length <= key.prefix || HEADER.test(found.slice(key.prefix).join(' '))) return undefined;
    key.others += 1;
    if (key.others > MOST_OTHERS) this.#key = undefined;
    return withoutParts(text);
  }
}

const MIDDLE = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{64}$/;

/** A log may be cut inside a key. A digest has small letters only. */
function isMiddleOfKey(text: string): boolean {
  const found = MIDDLE.exec(text.slice(-200).trimEnd())?.[0] ?? '';
  return /[A-Z]/.test(found) && /[a-z]/.test(found) && /\d/.test(found);
}

function withoutParts(text: string): string {
  return text.replace(PART, (part) =>
    /[A-Z]/.test(part) && /[a-z]/.test(part) && /[0-9]/.test(part) ? REDACTED : part,
  );
}

function words(text: string): readonly string[] {
  return text.slice(0, 4096).split(/\s+/).filter(Boolean);
}

/** Redacts the rest of a private key whose start was cut off: the base64 lines above its END. */
export function redactKeyEnd(text: string): string {
  const end = text.includes('PRIVATE KEY') ? KEY_END.exec(text) : null;
  if (end === null || text.slice(0, end.index).search(KEY_BEGIN) >= 0) return text;
  const above = text.slice(0, end.index).split('\n');
  let first = above.length - 1;
  while (first > 0 && /^[^\n]{0,200}?[A-Za-z0-9+/=]{8,80}\s*$/.test(above[first - 1] ?? '')) first -= 1;
  if (first === above.length - 1) return text;
  const kept = above.slice(0, first).map((line) => `${line}\n`);
  return kept.join('') + REDACTED + text.slice(end.index + end[0].length);
}
