import type { Readable } from 'node:stream';
import type { AppContext, CommandApp } from './app.ts';
import { cooked, Input } from './input.ts';
import { at, type Process, programs, type Surroundings } from './programs.ts';

const shellImages = ['busybox', 'alpine', 'bash', 'debian', 'ubuntu'];

export function isShellImage(image: string): boolean {
  return shellImages.includes(image.replace(/^(docker\.io\/)?(library\/)?/, ''));
}

const isShell = (word: string) => /^(\/bin\/)?(sh|bash|ash)$/.test(word);

/** What a main process may be; others stand for the image's app. */
const mainPrograms = ['true', ':', 'false', 'exit', 'echo', 'sleep', 'ls', 'cat', 'env', 'hostname', 'date', 'pwd'];

/** The main process for a command of the built-in programs; undefined for other commands. */
export function commandOf(words: readonly string[]): CommandApp | undefined {
  const [shell = '', flag, script = ''] = words;
  const isScript = isShell(shell);
  const text = isScript ? (flag === '-c' || flag === '-ec' ? script : '') : undefined;
  const statements =
    text === undefined ? (words.length > 0 ? [words] : []) : text.split(/;|&&|\|\||\||\n/).map((each) => split(each));
  const isKnown = statements.every(
    ([name, time = '']) =>
      name === undefined ||
      (mainPrograms.includes(name) && (name !== 'sleep' || /^(infinity|\d+(\.\d+)?s?)$/.test(time))),
  );
  if (!isKnown) return undefined;
  const run = (process: Process) =>
    isScript && flag !== undefined ? runScript(script, process) : runWords(words.length > 0 ? words : ['sh'], process);
  return { kind: 'command', run: (context) => run(mainProcess(context)) };
}

function mainProcess({ surroundings, container, input, write, signal }: AppContext): Process {
  const isTerminal = container.tty === true;
  const stdin = container.stdin === true ? input : undefined;
  return processOf(surroundings, { stdin, out: write, err: write, isTerminal, signal });
}

/** What a client or the container gives to a process. */
export interface ProcessIo {
  stdin: Readable | undefined;
  out(chunk: string | Buffer): void;
  err(chunk: string | Buffer): void;
  isTerminal: boolean;
  signal: AbortSignal;
}

export function processOf(surroundings: Surroundings, { stdin, out, err, isTerminal, signal }: ProcessIo): Process {
  const ended = new AbortController();
  const foreground: Process['foreground'] = { current: ended };
  const from = stdin && isTerminal ? cooked(stdin, out, () => foreground.current?.abort()) : stdin;
  return {
    in: surroundings,
    directory: '/',
    env: { ...surroundings.env },
    stdin: from === undefined ? Input.of() : new Input(from),
    out,
    err,
    isTerminal,
    signal: AbortSignal.any([signal, ended.signal]),
    foreground,
  };
}

