import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pause } from '../../client/pause.ts';
import type { Files } from './files.ts';
import type { Input } from './input.ts';

export interface RunningProcess {
  pid: number;
  command: string;
}

/** The container that a program runs in. */
export interface Surroundings {
  files: Files;
  env: Readonly<Record<string, string>>;
  hostname: string;
  podIp: string;
  now(): number;
  processes(): RunningProcess[];
  /** Sends SIGTERM; false when there is no such process. */
  terminate(pid: number): boolean;
  /** The loopback port of a port of this pod; undefined when nothing listens there. */
  loopbackPort(port: number): number | undefined;
}

/** What a client or the container gives to a process. */
export interface ProcessIo {
  stdin: Readable | undefined;
  out(chunk: string | Buffer): void;
  err(chunk: string | Buffer): void;
  isTerminal: boolean;
  signal: AbortSignal;
}

export interface Process extends Omit<ProcessIo, 'stdin'> {
  in: Surroundings;
  /** What commands change; `exit` sets the code. */
  shell: { directory: string; env: Record<string, string>; exitCode?: number };
  stdin: Input;
  /** What Ctrl-C ends. */
  foreground: { current?: AbortController };
}

/** Returns the exit code. */
type Program = (args: readonly string[], process: Process) => number | Promise<number>;

const success = () => 0;

/** What `sleep` takes. */
export const isTime = (word: string) => /^(infinity|\d+(\.\d+)?s?)$/.test(word);

/** The commands that every container has, after busybox. */
export const programs: Readonly<Record<string, Program>> = {
  true: success,
  ':': success,
  false: () => 1,
  echo(args, { out }) {
    const hasEnd = args[0] !== '-n';
    out(`${args.slice(hasEnd ? 0 : 1).join(' ')}${hasEnd ? '\n' : ''}`);
    return 0;
  },
  async sleep([time = ''], { signal, err }) {
    if (!isTime(time)) {
      err(`sleep: invalid number '${time}'\n`);
      return 1;
    }
    // A timer lasts 24.8 days at most.
    const maxMs = 2 ** 31 - 1;
    await pause(time === 'infinity' ? maxMs : Math.min(Number.parseFloat(time) * 1000, maxMs), signal);
    return 0;
  },
  pwd: (_, { shell, out }) => print(out, shell.directory),
  hostname: (_, process) => print(process.out, process.in.hostname),
  date: (_, process) => print(process.out, `${new Date(process.in.now()).toUTCString().replace(' GMT', ' UTC')}`),
  env: (_, { shell, out }) => print(out, ...Object.entries(shell.env).map(([name, value]) => `${name}=${value}`)),
  printenv([name = ''], { shell: { env }, out }) {
    return env[name] === undefined ? 1 : print(out, env[name]);
  },
  ps(_, { in: { processes }, out }) {
    const rows = processes().map(({ pid, command }) => `${String(pid).padStart(5)} root      0:00 ${command}`);
    return print(out, 'PID   USER     TIME  COMMAND', ...rows);
  },
  kill(args, process) {
    const failed = operands(args).filter((pid) => !process.in.terminate(Number(pid)));
    for (const pid of failed) process.err(`sh: can't kill pid ${pid}: No such process\n`);
    return failed.length > 0 ? 1 : 0;
  },
  test([flag, path = ''], process) {
    const entry = process.in.files.get(at(process, path));
    const isTrue = flag === '-d' ? entry !== undefined && !entry.data : flag === '-f' ? entry?.data : entry;
    return isTrue ? 0 : 1;
  },
  ls(args, process) {
    const paths = operands(args);
    const { files } = process.in;
    return each('ls', paths.length > 0 ? paths : ['.'], process, (path, name) =>
      print(process.out, ...(files.isDirectory(path) ? files.list(path) : [name])),
    );
  },
  async cat(args, process) {
    const { stdin, out, err } = process;
    if (args.length > 0) {
      return each('cat', args, process, (path) => {
        const data = process.in.files.get(path)?.data;
        if (data === undefined) err('cat: read error: Is a directory\n');
        else out(data);
      });
    }
    for await (const chunk of stdin.chunks()) out(chunk);
    return 0;
  },
  async tail(args, { stdin, out }) {
    const from = /^-c\+(\d+)$/.exec(args.join(''))?.[1];
    const all = await buffer(stdin.chunks());
    if (from !== undefined) out(all.subarray(Number(from) - 1));
    else print(out, ...all.toString('utf8').trimEnd().split('\n').slice(-10));
    return 0;
  },
  mkdir(args, process) {
    for (const path of operands(args)) process.in.files.makeDirectory(at(process, path), process.in.now());
    return 0;
  },
  rm: (args, process) => each('rm', operands(args), process, (path) => process.in.files.remove(path)),
  wget: (args, process) => download(args, process, (url, why) => `wget: can't connect to remote host (${url}): ${why}`),
  curl: (args, process) =>
    download(args, process, (url) => `curl: (7) Failed to connect to ${url}: Connection refused`),
  tar: archive,
};

