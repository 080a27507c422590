import { describe, expect, test } from 'vitest';
import { commandNames, commands, help, parse } from '../operations/commands.ts';
import { flagsOf, usageOf } from './syntax.ts';

test('help shows the overview', async () => {
  await expect(help({ command: 'help', service: 'rng' })).toMatchFileSnapshot('golden/help.golden.txt');
});

test.each(commandNames)('help for %s', async (topic) => {
  const text = help({ command: 'help', service: 'rng', topic }, { width: 60 });
  await expect(text).toMatchFileSnapshot(`golden/help-${topic.replaceAll(' ', '-')}.golden.txt`);
});

test('help shows the prefix of a terminal', () => {
  const text = help({ command: 'help', service: 'rng', topic: 'inspect' }, { prefix: 'pitlane rng' });
  expect(text).toContain('  pitlane rng inspect b85tm');
});

test('help does not wrap examples', () => {
  const prefix = 'pitlane --kubeconfig /home/ada/.kube/lab --namespace dockercoins rng';
  const text = help({ command: 'help', topic: 'drain' }, { prefix, width: 60 });
  expect(text.split('\n')).toContain(`  ${prefix} drain b85tm for 30m because 5xx`);
});

test('help omits the service for commands that need none', () => {
  const overview = help({ command: 'help' });
  expect(overview).toContain('\n/pitlane SERVICE list ');
  expect(overview).toContain('\n/pitlane drained\n');
  expect(overview).toContain('\nExamples: /pitlane help drain');
  expect(help({ command: 'help', topic: 'drain' })).toContain('\n  /pitlane SERVICE drain b85tm --dry-run');
  expect(help({ command: 'help', topic: 'drained' })).toContain('\n  /pitlane drained');
});

describe('help matches the grammar', () => {
  test.each(commands)('every flag of $name is in its usage', (command) => {
    const usage = usageOf(command);
    const missing = flagsOf(command).filter(
      ({ name: flag, short, value }) =>
        !usage.includes(`--${flag}`) &&
        !usage.includes(`-${short} `) &&
        !(value !== undefined && usage.includes(`[${flag} `)),
    );
    expect(missing).toEqual([]);
  });

  const typed = commands.flatMap(({ help: { examples } }) => examples.map(([, typed]) => typed));
  test.each(typed)('the example "%s" is read as a request', (example) => {
    expect(parse(example, 'rng')).toMatchObject({ kind: 'parsed' });
  });
});
