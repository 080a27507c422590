import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cliVersion } from './cli-version.ts';

let root: string;
const PERSON = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];
const git = (...args: readonly string[]) => execFileSync('git', [...PERSON, ...args], { cwd: root, encoding: 'utf8' });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pitlane-version-'));
  writeFileSync(join(root, 'package.json'), '{"version":"0.1.0"}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function commit(): string {
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'first');
  return git('rev-parse', '--short=7', 'HEAD').trim();
}

test('without git it is a development version', () => {
  expect(cliVersion(root)).toBe('0.1.0-dev');
});

test('at a commit without a tag, it names the commit, and changes that are not committed', () => {
  const id = commit();
  expect(cliVersion(root)).toBe(`0.1.0-dev.g${id}`);
  writeFileSync(join(root, 'new'), '');
  expect(cliVersion(root)).toBe(`0.1.0-dev.g${id}.dirty`);
});

test.each([
  ['v1.2.3', '1.2.3'],
  ['v2.0.0-rc.1', '2.0.0-rc.1'],
])('at the tag %s, it is %s, but not with changes that are not committed', (tag, version) => {
  const id = commit();
  git('tag', tag);
  expect(cliVersion(root)).toBe(version);
  writeFileSync(join(root, 'package.json'), '{"version":"0.1.0","private":true}');
  expect(cliVersion(root)).toBe(`0.1.0-dev.g${id}.dirty`);
});

test('a tag that is no version does not count', () => {
  const id = commit();
  git('tag', 'v1-beta');
  expect(cliVersion(root)).toBe(`0.1.0-dev.g${id}`);
});
