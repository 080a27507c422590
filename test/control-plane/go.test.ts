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

/** A `go` on PATH that does nothing but this. */
async function putGo(script: string): Promise<void> {
  await writeFile(join(dir, 'go'), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'go'), 0o755);
}

test.each([
  [
    'without Go, what to install is said',
    undefined,
    /^No `go` on PATH\. The control plane is built with Go 1\.26 or newer\. Install it/,
  ],
  [
    'a Go too old to fetch a newer one is named',
    'echo go version go1.19.8 linux/amd64',
    /^Found go version go1\.19\.8 linux\/amd64\. .*Install it/,
  ],
  [
    'a Go that cannot fetch the newer one is told apart',
    'echo "go: download go1.26.0: no network" >&2; exit 1',
    /^The Go toolchain could not be had\. .*Install it/,
  ],
])('%s', async (_, script, want) => {
  if (script !== undefined) await putGo(script);
  await expect(findGo(dir)).rejects.toThrow(want);
});

test.each(['go1.26.0', 'go1.27rc1', 'go1.31.2'])('%s will do', async (version) => {
  await putGo(`echo go version ${version} linux/amd64`);
  expect(await findGo(dir)).toBe('go');
});
