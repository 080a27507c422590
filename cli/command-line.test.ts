import { describe, expect, test } from 'vitest';
import { readCommandLine } from './command-line.ts';

const read = (line: string) =>
  readCommandLine(
    line.split(' ').filter((each) => each !== ''),
    'pitlane',
  );
const list = { command: 'list', service: 'rng', all: false };

describe('what is typed in a shell', () => {
  test.each([
    ['rng list', list, 'pitlane rng'],
    ['-n dockercoins rng list', list, 'pitlane --namespace dockercoins rng'],
    ['rng list -n dockercoins', list, 'pitlane --namespace dockercoins rng'],
    ['-n dockercoins --service rng list', list, 'pitlane --namespace dockercoins --service rng'],
    ['list --service rng', list, 'pitlane --service rng'],
    ['--service list list', { ...list, service: 'list' }, 'pitlane --service list'],
    ['--context lab rng list -o json', list, 'pitlane --context lab rng'],
    ['rng help drain', { command: 'help', service: 'rng', topic: 'drain' }, 'pitlane rng'],
    ['rng drain --help', { command: 'help', service: 'rng', topic: 'drain' }, 'pitlane rng'],
    ['rng', { command: 'help', service: 'rng' }, 'pitlane rng'],
    ['help drain', { command: 'help', service: '', topic: 'drain' }, 'pitlane'],
    [
      'rng drain b85tm because 5xx on checkout --yes --dry-run',
      { command: 'drain', service: 'rng', pods: ['b85tm'], because: '5xx on checkout', dryRun: true, force: false },
      'pitlane rng',
    ],
    [
      'rng restore a5q2z b85tm hfbrr --yes',
      { command: 'restore', service: 'rng', pods: ['a5q2z', 'b85tm', 'hfbrr'], dryRun: false, force: false },
      'pitlane rng',
    ],
    [
      '-n shop rng drain -l app=rng because 5xx',
      { command: 'drain', service: 'rng', selector: 'app=rng', because: '5xx', dryRun: false, force: false },
      'pitlane --namespace shop rng',
    ],
    [
      'rng drain --node node-2 -n shop',
      { command: 'drain', service: 'rng', node: 'node-2', dryRun: false, force: false },
      'pitlane --namespace shop rng',
    ],
  ])('%s', (line, request, prefix) => {
    expect(read(line)).toMatchObject({ kind: 'request', request, prefix });
  });

  test.each([
    ['--version', 'version'],
    ['-v', 'version'],
    ['', 'overview'],
    ['--help', 'overview'],
    ['-h', 'overview'],
    ['check', 'check'],
    ['check --config other.yaml', 'check'],
  ])('%j asks for the %s', (line, kind) => {
    expect(read(line).kind).toBe(kind);
  });
});

test('flags of the command line have their values, and what they are without', () => {
  expect(read('rng list')).toMatchObject({
    options: { output: 'table', yes: false, hasColour: true, timeoutMs: 300_000, debug: false },
  });
  const flags =
    '--config c.yaml --kubeconfig k --context x -n ns --service s -o YAML -y --no-color --timeout 90s --debug';
  expect(read(`${flags} list`)).toMatchObject({
    options: {
      config: 'c.yaml',
      kubeconfig: 'k',
      context: 'x',
      namespace: 'ns',
      service: 's',
      output: 'yaml',
      yes: true,
      hasColour: false,
      timeoutMs: 90_000,
      debug: true,
    },
  });
});

