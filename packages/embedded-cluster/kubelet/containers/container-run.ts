import { once } from 'node:events';
import { posix } from 'node:path';
import { PassThrough } from 'node:stream';
import { pause } from '../../client/pause.ts';
import type { App, AppContext } from '../apps/app.ts';
import { type AppServer, serve } from '../apps/app-server.ts';
import { appFor, isProgram, isShellImage, processOf, runWords } from '../apps/command.ts';
import { Files } from '../apps/files.ts';
import type { ProcessIo, RunningProcess } from '../apps/programs.ts';
import type { Container } from '../pod.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import type { Environment } from './environment.ts';
import { imageName } from './image.ts';
import { LogRing } from './log-ring.ts';

/** How long a crash-looping app runs before each crash. */
const crashLoopRunsMs = 200;

/** One run of a container's app, with its log. */
export class ContainerRun {
  readonly log = new LogRing().setMaxListeners(0);
  readonly pod: PodWorker;
  readonly container: Container;
  /** Called when the app ends by itself. */
  readonly #onExit: (exitCode: number) => void;
  readonly isCommand: boolean;
  readonly #app: App;
  readonly #context: AppContext;
  readonly #ended = new AbortController();
  /** Aborted when the run ends. */
  readonly signal = this.#ended.signal;
  readonly #input = new PassThrough();
  readonly #attached = new Set<(chunk: string | Buffer) => void>();
  readonly #processes = new Map<number, { command: string; terminate(): void }>();
  #lastPid: number;
  #unfinishedLine = '';
  #server: AppServer | undefined;

  constructor(pod: PodWorker, container: Container, env: Environment, onExit: (exitCode: number) => void) {
    this.pod = pod;
    this.container = container;
    this.#onExit = onExit;
    this.#app = appFor(container, pod.machine.apps);
    this.isCommand = this.#app.kind === 'command';
    // A debugger comes after the processes that it sees.
    this.#lastPid = 1 + Math.max(0, ...pod.processesSeenBy(container).map(({ pid }) => pid));
    this.#processes.set(this.#lastPid, {
      command: commandLine(container),
      terminate: () => {
        // The kernel keeps signals from process 1 of a container that does not handle them, as shells.
        if (!this.isCommand) void this.stop(0).then(() => onExit(0));
      },
    });
    this.#context = this.#contextOf(pod, env);
  }

  get processes(): RunningProcess[] {
    return [...this.#processes].map(([pid, { command }]) => ({ pid, command }));
  }

  /** The port on 127.0.0.1 of a container port, or of any; undefined when nothing listens there. */
  loopbackPort(containerPort?: number): number | undefined {
    return this.signal.aborted ? undefined : this.#server?.loopbackPort(containerPort);
  }

  /** Resolves once the app accepts connections. */
  async start(): Promise<void> {
    if (!this.pod.machine.servers) return;
    if (this.#app.kind === 'command') {
      const ended = this.#app.run(this.#context).catch((error: Error) => {
        this.#context.log(`${error.stack ?? error}`);
        return 1;
      });
      void ended.then((exitCode) => this.#exit(exitCode));
    } else {
      this.#server = await serve(this.#app, this.#context, () => this.pod.fault);
      // It was killed while the server started.
      if (this.signal.aborted) return this.#server.kill();
      this.#app.onStart?.(this.#context);
    }
    if (this.pod.fault.crash === 'loop') void this.crashSoon();
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
    const terminated = new AbortController();
    const signal = AbortSignal.any([io.signal, this.signal, terminated.signal]);
    this.#processes.set(pid, { command: words.join(' '), terminate: () => terminated.abort() });
    const cut = once(signal, 'abort').then(() => (terminated.signal.aborted ? 143 : 137));
    try {
      return await Promise.race([runWords(words, processOf(this.#context, { ...io, signal })), cut]);
    } finally {
      this.#processes.delete(pid);
    }
  }

  /** Follows the app's output and passes input to it, until it or the client ends. */
  async attach({ stdin, out, signal }: ProcessIo): Promise<number> {
    const { stdin: hasInput, stdinOnce } = this.container;
    const either = AbortSignal.any([signal, this.signal]);
    this.#attached.add(out);
    if (hasInput) stdin?.pipe(this.#input, { end: stdinOnce === true });
    if (!either.aborted) await once(either, 'abort');
    this.#attached.delete(out);
    stdin?.unpipe(this.#input);
    return 0;
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
    let isClean = !this.isCommand;
    if (this.#server !== undefined) {
      const lingerMs = Math.min(this.pod.machine.lingerMs, graceMs);
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
    this.#onExit(exitCode);
  }

  #write(chunk: string | Buffer): void {
    for (const out of this.#attached) out(chunk);
    const lines = (this.#unfinishedLine + String(chunk)).split('\n');
    this.#unfinishedLine = lines.pop() as string;
    if (lines.length > 0) this.log.append(this.pod.machine.now(), lines.join('\n'));
  }

  #contextOf(worker: PodWorker, env: Environment): AppContext {
    const { podIp, machine, random } = worker;
    const { name, namespace } = worker.pod.metadata;
    const { hostname = name } = worker.pod.spec;
    const files = {
      '/etc/hostname': `${hostname}\n`,
      '/etc/hosts': `127.0.0.1\tlocalhost\n${podIp}\t${hostname}\n`,
      '/etc/resolv.conf': `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\n`,
    };
    return {
      get pod() {
        return worker.pod;
      },
      container: this.container,
      log: (text) => this.#write(`${text}\n`),
      write: (chunk) => this.#write(chunk),
      input: this.#input,
      random,
      signal: this.signal,
      files: new Files(files, machine.now()),
      env,
      hostname,
      podIp,
      now: machine.now,
      processes: () => [...worker.processesSeenBy(this.container), ...this.processes],
      terminate: (pid) => {
        const process = this.#processes.get(pid);
        process?.terminate();
        return process !== undefined;
      },
      loopbackPort: (port) => worker.loopbackPort(port),
    };
  }
}

function commandLine({ command = [], args = [], image = '' }: Container): string {
  const name = imageName(image);
  return [...command, ...args].join(' ') || (isShellImage(name) ? 'sh' : posix.basename(name));
}
