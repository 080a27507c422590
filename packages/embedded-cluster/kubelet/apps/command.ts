import { imageName } from '../containers/image.ts';
import type { Container } from '../pod.ts';
import { type App, type AppContext, type Apps, type CommandApp, clientOf, type HttpApp } from './app.ts';
import { cooked, Input } from './input.ts';
import { at, isTime, type Process, type ProcessIo, programs, type Surroundings } from './programs.ts';

export const isShellImage = (image: string) =>
  /^(docker\.io\/)?(library\/)?(busybox|alpine|bash|debian|ubuntu)$/.test(image);

const isShell = (word: string) => /^(\/bin\/)?(sh|bash|ash)$/.test(word);

/** What a main process may be; others stand for the image's app. */
const mainPrograms = ['true', ':', 'false', 'exit', 'echo', 'sleep', 'ls', 'cat', 'env', 'hostname', 'date', 'pwd'];

/** The main process for a command of the built-in programs; undefined for other commands. */
export function commandOf(words: readonly string[]): CommandApp | undefined {
  const [shell = '', ...args] = words;
  const statements = isShell(shell)
    ? (scriptIn(args) ?? '').split(/;|&&|\|\||\||\n/).map((each) => split(each))
    : [words];
  const isKnown = statements.every(
    ([name, time = '']) =>
      name === undefined || (mainPrograms.includes(nameOf(name)) && (nameOf(name) !== 'sleep' || isTime(time))),
  );
  if (!isKnown) return undefined;
  return { kind: 'command', run: (context) => runWords(words.length > 0 ? words : ['sh'], mainProcess(context)) };
}

/** The script in a shell's arguments; undefined: it reads its input. */
function scriptIn([flag, script = '']: readonly string[]): string | undefined {
  return flag === '-c' || flag === '-ec' ? script : undefined;
}

/** The app that runs in a container: the image's app, a shell command, or the echo app. */
export function appFor({ image = '', command = [], args = [] }: Container, apps: Apps): App {
  const name = imageName(image);
  const isCommand = isShellImage(name) || command.length > 0;
  return apps[name] ?? (isCommand ? commandOf([...command, ...args]) : undefined) ?? echoApp;
}

/** Runs for unknown images and answers with its own name, as agnhost netexec and echo-server do. */
const echoApp: HttpApp = {
  kind: 'http',
  onStart: ({ container, log }) => log(`${container.image ?? 'app'} started`),
  answer(request, response, { pod, container, log }) {
    log(`${clientOf(request)} ${request.method} ${request.url} 200`);
    response.setHeader('content-type', 'text/plain');
    response.end(`${pod.metadata.name} ${container.image ?? ''} ${request.method} ${request.url}\n`);
  },
  errorLog: (request) => `${clientOf(request)} ${request.method} ${request.url} 500 internal error`,
};

function mainProcess(context: AppContext): Process {
  const { container, input, write, signal } = context;
  const stdin = container.stdin === true ? input : undefined;
  return processOf(context, { stdin, out: write, err: write, isTerminal: container.tty === true, signal });
}

export function processOf(surroundings: Surroundings, io: ProcessIo): Process {
  const ended = new AbortController();
  const foreground: Process['foreground'] = { current: ended };
  const { stdin, out, isTerminal, signal } = io;
  const from = stdin && isTerminal ? cooked(stdin, out, () => foreground.current?.abort()) : stdin;
  return {
    ...io,
    in: surroundings,
    shell: { directory: '/', env: { ...surroundings.env } },
    stdin: new Input(from ?? []),
    signal: AbortSignal.any([signal, ended.signal]),
    foreground,
  };
}

export function isProgram(word: string): boolean {
  return isShell(word) || Object.hasOwn(programs, nameOf(word));
}

