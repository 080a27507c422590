import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

type Program = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

const stopSeconds = 5;

/** A program ended by itself; the message has the end of its log. */
export class ProgramEnded extends Error {
  readonly portTaken: boolean;

  constructor(program: Program, how: string, log: string) {
    super(`${program} ${how}\n${log}`);
    this.name = 'ProgramEnded';
    this.portTaken = log.includes('address already in use');
  }
}

/** The programs of one control plane, each in its own process with a log file. */
export class Processes {
  readonly #binary: string;
  readonly #stateDir: string;
  readonly #running = new Map<Program, ChildProcess>();
  #stopping = false;

  constructor(binary: string, stateDir: string) {
    this.#binary = binary;
    this.#stateDir = stateDir;
  }

  get pids(): number[] {
    return [...this.#running.values()].flatMap(({ pid }) => pid ?? []);
  }

  start(program: Program, flags: readonly string[], onEnd: (error: ProgramEnded) => void): void {
    const log = openSync(this.#logFile(program), 'w', 0o600);
    const child = spawn(this.#binary, [program, ...flags], {
      stdio: ['ignore', log, log],
      // parent.go reads it: the program ends by itself if this process is killed.
      env: { ...process.env, PITLANE_PARENT_PID: String(process.pid) },
      // In its own process group, so that Ctrl-C reaches only the launcher and etcd does not end first.
      detached: true,
    });
    closeSync(log);
    this.#running.set(program, child);
    const ended = async (how: string) => {
      this.#running.delete(program);
      if (!this.#stopping) onEnd(new ProgramEnded(program, how, await this.#logTail(program)));
    };
    child.on('error', (error) => ended(`could not be started: ${error.message}`));
    child.on('exit', (code, signal) => ended(`ended with ${signal ?? `exit code ${code}`}`));
  }

  /** Ends every program, etcd last: without it the API server would wait for it instead of ending. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { etcd, others } = Object.groupBy(this.#running, ([program]) => (program === 'etcd' ? 'etcd' : 'others'));
    for (const group of [others ?? [], etcd ?? []]) await Promise.all(group.map(([, child]) => end(child)));
  }

  /** Kills every program without waiting, because this process ends. */
  killNow(): void {
    this.#stopping = true;
    for (const child of this.#running.values()) child.kill('SIGKILL');
  }

  #logFile(program: Program): string {
    return join(this.#stateDir, `${program}.log`);
  }

  async #logTail(program: Program): Promise<string> {
    const text = await readFile(this.#logFile(program), 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-15).join('\n');
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000);
  await gone;
  clearTimeout(kill);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: a process of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
