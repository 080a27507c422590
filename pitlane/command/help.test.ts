import { describe, expect, test } from 'vitest';
import { help, parse } from '../operations/commands.ts';
import { COMMAND_NAMES, COMMANDS } from './commands.ts';
import { HELP } from './help.ts';

test('the overview', async () => {
  await expect(help({ command: 'help', service: 'rng' })).toMatchFileSnapshot('golden/help.golden.txt');
});

test.each(COMMAND_NAMES)('help for %s', async (topic) => {
  const text = help({ command: 'help', service: 'rng', topic }, { width: 60 });
  await expect(text).toMatchFileSnapshot(`golden/help-${topic}.golden.txt`);
});

test('help in a terminal shows what to type there', () => {
  const text = help({ command: 'help', service: 'rng', topic: 'inspect' }, { prefix: 'pitlane rng' });
  expect(text).toContain('  pitlane rng inspect b85tm');
});

test('an example is one line, however narrow the reader and long the way to the service', () => {
  const prefix = 'pitlane --kubeconfig /home/ada/.kube/lab --namespace dockercoins rng';
  const text = help({ command: 'help', topic: 'drain' }, { prefix, width: 60 });
  expect(text.split('\n')).toContain(`  ${prefix} drain b85tm for 30m because 5xx`);
});

test('what needs no service is shown without one', () => {
  const overview = help({ command: 'help' });
  expect(overview).toContain('\n/pitlane SERVICE list ');
  expect(overview).toContain('\n/pitlane drained\n');
  expect(overview).toContain('\nExamples: /pitlane help drain');
  expect(help({ command: 'help', topic: 'drain' })).toContain('\n  /pitlane SERVICE drain b85tm --dry-run');
  expect(help({ command: 'help', topic: 'drained' })).toContain('\n  /pitlane drained');
});

describe('help keeps to the grammar', () => {
  test.each(COMMANDS)('every flag of $name is in its usage', ({ name, flags }) => {
    const { usage } = HELP[name];
    const missing = flags.filter(
      ({ name: flag, short, value }) =>
        !usage.includes(`--${flag}`) &&
        !usage.includes(`-${short} `) &&
        !(value !== undefined && usage.includes(`[${flag} `)),
    );
    expect(missing).toEqual([]);
  });

  const examples = Object.values(HELP).flatMap((each) => each.examples.map(([, command]) => command));
  test.each(examples)('the example "%s" is read as a request', (example) => {
    expect(parse(example, 'rng')).toMatchObject({ kind: 'parsed' });
  });
});