describe('what can’t be read says what to type instead', () => {
  test.each([
    ['list', 'Which service? Expected its name in front of the command.', ['SERVICE list'], 'pitlane'],
    [
      'rng drian b85tm',
      'There is no command "drian": the commands are list, drain, restore, extend, finish, drained, evidence, operations, cancel, inspect, logs and help.',
      ['drain b85tm'],
      'pitlane rng',
    ],
    [
      '-n dockercoins rng drian b85tm',
      'There is no command "drian": the commands are list, drain, restore, extend, finish, drained, evidence, operations, cancel, inspect, logs and help.',
      ['drain b85tm'],
      'pitlane --namespace dockercoins rng',
    ],
    ['rng list -o jsn', 'There is no output format "jsn", expected json.', [], 'pitlane rng'],
    ['rng list -o x', 'There is no output format "x", expected table, wide, json or yaml.', [], 'pitlane rng'],
    [
      'rng list --timeout 0s',
      '--timeout "0s" is no duration from 1s to 1d, expected one such as 90s or 2m.',
      [],
      'pitlane rng',
    ],
    [
      'rng list --timeout 2d',
      '--timeout "2d" is no duration from 1s to 1d, expected one such as 90s or 2m.',
      [],
      'pitlane rng',
    ],
    ['rng list -o xml', 'There is no output format "xml", expected table, wide, json or yaml.', [], 'pitlane rng'],
    ['rng list -o YMAL', 'There is no output format "YMAL", expected yaml.', [], 'pitlane rng'],
    [
      '--context other rng drain 6ktpw --for 8d --dry-run',
      '8d is too long: a pod stays drained for at most 7d.',
      ['drain 6ktpw --for 7d --dry-run'],
      'pitlane --context other rng',
    ],
    [
      '-o json --timeout 9s -n x rng drain 6ktpw for 8d --context other --yes',
      '8d is too long: a pod stays drained for at most 7d.',
      ['drain 6ktpw for 7d --context other --yes'],
      'pitlane -o json --timeout 9s --namespace x rng',
    ],
    [
      '-n x drain 6ktpw --dry-run --context other',
      'Which service? Expected its name in front of the command.',
      ['SERVICE drain 6ktpw --dry-run --context other'],
      'pitlane --namespace x',
    ],
    [
      '-n x rng logs 6ktpw -f --tail 5 -o json',
      '--follow prints lines as they come, and -o json one object at the end, expected one of them.',
      ['logs 6ktpw --tail 5 -o json', 'logs 6ktpw -f --tail 5'],
      'pitlane --namespace x rng',
    ],
    [
      '-o yaml rng logs 6ktpw --follow',
      '--follow prints lines as they come, and -o yaml one object at the end, expected one of them.',
      ['logs 6ktpw'],
      'pitlane -o yaml rng',
    ],
    [
      '--bogus rng list -n x',
      'There is no flag "--bogus", expected --namespace, --service, --kubeconfig, --context, --config, --output, --to, --no-evidence, --yes, --no-color, --timeout, --debug, --help or --version.',
      ['rng list -n x'],
      'pitlane',
    ],
    [
      '--bogus rng drain b85tm',
      'There is no flag "--bogus", expected --namespace, --service, --kubeconfig, --context, --config, --output, --to, --no-evidence, --yes, --no-color, --timeout, --debug, --help or --version.',
      ['--help'],
      'pitlane',
    ],
    [
      '-o json --namespce x rng list --all',
      'There is no flag "--namespce", expected --namespace.',
      ['-o json --namespace x rng list --all'],
      'pitlane',
    ],
    [
      '--contxt=lab rng list',
      'There is no flag "--contxt=lab", expected --context.',
      ['--context=lab rng list'],
      'pitlane',
    ],
    [
      '--dry-run rng drain b85tm because 5xx',
      '"--dry-run" is a flag of drain, restore, extend and finish, expected behind the command.',
      ['rng drain b85tm because 5xx --dry-run'],
      'pitlane',
    ],
    [
      '--dry-rum -n x rng drain b85tm',
      'There is no flag "--dry-rum", expected --dry-run.',
      ['-n x rng drain b85tm --dry-run'],
      'pitlane',
    ],
    [
      '--tail 5 rng logs b85tm',
      '"--tail" is a flag of logs, expected behind the command.',
      ['rng logs b85tm --tail 5'],
      'pitlane',
    ],
    ['rng list --namespce x', 'There is no flag "--namespce", expected --namespace.', ['help list'], 'pitlane rng'],
    ['check pitlane.yaml', 'check takes no words, expected --config FILE.', ['check --config pitlane.yaml'], 'pitlane'],
  ])('%s', (line, message, instead, prefix) => {
    expect(read(line)).toEqual({ kind: 'misread', message, instead, prefix });
  });
});
