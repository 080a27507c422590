import { nextWord, type Words } from './arguments.ts';
import { endOfQuoted, replaceSpans, type Span } from './named-values.ts';

/** A flag, or a word that a program takes a secret after. */
const HAS_ARGUMENTS =
  /(?:^|[\s"'`[,(])(?:-{1,2}[A-Za-z]|(?:login|unseal|add_user|change_password|set[a-z]*|ENV|ARG)[\s"',])/;
const WORD = /(?:[^\s,"'`[\](){}|;&<>\\:=]|:(?=\w))(?:[^\s,"'`[\](){}|;&<>\\]|\\{1,4}(?=[A-Za-mo-qsu-z0-9]))*|[|;&]+/y;
const OPENING = /\\{0,32}["'`]/y;
/** Command lines in strings in command lines. */
const MOST_DEEP = 6;

/** Redacts secrets in command lines and lists of arguments: `curl -u ada:secret`, `["--password", "secret"]`. */
export function redactCommandLines(text: string): string {
  if (!HAS_ARGUMENTS.test(text)) return text;
  const lines = text.split('\n');
  return lines
    .map((line) => (HAS_ARGUMENTS.test(line) ? replaceSpans(line, new CommandLine(line).spans()) : line))
    .join('\n');
}

class CommandLine {
  readonly #line: string;
  readonly #spans: Span[] = [];

  constructor(line: string) {
    this.#line = line;
  }

  spans(): readonly Span[] {
    this.#read(0, this.#line.length, {}, 0);
    return this.#spans;
  }

  /** Returns what the words of this part say about the next one. */
  #read(from: number, to: number, before: Words, depth: number): Words {
    let words = before;
    let at = from;
    while (at < to) {
      const quote = this.#quoteAt(at);
      if (quote !== undefined) {
        const start = at + quote.length;
        const end = Math.min(to, endOfQuoted(this.#line, start, quote));
        words = this.#quoted(start, end, words, depth);
        at = Math.max(start, end + quote.length);
        continue;
      }
      const end = this.#endOfWord(at, to);
      if (end > at) words = this.#word(at, end, words);
      at = Math.max(at + 1, end);
    }
    return words;
  }

  #quoteAt(at: number): string | undefined {
    OPENING.lastIndex = at;
    return OPENING.exec(this.#line)?.[0];
  }

  /** As in a shell, a word goes on after a string in it: `-p'secret'`. */
  #endOfWord(at: number, to: number): number {
    WORD.lastIndex = at;
    if (!WORD.test(this.#line)) return at;
    let end = WORD.lastIndex;
    const next = this.#line[end];
    if (end < to && (next === "'" || next === '"') && this.#line[at] === '-') {
      end = endOfQuoted(this.#line, end + 1, next) + 1;
    }
    // A comma in a password, unlike one between two arguments.
    while (this.#line[end] === ',' && /[^\s"'`\\\],]/.test(this.#line[end + 1] ?? ' ')) {
      WORD.lastIndex = end + 1;
      if (!WORD.test(this.#line)) break;
      end = WORD.lastIndex;
    }
    return Math.min(end, to);
  }

  #quoted(start: number, end: number, words: Words, depth: number): Words {
    const text = this.#line.slice(start, Math.min(end, start + 4096));
    const isLine = /\s/.test(text) && words.expected === undefined && depth < MOST_DEEP;
    if (!isLine) return this.#word(start, end, words);
    this.#read(start, end, {}, depth + 1);
    return { ...words, last: '' };
  }

  #word(start: number, end: number, words: Words): Words {
    const { secret, words: next } = nextWord(words, this.#line.slice(start, end));
    if (secret !== undefined) this.#spans.push({ start: start + secret.start, end: start + secret.end });
    return next;
  }
}
