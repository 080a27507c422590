import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import { EvidenceWriteError, evidenceBase, writeEvidence } from './evidence-folder.ts';

const EVIDENCE: Evidence = {
  kind: 'evidence',
  service: { key: 'rng', namespace: 'dockercoins' },
  pod: { name: 'rng-b85tm', uid: '1' },
  at: Date.UTC(2026, 10, 24, 3, 12, 9, 123),
  files: [
    { name: 'summary.txt', text: 'Evidence of pod rng-b85tm\n', isCut: false },
    { name: 'logs/rng.log', text: 'für Zoë\n', isCut: false },
    { name: 'logs/rng.previous.log', text: '', isCut: false },
  ],
  findings: [],
  notes: [],
};
const NAME = 'dockercoins-rng-b85tm-20261124T031209Z';

let base: string;
beforeEach(() => {
  base = join(mkdtempSync(join(tmpdir(), 'pitlane-evidence-')), 'new', 'evidence');
});

const modeOf = (...path: readonly string[]) => (statSync(join(base, ...path)).mode & 0o777).toString(8);

describe('writeEvidence', () => {
  test('writes a new folder that only the owner can read', () => {
    const folder = writeEvidence(EVIDENCE, base);
    expect(folder).toBe(join(base, NAME));
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
      'logs',
      'logs/rng.log',
      'logs/rng.previous.log',
      'summary.txt',
    ]);
    expect(readFileSync(join(folder, 'logs/rng.log'), 'utf8')).toBe('für Zoë\n');
    expect([modeOf(), modeOf(NAME), modeOf(NAME, 'logs'), modeOf(NAME, 'summary.txt')]).toEqual([
      '700',
      '700',
      '700',
      '600',
    ]);
  });

  test('never overwrites another folder', () => {
    const first = writeEvidence(EVIDENCE, base);
    writeFileSync(join(first, 'summary.txt'), 'mine');
    expect(writeEvidence(EVIDENCE, base)).toBe(`${first}-2`);
    expect(writeEvidence(EVIDENCE, base)).toBe(`${first}-3`);
    expect(readFileSync(join(first, 'summary.txt'), 'utf8')).toBe('mine');
  });

  test('keeps every name inside the folder', () => {
    const names = ['../../escape', '/etc/passwd', 'logs/..', '.hidden', 'a b\n/ü'];
    const folder = writeEvidence(
      { ...EVIDENCE, files: names.map((name) => ({ name, text: name, isCut: false })) },
      base,
    );
    expect(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())).toHaveLength(
      5,
    );
    expect(readdirSync(base)).toEqual([NAME]);
  });

  test('explains why it can not write', async () => {
    writeFileSync(join(base, '..', '..', 'file'), '');
    const into = join(base, '..', '..', 'file', 'evidence');
    expect(() => writeEvidence(EVIDENCE, into)).toThrow(EvidenceWriteError);
    const messages = ['/dev/null/evidence', '/dev/null'].map((path) => {
      try {
        return writeEvidence(EVIDENCE, path);
      } catch (error) {
        return `${(error as Error).message}\n`;
      }
    });
    await expect(messages.join('')).toMatchFileSnapshot('golden/evidence-not-written.golden.txt');
  });
});

test.each([
  [undefined, { HOME: '/home/ada' }, '/home/ada/.local/state/pitlane/evidence'],
  [undefined, { HOME: '/home/ada', XDG_STATE_HOME: '/state' }, '/state/pitlane/evidence'],
  ['/incident', { HOME: '/home/ada' }, '/incident'],
])('--to %s with %j writes to %s', (to, env, want) => {
  expect(evidenceBase(to, env)).toBe(want);
});
