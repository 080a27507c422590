import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commandNames } from './commands.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Outcomes, events and jobs, states of pods, ends of drains, and levels of schedules share some of the names. */
const OTHER_UNIONS = /\b(kind|state|then|does|verb)$/;
const ALLOWED = [
  // `isHelp`: help is the one request that needs no cluster, so doors answer it by themselves.
  "pitlane/command/request.ts: return request.command === 'help';",
];

/** `expression === 'drain'` for every comparison with the name of a command, in either order and in `case`. */
function comparisonsIn(source: string): { readonly line: number; readonly text: string }[] {
  const name = `['"\`](${commandNames.join('|')})['"\`]`;
  const comparison = new RegExp(`([\\w.?\\])]+) [!=]==? ${name}|${name} [!=]==? ([\\w.]+)`, 'g');
  const includes = new RegExp(`\\[[^\\]]*${name}[^\\]]*\\]\\.includes\\(([\\w.?]+)`, 'g');
  let subject = '';
  return source.split('\n').flatMap((text, index) => {
    subject = /\bswitch \((.*)\) \{/.exec(text)?.[1] ?? subject;
    const inCase = new RegExp(`\\bcase ${name}:`).test(text) ? [subject] : [];
    const compared = [...text.matchAll(comparison)].map(([, left, , , right]) => left ?? right ?? '');
    const included = [...text.matchAll(includes)].map(([, , of]) => of ?? '');
    return [...inCase, ...compared, ...included]
      .filter((expression) => !OTHER_UNIONS.test(expression))
      .map(() => ({ line: index + 1, text: text.trim() }));
  });
}

test('only pitlane/operations compares the name of a command', () => {
  const files = globSync('{pitlane,functions,cli,sandbox,infra}/**/*.ts', { cwd: ROOT }).filter(
    (file) => !/^pitlane\/operations\/|\.(test|fixture)\.ts$|node_modules/.test(file),
  );
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    comparisonsIn(readFileSync(`${ROOT}/${file}`, 'utf8'))
      .filter(({ text }) => !ALLOWED.includes(`${file}: ${text}`))
      .map(({ line, text }) => `${file}:${line}: ${text}`),
  );
  expect(found).toEqual([]);
});

test.each([
  ["if (request.command === 'drain') return;", 1],
  ["if ('cancel' !== name) return;", 1],
  ["  switch (request.command) {\n    case 'finish':", 1],
  ["['drain', 'restore'].includes(command)", 1],
  ["  switch (outcome.kind) {\n    case 'evidence':", 0],
  ["pod.state === 'drained' && word === 'draining'", 0],
  ["const spec = { name: 'drain' };", 0],
])('the rule finds in %j %i comparisons', (source, want) => {
  expect(comparisonsIn(source)).toHaveLength(want);
});
