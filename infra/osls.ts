import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** Runs osls in this repository. `shown`: its output appears as it comes. Resolves with its exit code and output. */
export async function runOsls(
  args: readonly string[],
  { env, shown }: { readonly env: NodeJS.ProcessEnv; readonly shown: boolean },
): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/osls/bin/serverless.js'), ...args], {
    cwd: ROOT,
    stdio: shown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...env, SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off', CI: '1' },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
  return { code, output: output.join('') };
}
