import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findGo } from './go.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pitlane-go-'));
  vi.stubEnv('PATH', dir);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

/** Puts a script named `go` on PATH. */
async function putGo(script: string): Promise<void> {
  await writeFile(join(dir, 'go'), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'go'), 0o755);
}

test.each([
  [
    'the error says what to install if Go is missing',
    undefined,
    /^No `go` on PATH\. Needed: Go 1\.26 or newer\. Install it/,
  ],
  [
    'the error names a Go that is too old to fetch a newer one',
    'echo go version go1.19.8 linux/amd64',
    /^Found go version go1\.19\.8 linux\/amd64\. .*Install it/,
  ],
  [
    'the error says that Go could not fetch the newer one',
    'echo "go: download go1.26.0: no network" >&2; exit 1',
    /^Go could not fetch its toolchain\. .*Install it/,
  ],
])('%s', async (_, script, want) => {
  if (script !== undefined) await putGo(script);
  await expect(findGo(dir)).rejects.toThrow(want);
});

test.each(['go1.26.0', 'go1.27rc1', 'go1.31.2'])('%s is new enough', async (version) => {
  await putGo(`echo go version ${version} linux/amd64`);
  expect(await findGo(dir)).toBe('go');
});
