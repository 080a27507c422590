import { PassThrough } from 'node:stream';
import { pause } from '../../client/pause.ts';
import { type App, type AppContext, portsOf } from '../apps/app.ts';
import { appFor, imageName } from '../apps/app-for.ts';
import { type AppServer, serve } from '../apps/app-server.ts';
import { isProgram, isShellImage, type ProcessIo, processOf, runWords } from '../apps/command.ts';
import type { Fault } from '../apps/fault.ts';
import { Files } from '../apps/files.ts';
import type { RunningProcess, Surroundings } from '../apps/programs.ts';
import type { Machine } from '../machine.ts';
import type { Container, Pod } from '../pod.ts';
import { LogRing } from './log-ring.ts';

export interface RunOptions {
  machine: Machine;
  pod(): Pod;
  container: Container;
  podIp: string;
  random(): number;
  fault(): Fault;
  neighbours: Neighbours;
  /** Called when the app ends by itself. */
  onExit(exitCode: number): void;
}

/** What a container sees of the pod around it. */
export interface Neighbours {
  /** The loopback port of a port of the pod. */
  loopbackPort(port: number): number | undefined;
  /** The processes of the containers whose process namespace it shares. */
  processes(): RunningProcess[];
}

/** How long a crash-looping app runs before each crash. */
const crashLoopRunsMs = 200;

/** The address of a container's app. */
export interface Serving {
  /** The port on 127.0.0.1. */
  port: number;
  /** The container ports that it serves; empty: any. */
  listensOn: readonly number[];
}

/** The loopback port of a container port, or of any; undefined when nothing listens there. */
export function loopbackPort(serving: Serving | undefined, containerPort?: number): number | undefined {
  if (serving === undefined) return undefined;
  const { port, listensOn } = serving;
  const isOpen = containerPort === undefined || listensOn.length === 0 || listensOn.includes(containerPort);
  return isOpen ? port : undefined;
}

/** One run of a container's app, with its log. */
export class ContainerRun {
  readonly log = new LogRing();
  readonly #options: RunOptions;
  readonly #app: App;
  readonly #context: AppContext;
  readonly #ended = new AbortController();
  readonly #input = new PassThrough();
  readonly #attached = new Set<(chunk: string | Buffer) => void>();
  readonly #processes = new Map<number, string>();
  readonly #kills = new Map<number, AbortController>();
  readonly #mainPid: number;
  #lastPid: number;
  #unfinishedLine = '';
  #server: AppServer | undefined;

