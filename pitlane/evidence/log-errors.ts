/** A line of a log without terminal codes, and when it was written: milliseconds since the epoch. */
export interface LogLine {
  readonly text: string;
  /** Absent: unknown. */
  readonly at?: number;
}

/** Errors of a log that differ only in numbers, ids, times and addresses. */
export interface RepeatedError {
  readonly count: number;
  /** When the first and the last one were written. Absent: unknown. */
  readonly firstAt?: number;
  readonly lastAt?: number;
  /** The lines of the last one: several if it has a stack trace. */
  readonly example: readonly string[];
}

/** Long lines are recognised and compared by their beginning, so that each line takes bounded time. */
const MAX_CHARACTERS = 1_000;

/** Groups the errors of a log, the most frequent first, then the newest. A stack trace is one error. */
export function repeatedErrors(lines: readonly LogLine[]): readonly RepeatedError[] {
  const errors = recordsIn(lines).filter(isError);
  const groups = [...Map.groupBy(errors, keyOf).values()];
  return groups
    .map((records) => {
      const times = records.flatMap(({ at }) => at ?? []);
      return {
        count: records.length,
        ...(times.length > 0 && { firstAt: Math.min(...times), lastAt: Math.max(...times) }),
        example: records.at(-1)?.lines ?? [],
      };
    })
    .sort(byFrequency);
}

export function byFrequency(a: RepeatedError, b: RepeatedError): number {
  return b.count - a.count || (b.lastAt ?? 0) - (a.lastAt ?? 0);
}

/** A message with its stack trace. */
interface Message {
  readonly lines: string[];
  readonly at?: number | undefined;
  /** Lines follow that are part of it. */
  isTrace: boolean;
  /** The next line without an indent is part of it too: the exception below a Python trace. */
  isOpen: boolean;
}

function recordsIn(lines: readonly LogLine[]): readonly Message[] {
  const records: Message[] = [];
  for (const { text, at } of lines) {
    const line = text.trimEnd();
    if (line === '') continue;
    const start = line.slice(0, MAX_CHARACTERS);
    const last = records.at(-1);
    if (last === undefined || !isContinuedBy(last, start)) {
      records.push({ lines: [line], at, isTrace: BEGINS_TRACE.test(start), isOpen: OPENS.test(start) });
      continue;
    }
    last.lines.push(line);
    last.isTrace ||= FRAME.test(start) || BEGINS_TRACE.test(start);
    if (OPENS.test(start)) last.isOpen = true;
    else if (/^\S/.test(line)) last.isOpen = false;
  }
  return records;
}

function isContinuedBy(last: Message, line: string): boolean {
  if (last.isOpen || CONTINUES.test(line)) return true;
  if (last.isTrace) return IN_GO.test(line) || (IN_PYTHON.test(line) && LEADS_ON.test(last.lines.at(-1) ?? ''));
  // Python's logging writes it below the message.
  return IN_PYTHON.test(line) && isError(last);
}

/** Below it comes a line without an indent that says what happened: Python's exception, the message of a panic in Rust. */
const OPENS = /^Traceback \(most recent call last\):|panicked at .+:\d+:$/;
const BEGINS_TRACE = /^panic: |^fatal error: |^Traceback \(most recent|^Exception in thread |panicked at /;
const CONTINUES =
  /^\s|^Caused by: |^\.\.\. \d+ more|^During handling of the above|^The above exception was|^stack backtrace:|^note: run with|^[\])}]+[,;]?$/;
const IN_PYTHON = /^Traceback \(most recent/;
const LEADS_ON = /^During handling of the above|^The above exception was/;
/** Of a panic in Go: `goroutine 1 [running]:`, `main.(*Server).run(0xc000)`, `created by net/http…`. */
const IN_GO = /^goroutine \d|^created by |^\[signal |^exit status \d|^[\w./*()-]+\(.*\)$/;
const FRAME = /^\s+at |^\s+File "|^\s+from |^\s+\d+: /;

/** The status in an access log, which says all: a path may hold any word. */
const ACCESS = /"[A-Z]{3,7} [^"]*" ([1-5])\d\d\b/;
const SERVER_ERROR = /\bstatus(?:_?code)?\\?"?[=: ]{1,2}\\?"?5\d\d\b/i;
const ERROR_WORDS =
  /(?:error|exception)s?\b|\b(?:fatal|panic|panicked|failed|failure|failing|refused|rejected|time[ds]? ?out|unable to|cannot|can't|could not|denied|unreachable|no such|out of memory|unhandled|uncaught|aborted|segmentation fault|connection reset|broken pipe|bad gateway)\b/i;
/** `0 errors`, `error=nil` */
const NO_ERRORS =
  /\b(?:no|0|zero|without) (?:errors?|exceptions?|failures?)\b|\b(?:error|exception|failure)s?\\?["']?[=: ]{1,2}\\?["']?(?:0|null|nil|none|<nil>|false|\{\}|\[\])(?![\w.])/gi;

function isError({ lines, isTrace }: Message): boolean {
  if (isTrace) return true;
  const text = headOf(lines);
  const status = ACCESS.exec(text)?.[1];
  if (status !== undefined) return status === '5';
  if (SERVER_ERROR.test(text)) return true;
  const level = levelOf(text);
  return level === undefined ? ERROR_WORDS.test(text.replace(NO_ERRORS, '')) : ERROR_LEVEL.test(level);
}

/** Levels by their words, by the letters of klog, and by the numbers of pino and bunyan. */
const ERROR_LEVEL = /^(?:err|error|severe|crit|critical|alert|fatal|panic|dpanic|emerg|emergency|[EF]|[56]0)$/i;
const LEVEL_FIELD =
  /\b(?:level|lvl|severity|log\.level|levelname)\\?["']?[=: ]{1,2}\\?["']?(trace|debug|info|information|notice|warn|warning|err|error|severe|crit|critical|alert|d?panic|fatal|emerg|emergency|[1-6]0)\b/i;
const LEVEL_WORD =
  /^.{0,80}?(?:^|[\s[(|<:])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|SEVERE|CRIT|CRITICAL|ALERT|FATAL|PANIC|EMERG)(?=[\s\]):|>,]|$)/;
const LEVEL_IN_LOWER_CASE =
  /\[(debug|info|notice|warn|warning|error|crit|alert|emerg)\]|^(?:\S+ )?(debug|info|warn|warning|error):/;
const KLOG = /^([IWEF])\d{4} \d\d:\d\d:\d\d/;

function levelOf(text: string): string | undefined {
  for (const pattern of [LEVEL_FIELD, KLOG, LEVEL_WORD, LEVEL_IN_LOWER_CASE]) {
    const [, ...found] = pattern.exec(text) ?? [];
    const level = found.find((group) => group !== undefined);
    if (level !== undefined) return level;
  }
  return undefined;
}

/** The lines without the frames of a trace: they say what happened. */
function headOf(lines: readonly string[]): string {
  const [first = '', ...others] = lines;
  const said = others.some((line) => FRAME.test(line)) ? others.filter((line) => /^\S/.test(line)) : others;
  return [first, ...said].join('\n').slice(0, MAX_CHARACTERS);
}

const REPLACED: readonly (readonly [pattern: RegExp, by: string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, '<address>'],
  [/\[?(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}\]?(?::\d{1,5})?/gi, '<address>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b/gi, '<hex>'],
  [/\d+(?:\.\d+)?/g, '<number>'],
  [/\s+/g, ' '],
];

/** The same for errors that count as repeated. */
function keyOf({ lines }: Message): string {
  return REPLACED.reduce((text, [pattern, by]) => text.replace(pattern, by), headOf(lines));
}
