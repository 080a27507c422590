import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { JUDGED, UNJUDGED } from './judge/judged.ts';

/** The codes of the findings and effects in the source of the plans. */
function codesInSource(): ReadonlySet<string> {
  const files = globSync('pitlane/{operations,rotation}/**/*.ts', { exclude: (name) => name.endsWith('.test.ts') });
  const found = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const made = text.matchAll(/\b(?:ok|warning|refusal|forceable|effect|about|unfit)\(\s*(?:view, )?'([A-Z]\w+)'/g);
    const chosen = text.matchAll(/\[\s*'(\w+Autoscaler|Leaves\w+)'/g);
    return [...made, ...chosen].flatMap(([, code]) => code ?? []);
  });
  return new Set(found);
}

test('the foresight judge compares every code of a plan with the objects, except those that are listed with a reason', () => {
  const listed = Object.values(UNJUDGED).flat();
  const missing = [...codesInSource()].filter((code) => !JUDGED.has(code) && !listed.includes(code)).sort();
  expect(missing).toEqual([]);
});

test('the list has no code that is judged, or that no plan has', () => {
  const codes = codesInSource();
  const stale = Object.values(UNJUDGED)
    .flat()
    .filter((code) => JUDGED.has(code) || !codes.has(code));
  expect(stale).toEqual([]);
  expect([...JUDGED].filter((code) => !codes.has(code))).toEqual([]);
});
