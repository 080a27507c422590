import { type App, type AppContext, appFor, listensOn } from './app.ts';
import { type AppServer, serve } from './app-server.ts';
import type { Fault } from './fault.ts';
import { LogRing } from './log-ring.ts';
import type { Machine } from './machine.ts';
import { pause } from './pause.ts';
import type { Container, Pod } from './pod.ts';

export interface RunOptions {
  machine: Machine;
  pod(): Pod;
  container: Container;
  podIp: string;
  random(): number;
  fault(): Fault;
  /** The app ended by itself. */
  onExit(exitCode: number): void;
}

/** An app that is told to crash in a loop first comes up, as real ones do. */
const crashLoopRunsMs = 200;

/** One life of a container's app, from a start to an end, with its log. */
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

  /** Aborted at the end of this life. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Resolves once connections are accepted. */
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
      // It was killed while the server came up.
      if (this.signal.aborted) return this.#server.kill();
      this.#app.onStart?.(this.#context);
    }
    if (this.#options.fault().crash === 'loop') this.crashSoon();
  }

  /** The loopback port behind a container port; undefined when nothing listens there. */
  loopbackPort(containerPort: number): number | undefined {
    if (this.signal.aborted || !listensOn(this.#app, this.#options.container, containerPort)) return undefined;
    return this.#server?.port;
  }

  /** The loopback port, whatever the container port. */
  get anyLoopbackPort(): number | undefined {
    return this.signal.aborted ? undefined : this.#server?.port;
  }

  crash(): void {
    if (this.signal.aborted) return;
    this.#context.log(this.#app.lastWords?.(this.#context) ?? 'fatal: unexpected error, exiting');
    this.#exit(1);
  }

  async crashSoon(): Promise<void> {
    if (await pause(crashLoopRunsMs, this.signal)) this.crash();
  }

  /** SIGTERM, then after the grace period SIGKILL; answers with the exit code. */
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