  constructor(options: RunOptions) {
    const { machine, container, podIp, random, pod } = options;
    this.#options = options;
    // A debugger comes after the processes that it sees.
    this.#lastPid = 1 + Math.max(0, ...options.neighbours.processes().map(({ pid }) => pid));
    this.#mainPid = this.#lastPid;
    this.#processes.set(this.#mainPid, commandLine(container));
    this.#app = appFor(container, machine.apps);
    this.#context = {
      get pod() {
        return pod();
      },
      container,
      podIp,
      log: (text) => this.#write(`${text}\n`),
      write: (chunk) => this.#write(chunk),
      input: this.#input,
      surroundings: this.#surroundings(),
      now: machine.now,
      random,
      signal: this.#ended.signal,
    };
  }

  /** Aborted when the run ends. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Resolves once the app accepts connections. */
  async start(): Promise<void> {
    if (!this.#options.machine.hasServers) return;
    if (this.#app.kind === 'command') {
      this.#app.run(this.#context).then(
        (exitCode) => this.#exit(exitCode),
        (error: Error) => {
          this.#context.log(`${error.stack ?? error}`);
          this.#exit(1);
        },
      );
    } else {
      this.#server = await serve(this.#app, this.#context, this.#options.fault);
      // It was killed while the server started.
      if (this.signal.aborted) return this.#server.kill();
      this.#app.onStart?.(this.#context);
    }
    if (this.#options.fault().crash === 'loop') this.crashSoon();
  }

  /** Undefined while nothing listens. */
  get serving(): Serving | undefined {
    if (this.#server === undefined || this.#app.kind === 'command' || this.signal.aborted) return undefined;
    return { port: this.#server.port, listensOn: portsOf(this.#app, this.#options.container) };
  }

  get isCommand(): boolean {
    return this.#app.kind === 'command';
  }

  get processes(): RunningProcess[] {
    return [...this.#processes].map(([pid, command]) => ({ pid, command }));
  }

  /** Runs a command beside the app; throws containerd's words when there is no such program. */
  async exec(words: readonly string[], io: ProcessIo): Promise<number> {
    const [word = ''] = words;
    if (!isProgram(word)) {
      const why = word.includes('/') ? `stat ${word}: no such file or directory` : 'executable file not found in $PATH';
      const what = `exec failed: unable to start container process: exec: ${JSON.stringify(word)}: ${why}`;
      throw new Error(`failed to exec in container: failed to start exec: OCI runtime exec failed: ${what}`);
    }
    this.#lastPid += 1;
    const pid = this.#lastPid;
    const killed = new AbortController();
    const signal = AbortSignal.any([io.signal, this.signal, killed.signal]);
    this.#processes.set(pid, words.join(' '));
    this.#kills.set(pid, killed);
    const cut = new Promise<number>((resolve) => {
      signal.addEventListener('abort', () => resolve(killed.signal.aborted ? 143 : 137), { once: true });
    });
    try {
      return await Promise.race([runWords(words, processOf(this.#context.surroundings, { ...io, signal })), cut]);
    } finally {
      this.#processes.delete(pid);
      this.#kills.delete(pid);
    }
  }

  /** Follows the app's output and passes input to it, until it or the client ends. */
  attach({ stdin, out, signal }: ProcessIo): Promise<number> {
    this.#attached.add(out);
    const { stdin: hasInput, stdinOnce } = this.#options.container;
    if (hasInput) stdin?.pipe(this.#input, { end: stdinOnce === true });
    const both = AbortSignal.any([signal, this.signal]);
    return new Promise((resolve) => {
      const end = () => {
        this.#attached.delete(out);
        stdin?.unpipe(this.#input);
        resolve(0);
      };
      if (both.aborted) end();
      else both.addEventListener('abort', end, { once: true });
    });
  }

  #surroundings(): Surroundings {
    const { machine, container, pod, podIp, neighbours } = this.#options;
    const { name, namespace } = pod().metadata;
    const hostname = pod().spec.hostname ?? name;
    const hosts = `127.0.0.1\tlocalhost\n${podIp}\t${hostname}\n`;
    const resolv = `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\n`;
    return {
      files: new Files(
        { '/etc/hostname': `${hostname}\n`, '/etc/hosts': hosts, '/etc/resolv.conf': resolv },
        machine.now(),
      ),
      env: environment(container, pod(), { hostname, podIp }),
      hostname,
      podIp,
      now: machine.now,
      processes: () => [...neighbours.processes(), ...this.processes],
      terminate: (pid) => {
        const exists = this.#processes.has(pid);
        // The kernel keeps signals from process 1 of a container that does not handle them, as shells.
        if (pid === this.#mainPid && this.#app.kind !== 'command')
          void this.stop(0).then(() => this.#options.onExit(0));
        this.#kills.get(pid)?.abort();
        return exists;
      },
      loopbackPort: (port) => neighbours.loopbackPort(port),
    };
  }

  #write(chunk: string | Buffer): void {
    for (const out of this.#attached) out(chunk);
    const lines = (this.#unfinishedLine + String(chunk)).split('\n');
    this.#unfinishedLine = lines.pop() as string;
    if (lines.length > 0) this.log.append(this.#options.machine.now(), lines.join('\n'));
  }

  crash(): void {
    if (this.signal.aborted) return;
    this.#context.log(this.#app.crashLog?.(this.#context) ?? 'fatal: unexpected error, exiting');
    this.#exit(1);
  }

  async crashSoon(): Promise<void> {
    if (await pause(crashLoopRunsMs, this.signal)) this.crash();
  }

  /** Sends SIGTERM and, after the grace period, SIGKILL; returns the exit code. */
  async stop(graceMs: number): Promise<number> {
    let isClean = this.#app.kind !== 'command';
    if (this.#server !== undefined) {
      const lingerMs = Math.min(this.#options.machine.lingerMs, graceMs);
      await pause(lingerMs, this.signal);
      isClean = await this.#server.drain(graceMs - lingerMs);
    }
    this.kill();
    return isClean ? 0 : 137;
  }

  kill(): void {
    if (this.#unfinishedLine !== '') this.#write('\n');
    this.#ended.abort();
    this.#server?.kill();
    this.log.end();
  }

  #exit(exitCode: number): void {
    if (this.signal.aborted) return;
    this.kill();
    this.#options.onExit(exitCode);
  }
}

function commandLine({ command = [], args = [], image = '' }: Container): string {
  const words = [...command, ...args];
  if (words.length === 0 && isShellImage(imageName(image))) return 'sh';
  return words.length > 0 ? words.join(' ') : (/([^/:@]+)(?:[:@][^/]*)?$/.exec(image)?.[1] ?? image);
}

/** Values and fields of the pod; ConfigMaps and Secrets are not read. */
function environment({ env = [] }: Container, pod: Pod, { hostname, podIp }: { hostname: string; podIp: string }) {
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName,
    'status.podIP': podIp,
  };
  const own = env.map(({ name, value, valueFrom }) => [
    name,
    value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? '',
  ]);
  return { PATH: '/usr/local/bin:/usr/bin:/bin', HOSTNAME: hostname, HOME: '/root', ...Object.fromEntries(own) };
}
