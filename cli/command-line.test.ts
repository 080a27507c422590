import { describe, expect, test } from 'vitest';
import { readCommandLine } from './command-line.ts';

const read = (line: string) =>
  readCommandLine(
    line.split(' ').filter((each) => each !== ''),
    'pitlane',
  );
const list = { command: 'list', service: 'rng', all: false };

describe('reads a command line', () => {
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
    ['list rng', list, 'pitlane rng'],
    ['-n dockercoins list -o json rng', list, 'pitlane --namespace dockercoins rng'],
    ['gate on rng', { command: 'gate on', service: 'rng' }, 'pitlane rng'],
    ['gate rng', { command: 'gate', service: 'rng' }, 'pitlane rng'],
    ['switch rng version=green', { command: 'switch', service: 'rng' }, 'pitlane rng'],
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
      'drain --for 30m rng b85tm because 5xx',
      { command: 'drain', service: 'rng', pods: ['b85tm'], forSeconds: 1800, because: '5xx' },
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
  ])('%j is read as %s', (line, kind) => {
    expect(read(line).kind).toBe(kind);
  });
});

test('reads the flags and their defaults', () => {
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

describe('suggests what to type instead', () => {
  test.each([
    ['list', ['SERVICE list'], 'pitlane'],
    ['drain for 30m', ['SERVICE drain for 30m'], 'pitlane'],
    ['gate onn', ['gate on'], 'pitlane'],
    ['rng drian b85tm', ['drain b85tm'], 'pitlane rng'],
    ['-n dockercoins rng drian b85tm', ['drain b85tm'], 'pitlane --namespace dockercoins rng'],
    ['rng list -o jsn', [], 'pitlane rng'],
    ['rng list -o x', [], 'pitlane rng'],
    ['rng list --timeout 0s', [], 'pitlane rng'],
    ['rng list --timeout 2d', [], 'pitlane rng'],
    ['rng list -o xml', [], 'pitlane rng'],
    ['rng list -o YMAL', [], 'pitlane rng'],
    [
      '--context other rng drain 6ktpw --for 8d --dry-run',
      ['drain 6ktpw --for 7d --dry-run'],
      'pitlane --context other rng',
    ],
    [
      '-o json --timeout 9s -n x rng drain 6ktpw for 8d --context other --yes',
      ['drain 6ktpw for 7d --context other --yes'],
      'pitlane -o json --timeout 9s --namespace x rng',
    ],
    [
      '-n x drain 6ktpw --dry-run --context other',
      ['SERVICE drain 6ktpw --dry-run --context other'],
      'pitlane --namespace x',
    ],
    [
      '-n x rng logs 6ktpw -f --tail 5 -o json',
      ['logs 6ktpw --tail 5 -o json', 'logs 6ktpw -f --tail 5'],
      'pitlane --namespace x rng',
    ],
    ['-o yaml rng logs 6ktpw --follow', ['logs 6ktpw'], 'pitlane -o yaml rng'],
    ['rng list -w -o json', ['list -o json', 'list -w'], 'pitlane rng'],
    ['rng inspect 6ktpw --watch', ['inspect 6ktpw'], 'pitlane rng'],
    ['--frobnicate rng list -n x', ['rng list -n x'], 'pitlane'],
    ['--frobnicate rng drain b85tm', ['--help'], 'pitlane'],
    ['-o json --namespce x rng list --all', ['-o json --namespace x rng list --all'], 'pitlane'],
    ['--contxt=lab rng list', ['--context=lab rng list'], 'pitlane'],
    ['--dry-run rng drain b85tm because 5xx', ['rng drain b85tm because 5xx --dry-run'], 'pitlane'],
    ['--dry-rum -n x rng drain b85tm', ['-n x rng drain b85tm --dry-run'], 'pitlane'],
    ['--tail 5 rng logs b85tm', ['rng logs b85tm --tail 5'], 'pitlane'],
    ['rng list --namespce x', ['help list'], 'pitlane rng'],
    ['check pitlane.yaml', ['check --config pitlane.yaml'], 'pitlane'],
  ])('%s', (line, instead, prefix) => {
    expect(read(line)).toMatchObject({ kind: 'misread', instead, prefix });
  });
});

test('explains a usage error', async () => {
  const lines = [
    'list',
    'rng list -o jsn',
    'rng list -o x',
    'rng list --timeout 0s',
    '-n x rng logs 6ktpw -f --tail 5 -o json',
    '--dry-run rng drain b85tm because 5xx',
    '--dry-rum -n x rng drain b85tm',
    'check pitlane.yaml',
  ];
  const messages = lines.map((line) => {
    const parsed = read(line);
    return `> pitlane ${line}\n${parsed.kind === 'misread' ? parsed.message : parsed.kind}\n`;
  });
  await expect(messages.join('\n')).toMatchFileSnapshot('golden/usage-errors.golden.txt');
});