const nameOf = (word: string) => word.replace(/^(\/usr)?\/bin\//, '');

/** Runs a program without a shell; returns the exit code. */
export async function runWords(words: readonly string[], process: Process): Promise<number> {
  const [word = '', ...args] = words;
  if (isShell(word)) {
    const shell = { ...process, shell: structuredClone(process.shell) };
    const script = scriptIn(args);
    return script === undefined ? interact(shell) : runLine(script, shell, 0);
  }
  const program = isProgram(word) ? programs[nameOf(word)] : undefined;
  if (program !== undefined) return program(args, process);
  process.err(`sh: ${word}: not found\n`);
  return 127;
}

/** Reads commands until `exit` or the end of the input. */
async function interact(process: Process): Promise<number> {
  let code = 0;
  for (;;) {
    if (process.isTerminal) process.out(`${process.shell.directory} # `);
    const line = await process.stdin.line();
    if (line === undefined || process.signal.aborted) return code;
    const interrupted = new AbortController();
    process.foreground.current = interrupted;
    const signal = AbortSignal.any([process.signal, interrupted.signal]);
    const ended = await runLine(line, { ...process, signal }, code);
    if (process.shell.exitCode !== undefined) return ended;
    code = interrupted.signal.aborted ? 130 : ended;
  }
}

const quoted = `"[^"]*"?|'[^']*'?`;
const joints = '&&|\\|\\||[;\\n]';
const joined = new RegExp(`(${joints}|^)((?:${quoted}|(?!${joints})[^"'])*)`, 'g');
const piped = new RegExp(`(?:${quoted}|[^"'|])+`, 'g');

/** Runs statements joined by `;`, `&&`, `||` and line ends. */
async function runLine(line: string, process: Process, last: number): Promise<number> {
  let code = last;
  for (const [, joint, pipe = ''] of line.matchAll(joined)) {
    if (pipe.trim() === '' || (joint === '&&' && code !== 0) || (joint === '||' && code === 0)) continue;
    code = await runPipe(pipe.match(piped) ?? [], process, code);
    if (process.shell.exitCode !== undefined || process.signal.aborted) return code;
  }
  return code;
}

async function runPipe(statements: readonly string[], process: Process, last: number): Promise<number> {
  let { stdin } = process;
  let code = 0;
  for (const [i, statement] of statements.entries()) {
    const chunks: Buffer[] = [];
    const isLast = i === statements.length - 1;
    const out = isLast ? process.out : (chunk: string | Buffer) => chunks.push(Buffer.from(chunk as string));
    code = await runStatement(statement, { ...process, stdin, out }, last);
    stdin = new Input(chunks);
  }
  return code;
}

async function runStatement(statement: string, process: Process, last: number): Promise<number> {
  const { shell } = process;
  const [, plain = '', redirect, target = ''] = /^(.*?)(?:\s(>>?)\s*(\S+))?\s*$/s.exec(statement) ?? [];
  const words = split(plain, { ...shell.env, '?': String(last) });
  const [name = '', argument] = words;
  if (name === 'exit') {
    shell.exitCode = argument === undefined ? last : Number(argument);
    return shell.exitCode;
  }
  if (name === 'cd') return changeDirectory(process, argument ?? '/root');
  if (name === 'exec') words.shift();
  const assigned = /^(?:export )?([A-Za-z_]\w*)=(.*)$/s.exec(words.join(' '));
  if (assigned !== null) {
    shell.env[assigned[1] as string] = assigned[2] as string;
    return 0;
  }
  if (redirect === undefined) return runWords(words, process);
  const { files, now } = process.in;
  const path = at(process, target);
  const written = [(redirect === '>>' && files.get(path)?.data) || Buffer.alloc(0)];
  const out = (chunk: string | Buffer) => void written.push(Buffer.from(chunk as string));
  const code = await runWords(words, { ...process, out });
  files.write(path, Buffer.concat(written), now());
  return code;
}

function changeDirectory(process: Process, path: string): number {
  const directory = at(process, path);
  if (process.in.files.isDirectory(directory)) {
    process.shell.directory = directory;
    return 0;
  }
  process.err(`sh: cd: can't cd to ${path}: No such file or directory\n`);
  return 1;
}

/** Words, without quotes; variables have their values, except in single quotes. */
function split(text: string, env: Readonly<Record<string, string>> = {}): string[] {
  const valued = (piece: string) =>
    piece.replace(/\$(?:\{(\w+)\}|(\w+|\?))/g, (_, braced, bare) => env[braced ?? bare] ?? '');
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'|[^"']+/g, (all, double, single) => single ?? valued(double ?? all)),
  );
}
