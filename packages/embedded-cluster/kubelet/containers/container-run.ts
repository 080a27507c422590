import { pause } from '../../client/pause.ts';
import { type App, type AppContext, portsOf } from '../apps/app.ts';
import { appFor } from '../apps/app-for.ts';
import { type AppServer, serve } from '../apps/app-server.ts';
import type { Fault } from '../apps/fault.ts';
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
  /** Called when the app ends by itself. */
  onExit(exitCode: number): void;
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
  #server: AppServer | undefined;

  constructor(options: RunOptions) {
    const { machine, container, podIp, random, pod } = options;
    this.#options = options;
    this.#app = appFor(container, machine.apps);
    this.#context = {
      get pod() {
        return pod();
      },
      container,
      podIp,
      log: (text) => this.log.append(machine.now(), text),
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
