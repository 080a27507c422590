import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { atExit } from '../control-plane/at-exit.ts';
import { ensurePython } from '../python.ts';
import type { Log } from '../tool-cache.ts';

/** moto, an emulator of AWS. */
export interface Moto {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  /** Forgets everything that was stored. */
  reset(): Promise<void>;
  /** Ends the process. The end of this process does so too. */
  stop(): Promise<void>;
}

/** Starts moto on a free port of 127.0.0.1. It is installed first if necessary. */
export async function startMoto(log: Log = console.error): Promise<Moto> {
  const python = await ensureMoto(log);
  const child = spawn(python, [join(import.meta.dirname, 'server.py')], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const complaints: string[] = [];
  createInterface(child.stderr).on('line', (line) => complaints.splice(0, complaints.length - 30, line));
  const forget = atExit(() => child.kill('SIGKILL'));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    createInterface(child.stdout).once('line', (line) => resolve(Number(line)));
    void ended.then(() => reject(new Error(`moto ended with ${child.exitCode}:\n${complaints.join('\n')}`)));
  }).catch((error: unknown) => {
    forget();
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    pid: child.pid ?? 0,
    async reset() {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      forget();
    },
  };
}

/** Returns a Python that has moto, and what moto needs: cfn-lint and botocore. */
export function ensureMoto(log: Log = console.error): Promise<string> {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  return ensurePython({ main: 'moto', requirements, megabytes: 320 }, log);
}