function print(out: (text: string) => void, ...lines: string[]): number {
  for (const line of lines) out(`${line}\n`);
  return 0;
}

export function at({ shell }: Process, path: string): string {
  return posix.resolve(shell.directory, path);
}

function operands(args: readonly string[]): string[] {
  return args.filter((arg) => !arg.startsWith('-'));
}

/** Runs for each file that exists; the others are errors. */
function each(program: string, names: readonly string[], process: Process, run: (path: string, name: string) => void) {
  let code = 0;
  for (const name of names) {
    const path = at(process, name);
    if (process.in.files.get(path) !== undefined) run(path, name);
    else {
      process.err(`${program}: ${program === 'cat' ? `can't open '${name}'` : name}: No such file or directory\n`);
      code = 1;
    }
  }
  return code;
}

/** GETs from the ports of its own pod, since pods have no network. */
async function download(args: readonly string[], process: Process, problem: (url: string, why: string) => string) {
  const { out, err, signal } = process;
  const { podIp, hostname, loopbackPort } = process.in;
  const asked = args.find((arg) => !arg.startsWith('-') && arg !== '') ?? '';
  const url = URL.parse(asked.includes('://') ? asked : `http://${asked}`);
  const isOwn = url !== null && ['localhost', '127.0.0.1', podIp, hostname].includes(url.hostname);
  const port = isOwn ? loopbackPort(Number(url.port || 80)) : undefined;
  if (url === null || port === undefined) {
    err(`${problem(asked, isOwn ? 'Connection refused' : 'Network unreachable')}\n`);
    return 1;
  }
  try {
    const answer = await getLocally(port, url.pathname + url.search, { host: url.host }, signal);
    for await (const chunk of answer) out(chunk as Buffer);
    return (answer.statusCode ?? 500) < 400 ? 0 : 1;
  } catch (error) {
    err(`${(error as Error).message}\n`);
    return 1;
  }
}

/** GETs from a port of 127.0.0.1; rejects when there is no answer. */
export async function getLocally(port: number, path: string, headers: Record<string, string>, signal: AbortSignal) {
  const request = get({ host: '127.0.0.1', port, path, headers, agent: false, signal });
  // A connection may also be cut when the answer has begun.
  request.on('error', () => {});
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

/** `tar cf - PATH…` and `tar xf - -C DIRECTORY`, as `kubectl cp` calls them. */
async function archive(args: readonly string[], process: Process): Promise<number> {
  // Loaded by its first use: a cluster starts faster without it.
  const { extract, pack } = await import('tar-stream');
  const { files, now } = process.in;
  const [flags = '', ...rest] = args;
  const change = rest.indexOf('-C');
  const directory = at(process, change < 0 ? '.' : (rest[change + 1] ?? '.'));
  const paths = rest.filter((arg, i) => arg !== '-' && (change < 0 || (i !== change && i !== change + 1)));
  const isZipped = flags.includes('z');
  const failed = (why: string) => {
    process.err(`tar: ${why}\n`);
    return 1;
  };
  if (flags.includes('x')) {
    const bytes = await buffer(process.stdin.chunks());
    if (!files.isDirectory(directory)) return failed(`can't change directory to '${directory}'`);
    const entries = extract();
    entries.end(isZipped ? gunzipSync(bytes) : bytes);
    for await (const entry of entries) {
      const { name, type, mode } = entry.header;
      const path = posix.resolve(directory, name.replace(/^\/+/, ''));
      const data = await buffer(entry);
      if (type === 'directory') files.makeDirectory(path, now());
      else if (type === 'file') files.write(path, data, now(), mode);
    }
    return 0;
  }
  const packed = pack();
  for (const path of paths) {
    const root = posix.resolve(directory, path);
    if (files.get(root) === undefined) return failed(`${path}: No such file or directory`);
    for (const each of files.below(root)) {
      const { data, mode = 0o644, changedAt = 0 } = files.get(each) ?? {};
      const name = `${path}${each.slice(root.length)}`.replace(/^\/+/, '');
      const header = { name, mode, mtime: new Date(changedAt) };
      if (data !== undefined) packed.entry(header, data);
      else if (name !== '') packed.entry({ ...header, type: 'directory' });
    }
  }
  packed.finalize();
  const bytes = await buffer(packed);
  process.out(isZipped ? gzipSync(bytes) : bytes);
  return 0;
}
