import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The version of the packed command line. Built at the tag v1.2.3 it is 1.2.3. Everything else is a development version
 * with the commit in its name: 0.1.0-dev.g1a2b3c4, and 0.1.0-dev.g1a2b3c4.dirty with changes that are not committed. Without
 * git it is 0.1.0-dev. The number before -dev is the one of package.json.
 */
export function cliVersion(root: string): string {
  const tag = /^v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(
    git(root, 'describe', '--tags', '--exact-match', '--match', 'v[0-9]*', '--dirty') ?? '',
  );
  if (tag?.[1] !== undefined && !tag[1].endsWith('-dirty')) return tag[1];
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const commit = git(root, 'rev-parse', '--short=7', 'HEAD');
  if (commit === undefined) return `${version}-dev`;
  const isDirty = git(root, 'status', '--porcelain') !== '';
  return `${version}-dev.g${commit}${isDirty ? '.dirty' : ''}`;
}

/** Undefined: git fails, or there is none. */
function git(cwd: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