/** Where the program would be found; undefined: there is none. */
export function isProgram(word: string): boolean {
  const name = word.replace(/^(\/usr)?\/bin\//, '');
  return isShell(word) || Object.hasOwn(programs, name);
}

/** Runs a program without a shell; returns the exit code. */
export async function runWords(words: readonly string[], process: Process): Promise<number> {
  const [word = '', ...args] = words;
  if (isShell(word)) {
    const [flag, script = ''] = args;
    return flag === '-c' || flag === '-ec' ? runScript(script, process) : interact(process);
  }
  const program = isProgram(word) ? programs[word.replace(/^(\/usr)?\/bin\//, '')] : undefined;
  if (program !== undefined) return program(args, process);
  process.err(`sh: ${word}: not found\n`);
  return 127;
}

/** A number of the exit that ends the shell. */
class Exit {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

async function runScript(script: string, process: Process): Promise<number> {
  const ended = await runLine(script, process, 0);
  return ended instanceof Exit ? ended.code : ended;
}

/** Reads commands until `exit` or the end of the input. */
async function interact(shell: Process): Promise<number> {
  let code = 0;
  for (;;) {
    if (shell.isTerminal) shell.out(`${shell.directory} # `);
    const line = await shell.stdin.line();
    if (line === undefined || shell.signal.aborted) return code;
    const interrupted = new AbortController();
    shell.foreground.current = interrupted;
    const process = { ...shell, signal: AbortSignal.any([shell.signal, interrupted.signal]) };
    const ended = await runLine(line, process, code);
    shell.directory = process.directory;
    if (ended instanceof Exit) return ended.code;
    code = interrupted.signal.aborted ? 130 : ended;
  }
}

/** Runs statements joined by `;`, `&&`, `||` and line ends. */
async function runLine(line: string, process: Process, last: number): Promise<number | Exit> {
  let code = last;
  let joint = ';';
  for (const piece of parts(line, /^(&&|\|\||;|\n)/)) {
    if (/^(&&|\|\||;|\n)$/.test(piece)) {
      joint = piece;
      continue;
    }
    if (piece.trim() === '' || (joint === '&&' && code !== 0) || (joint === '||' && code === 0)) continue;
    const ended = await runPipe(piece, process, code);
    if (ended instanceof Exit || process.signal.aborted) return ended;
    code = ended;
  }
  return code;
}

async function runPipe(pipe: string, process: Process, last: number): Promise<number | Exit> {
  const statements = parts(pipe, /^\|/).filter((piece) => piece !== '|');
  let { stdin } = process;
  let code: number | Exit = 0;
  for (const [i, statement] of statements.entries()) {
    const piped: Buffer[] = [];
    const isLast = i === statements.length - 1;
    const out = isLast ? process.out : (chunk: string | Buffer) => piped.push(Buffer.from(chunk as string));
    // `cd` and assignments change the shell itself.
    code = await runStatement(statement, process, { stdin, out }, last);
    stdin = Input.of(...piped);
  }
  return code;
}

async function runStatement(
  statement: string,
  shell: Process,
  ways: Pick<Process, 'stdin' | 'out'>,
  last: number,
): Promise<number | Exit> {
  const [, plain = '', redirect, target = ''] = /^(.*?)(?:\s(>>?)\s*(\S+))?\s*$/s.exec(statement) ?? [];
  const words = split(plain, { ...shell.env, '?': String(last) });
  const [name = '', argument] = words;
  if (name === 'exit') return new Exit(argument === undefined ? last : Number(argument));
  if (name === 'cd') return changeDirectory(shell, argument ?? '/root');
  if (name === 'exec') words.shift();
  const assigned = /^(?:export )?([A-Za-z_]\w*)=(.*)$/s.exec(words.join(' '));
  if (assigned !== null) {
    shell.env[assigned[1] as string] = assigned[2] as string;
    return 0;
  }
  if (redirect === undefined) return runWords(words, { ...shell, ...ways });
  const path = at(shell, target);
  const kept = redirect === '>>' ? shell.in.files.get(path)?.data : undefined;
  const written: Buffer[] = kept === undefined ? [] : [kept];
  const out = (chunk: string | Buffer) => void written.push(Buffer.from(chunk as string));
  const code = await runWords(words, { ...shell, ...ways, out });
  shell.in.files.write(path, Buffer.concat(written), shell.in.now());
  return code;
}

function changeDirectory(shell: Process, path: string): number {
  const directory = at(shell, path);
  if (shell.in.files.isDirectory(directory)) {
    shell.directory = directory;
    return 0;
  }
  shell.err(`sh: cd: can't cd to ${path}: No such file or directory\n`);
  return 1;
}

/** The text between separators outside of quotes, with the separators. */
function parts(text: string, separator: RegExp): string[] {
  const found = [''];
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (quote === character) quote = '';
    else if (quote === '' && /["']/.test(character)) quote = character;
    const match = quote === '' ? separator.exec(text.slice(i))?.[0] : undefined;
    if (match === undefined) found[found.length - 1] += character;
    else {
      found.push(match, '');
      i += match.length - 1;
    }
  }
  return found;
}

/** Words, without quotes; variables have their values, except in single quotes. */
function split(text: string, env: Readonly<Record<string, string>> = {}): string[] {
  const valued = (piece: string) =>
    piece.replace(/\$(?:\{(\w+)\}|(\w+|\?))/g, (_, braced, bare) => env[braced ?? bare] ?? '');
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'|[^"']+/g, (all, double, single) => single ?? valued(double ?? all)),
  );
}
