import { describe, expect, test } from 'vitest';
import { parse, parseTokens } from '../operations/commands.ts';
import { topicWord } from '../operations/words.ts';
import { shortened } from '../text/words.ts';
import { dryRunField, durationField, noWordsField, numberField } from './fields.ts';
import { grammarOf } from './grammar.ts';
import { helpOf } from './help.ts';
import { podField, podsField } from './pod-fields.ts';
import type { Request } from './request.ts';
import type { CommandSyntax, Field } from './syntax.ts';
import { tokensOfArguments } from './tokens.ts';

function messageOf(text: string): string {
  const parsed = parse(text, 'rng');
  return parsed.kind === 'misread' ? parsed.message : '';
}

const list = { command: 'list', service: 'rng', all: false } as const;
const flags = { allServices: false, dryRun: false, force: false } as const;
const drain = { command: 'drain', service: 'rng', pods: ['rng-b85tm'], ...flags } as const;
const restore = { command: 'restore', service: 'rng', pods: ['rng-b85tm'], dryRun: false, force: false } as const;
const extend = { command: 'extend', service: 'rng', pods: ['b85tm'], dryRun: false, force: false } as const;
const finish = { command: 'finish', service: 'rng', pods: ['b85tm'], dryRun: false, force: false } as const;
/** About no pod by name. */
const all = (command: string) => ({
  ...(command === 'drain' && { allServices: false }),
  command,
  service: 'rng',
  dryRun: false,
  force: false,
});
const cancel = { command: 'cancel', service: 'rng' } as const;
const logs = { command: 'logs', service: 'rng', previous: false, tail: 100, follow: false } as const;

describe('parse reads', () => {
  const rows: [text: string, want: Request][] = [
    ['', { command: 'help', service: 'rng' }],
    ['   ', { command: 'help', service: 'rng' }],
    ['help', { command: 'help', service: 'rng' }],
    ['--help', { command: 'help', service: 'rng' }],
    ['help Drain', { command: 'help', service: 'rng', topic: 'drain' }],
    ['drain rng-b85tm --help', { command: 'help', service: 'rng', topic: 'drain' }],
    ['list', list],
    ['List —all', { ...list, all: true }],
    ['list -a', { ...list, all: true }],
    ['list -l app=rng,enabled!=yes', { ...list, selector: 'app=rng,enabled!=yes' }],
    ['list -lapp=rng', { ...list, selector: 'app=rng' }],
    ['list -l=app=rng', { ...list, selector: 'app=rng' }],
    ["list -l 'env in (a, b)' --all", { ...list, selector: 'env in (a, b)', all: true }],
    ['list --selector=“env in (a, b)”', { ...list, selector: 'env in (a, b)' }],
    ['list —selector ‘env in (a, b)’', { ...list, selector: 'env in (a, b)' }],
    ['list -l env in (a, b)', { ...list, selector: 'env in (a, b)' }],
    ['list -l weight&gt;3,weight&lt;9', { ...list, selector: 'weight>3,weight<9' }],
    ['drain rng-b85tm', drain],
    ['DRAIN pod/rng-b85tm', drain],
    ['drain Rng-b85tm', drain],
    ['drain `rng-b85tm`', drain],
    ['drain\u00a0rng-b85tm\u00a0for\u00a030m', { ...drain, forSeconds: 1800 }],
    ['drain', { command: 'drain', service: 'rng', ...flags }],
    ['drain for 1h30m', { command: 'drain', service: 'rng', forSeconds: 5400, ...flags }],
    ['drain rng-b85tm --for 30m', { ...drain, forSeconds: 1800 }],
    ['drain rng-b85tm --for=30m', { ...drain, forSeconds: 1800 }],
    ['drain rng-b85tm —force', { ...drain, force: true }],
    ['drain rng-b85tm –-force', { ...drain, force: true }],
    ['drain rng-b85tm --dryrun', { ...drain, dryRun: true }],
    ['drain rng-b85tm --dry-run=server', { ...drain, dryRun: true }],
    ['drain rng-b85tm --dry-run=false', drain],
    ['drain --force rng-b85tm', { ...drain, force: true }],
    ['drain rng-b85tm x2k9d', { ...drain, pods: ['rng-b85tm', 'x2k9d'] }],
    ['drain rng-b85tm pod/x2k9d Rng-b85tm', { ...drain, pods: ['rng-b85tm', 'x2k9d'] }],
    ['drain rng-b85tm fra forx node1 f2rcx', { ...drain, pods: ['rng-b85tm', 'fra', 'forx', 'node1', 'f2rcx'] }],
    ['drain rng-b85tm pod/30m pod/force', { ...drain, pods: ['rng-b85tm', '30m', 'force'] }],
    ['drain b85tm for 30m x2k9d because 5xx', { ...drain, pods: ['b85tm', 'x2k9d'], forSeconds: 1800, because: '5xx' }],
    ['drain -l app=rng for 30m', { ...all('drain'), selector: 'app=rng', forSeconds: 1800 }],
    [
      'drain -l env in (a, b) for 30m —force',
      { ...all('drain'), selector: 'env in (a, b)', forSeconds: 1800, force: true },
    ],
    ['drain --node node-2 because disk', { ...all('drain'), node: 'node-2', because: 'disk' }],
    ['drain —node node/Node-2.example', { ...all('drain'), node: 'node-2.example' }],
    ['restore --node=node-2', { ...all('restore'), node: 'node-2' }],
    ['extend -l app=rng 1h', { ...all('extend'), selector: 'app=rng', forSeconds: 3600 }],
    ['extend b85tm x2k9d 1h', { ...extend, pods: ['b85tm', 'x2k9d'], forSeconds: 3600 }],
    ['extend 1h b85tm x2k9d', { ...extend, pods: ['b85tm', 'x2k9d'], forSeconds: 3600 }],
    ['finish b85tm x2k9d', { ...finish, pods: ['b85tm', 'x2k9d'] }],
    ['restore b85tm', { ...restore, pods: ['b85tm'] }],
    ['restore rng-b85tm --dry-run --force', { ...restore, dryRun: true, force: true }],
    ['extend b85tm', extend],
    ['extend b85tm 1h', { ...extend, forSeconds: 3600 }],
    ['extend 1h b85tm', { ...extend, forSeconds: 3600 }],
    ['extend b85tm +1h', { ...extend, forSeconds: 3600 }],
    ['extend b85tm for 1h', { ...extend, forSeconds: 3600 }],
    ['extend for 1h b85tm', { ...extend, forSeconds: 3600 }],
    ['Extend pod/B85tm by 1h30m', { ...extend, forSeconds: 5400 }],
    ['extend b85tm —for 1h', { ...extend, forSeconds: 3600 }],
    ['extend b85tm –for=2d –dry-run', { ...extend, forSeconds: 172_800, dryRun: true }],
    ['extend --dry-run b85tm 90m', { ...extend, forSeconds: 5400, dryRun: true }],
    ['extend 1h', { command: 'extend', service: 'rng', forSeconds: 3600, dryRun: false, force: false }],
    ['extend', { command: 'extend', service: 'rng', dryRun: false, force: false }],
    ['extend 300 1h', { ...extend, pods: ['300'], forSeconds: 3600 }],
    ['extend 300', { ...extend, pods: ['300'] }],
    ['extend pod/30m 1h', { ...extend, pods: ['30m'], forSeconds: 3600 }],
    ['extend pod/30m', { ...extend, pods: ['30m'] }],
    ['finish b85tm', finish],
    ['finish', { command: 'finish', service: 'rng', dryRun: false, force: false }],
    ['Finish po/b85tm —dry-run —force', { ...finish, dryRun: true, force: true }],
    ['drained', { command: 'drained', service: 'rng' }],
    ['evidence b85tm', { command: 'evidence', service: 'rng', pod: 'b85tm' }],
    ['evidence b85tm since 10m', { command: 'evidence', service: 'rng', pod: 'b85tm', sinceSeconds: 600 }],
    ['inspect --since=1h30m b85tm', { command: 'inspect', service: 'rng', pod: 'b85tm', sinceSeconds: 5400 }],
    ['inspect pod/since', { command: 'inspect', service: 'rng', pod: 'since' }],
    ['evidence', { command: 'evidence', service: 'rng' }],
    ['operations', { command: 'operations', service: 'rng' }],
    ['cancel', cancel],
    ['cancel b85tm', { ...cancel, operation: 'b85tm' }],
    ['cancel `9F86D081884C`', { ...cancel, operation: '9f86d081884c' }],
    ['cancel pod/b85tm', { ...cancel, operation: 'b85tm' }],
    ['finish b85tm --help', { command: 'help', service: 'rng', topic: 'finish' }],
    ['inspect rng-', { command: 'inspect', service: 'rng', pod: 'rng-' }],
    ['logs rng-b85tm', { ...logs, pod: 'rng-b85tm' }],
    ['logs rng-b85tm -c rng -p --tail 20', { ...logs, pod: 'rng-b85tm', container: 'rng', previous: true, tail: 20 }],
    ['switch version=green', { ...all('switch'), ...{ label: 'version=green', widen: false } }],
    ['switch `Version=1.4` --widen', { ...all('switch'), ...{ label: 'Version=1.4', widen: true } }],
    ['logs -l app=rng --follow', { ...logs, selector: 'app=rng', follow: true }],
    ['logs b85tm since 10m', { ...logs, pod: 'b85tm', tail: 10_000, sinceSeconds: 600 }],
    ['logs --since 10m --tail 100 b85tm', { ...logs, pod: 'b85tm', sinceSeconds: 600 }],
    ['logs -l app=rng since 1d -f', { ...logs, selector: 'app=rng', follow: true, tail: 10_000, sinceSeconds: 86_400 }],
    ['logs --tail=10000', { ...logs, tail: 10_000 }],
  ];
  test.each(rows)('%s', (text, want) => {
    expect(parse(text, 'rng')).toEqual({ kind: 'parsed', request: want, also: new Map() });
  });
});

describe('parse takes everything after "because" as the reason', () => {
  const rows: [text: string, want: Partial<Request>][] = [
    ['because 5xx', { because: '5xx' }],
    ['because it’s 5xx — again', { because: 'it’s 5xx — again' }],
    ["because it's slow and 'odd'", { because: "it's slow and 'odd'" }],
    ['because "5xx"', { because: '5xx' }],
    ['because “5xx on checkout”', { because: '5xx on checkout' }],
    ['because "5xx" on checkout', { because: '"5xx" on checkout' }],
    ['because "say \\"hi\\""', { because: 'say "hi"' }],
    ["because 'tis slow", { because: "'tis slow" }],
    ['because 5xx\n\ton  checkout', { because: '5xx on checkout' }],
    ['because 5xx for 30m', { because: '5xx for 30m' }],
    ['because "5xx" for 30m', { because: '5xx', forSeconds: 1800 }],
    ['for 30m because 5xx', { because: '5xx', forSeconds: 1800 }],
    ['because 5xx --for 30m', { because: '5xx', forSeconds: 1800 }],
    ['because 5xx --force', { because: '5xx', force: true }],
    ['because 5xx —dry-run —force', { because: '5xx', dryRun: true, force: true }],
    ['because we tried --force and it failed', { because: 'we tried --force and it failed' }],
    ['because of the flag --enable-cache', { because: 'of the flag --enable-cache' }],
    ['because "5xx --dry-run"', { because: '5xx --dry-run' }],
    ['--because "5xx" --force', { because: '5xx', force: true }],
    ['--because=“5xx on checkout”', { because: '5xx on checkout' }],
    ['because a &amp; b &lt; c', { because: 'a & b < c' }],
    ['because &amp;lt;', { because: '&lt;' }],
    ['because <@U1|ada> said so in <#C1|ops>', { because: '@ada said so in #ops' }],
    ['because <@U1> asked', { because: '@U1 asked' }],
    ['because <http://x.io/a|x.io/a> and <https://y.io>', { because: 'x.io/a and https://y.io' }],
    ['because <!here> and &lt;!channel&gt;', { because: '@here and <!channel>' }],
    [`because ${'x'.repeat(500)}`, { because: 'x'.repeat(500) }],
  ];
  test.each(rows)('%s', (text, want) => {
    expect(parse(`drain rng-b85tm ${text}`, 'rng')).toEqual({
      kind: 'parsed',
      request: { ...drain, ...want },
      also: new Map(),
    });
  });
});

describe('parse proposes what to type instead of', () => {
  const rows: [text: string, instead: string[]][] = [
    ['drian b85tm because x', ['drain b85tm because x']],
    ['b85tm drain', ['drain b85tm']],
    ['get pods', ['list']],
    ['uncordon b85tm', ['restore b85tm']],
    ['xyzzy', ['help']],
    ['constructor', ['help']],
    ['--force drain b85tm', ['help']],
    ['help drian', ['help drain']],
    ['list rng-b85tm', ['inspect rng-b85tm']],
    ['list -l app=rng,', ['help list']],
    ['list -l', ['help list']],
    ['list --al', ['help list']],
    ['inspect b85tm --zzzzzz', ['help inspect']],
    ['drain ab', ['list']],
    ['drain rng_b85tm', ['list']],
    ['drain b85tm force', ['help drain']],
    ['drain b85tm for', ['help drain']],
    ['drain b85tm x2k9d 30m', ['drain b85tm x2k9d for 30m']],
    ['drain b85tm x2k9d 2 hours', ['drain b85tm x2k9d for 2h']],
    ['drain b85tm x2k9d "5xx!"', ['drain b85tm x2k9d because 5xx!']],
    ['drain b85tm x2k9d 5xx! again', ['drain b85tm x2k9d because 5xx! again']],
    ['drain b85tm ab', ['drain b85tm because ab']],
    ['restore b85tm ab', ['list']],
    ['drain b85tm x2k9d forec', ['help drain']],
    ['drain b85tm node node-1', ['help drain']],
    ['drain b85tm -l app=rng', ['drain b85tm', 'drain -l app=rng']],
    ['drain -l app=rng b85tm x2k9d --dry-run', ['drain b85tm x2k9d --dry-run', 'drain -l app=rng --dry-run']],
    ['restore --node node-1 -l app=rng', ['restore -l app=rng', 'restore --node node-1']],
    ['drain b85tm -l app=rng --node node-1', ['drain b85tm', 'drain -l app=rng', 'drain --node node-1']],
    ['drain --node node_1', ['help drain']],
    ['drain --node', ['help drain']],
    ['drain -l " "', ['help drain']],
    ['restore b85tm because slow', ['restore b85tm']],
    ['extend because slow', ['extend']],
    ['finish b85tm 30m 2', ['list']],
    [`drain ${Array.from({ length: 101 }, (_, index) => `rng-${index}`).join(' ')}`, ['help drain']],
    [`drain ${Array.from({ length: 300 }, (_, index) => `x${index}`.padEnd(5, 'q')).join(' ')}`, ['help drain']],
    [`drain ${Array.from({ length: 300 }, (_, index) => `rng-5f69c6b7d8-${index}xyzw`).join(' ')}`, ['help']],
    ['drain b85tm for 30', ['drain b85tm for 30m']],
    ['drain b85tm for 59s', ['drain b85tm for 1m']],
    ['drain b85tm for 8d', ['drain b85tm for 7d']],
    ['extend b85tm 59s', ['extend b85tm 1m']],
    ['extend b85tm 8d', ['extend b85tm 7d']],
    ['extend b85tm 30', ['extend b85tm 30m']],
    ['extend 5', ['extend 5m']],
    ['extend b85tm by', ['help extend']],
    ['extend b85tm 1h --for 2h', ['help extend']],
    ['extend b85tm 1h for 2h', ['help extend']],
    ['extend b85tm 1h because slow', ['extend b85tm 1h']],
    ['extend ab 1h', ['list']],
    ['finish b85tm force', ['help finish']],
    ['drained b85tm', ['drained']],
    ['operations b85tm', ['operations']],
    ['evidence b85tm x2k9d', ['help evidence']],
    ['cancel b85tm x2k9d', ['operations']],
    ['cancel drain_1', ['operations']],
    ['drain b85tm for 1h --for 2h', ['help drain']],
    ['drain b85tm --for 1h --for 2h', ['help drain']],
    ['drain b85tm because', ['help drain']],
    ['drain b85tm because ""', ['help drain']],
    ['drain b85tm --because "5xx" because 5xx', ['help drain']],
    ['drain b85tm because 5xx --dry-rum', ['help drain']],
    ['drain b85tm because 5xx --dry-run again', ['help drain']],
    ['drain "b85tm', ['help drain']],
    ['drain b85tm --force=maybe', ['help drain']],
    [`drain b85tm because ${'x'.repeat(501)}`, [`drain b85tm because ${'x'.repeat(60)}…`]],
    [`list ${'x'.repeat(10_000)}`, ['help']],
    ['logs b85tm -l app=rng', ['logs b85tm', 'logs -l app=rng']],
    ['logs b85tm -p -f', ['logs b85tm -p']],
    ['logs b85tm since 10', ['logs b85tm since 10m']],
    ['logs b85tm --since 30s', ['logs b85tm --since 1m']],
    ['inspect b85tm since 8d', ['inspect b85tm since 7d']],
    ['evidence b85tm since', ['help evidence']],
    ['logs b85tm --tail 0', ['help logs']],
    ['logs b85tm --tail 10001', ['help logs']],
    ['logs b85tm --tail --follow', ['help logs']],
    ['logs b85tm -c Web_1', ['help logs']],
    ['switch', ['help switch']],
    ['switch green', ['help switch']],
    ['switch version=a_', ['help switch']],
    ['switch version=green version=blue --dry-run', ['switch version=green --dry-run']],
  ];
  test.each(rows)('%s', (text, instead) => {
    expect(parse(text, 'rng')).toMatchObject({ kind: 'misread', instead });
  });

  test('has the sentences of the golden file', async () => {
    const answers = rows.map(([text]) => [`/rng ${shortened(text)}`, `  ${messageOf(text)}`].join('\n'));
    await expect(answers.join('\n')).toMatchFileSnapshot('golden/misread.golden.txt');
  });
});

describe('a proposal keeps everything that could be read', () => {
  test.each([
    ['drain 6ktpw --for 8d --dry-run', ['drain 6ktpw --for 7d --dry-run']],
    ['drain 6ktpw --for=8d —dry-run', ['drain 6ktpw --for=7d —dry-run']],
    ['drain --dry-run 6ktpw for 8d because “it’s slow”', ['drain --dry-run 6ktpw for 7d because “it’s slow”']],
    ['drain 6ktpw for 1h 30m --dry-run', ['drain 6ktpw for 1h30m --dry-run']],
    ['drain 6ktpw for 2 hours because x --dry-run', ['drain 6ktpw for 2h because x --dry-run']],
    ['drain 6ktpw --dry-run --for 90 minutes', ['drain 6ktpw --dry-run --for 1h30m']],
    ['drain 6ktpw for 1 day and 2 hours --force', ['drain 6ktpw for 1d2h --force']],
    ['drain for 10 days', ['drain for 7d']],
    ['drain 6ktpw for an hour --dry-run', ['drain 6ktpw for 1h --dry-run']],
    ['drain 6ktpw for 30 90s', ['help drain']],
    ['drain 6ktpw 5xx/min errors --dry-run', ['drain 6ktpw --dry-run because 5xx/min errors']],
    ['drain 6ktpw 5xx/min for 30m', ['drain 6ktpw for 30m because 5xx/min']],
    ['drain 6ktpw 5xx/min because errors --force', ['drain 6ktpw because 5xx/min errors --force']],
    ['drain 6ktpw 30m', ['drain 6ktpw for 30m']],
    ['drain 6ktpw 90 minutes because 5xx --dry-run', ['drain 6ktpw for 1h30m because 5xx --dry-run']],
    ['drain 6ktpw 30m for 1h', ['help drain']],
    ['drain 6ktpw reason: 5xx errors', ['drain 6ktpw because 5xx errors']],
    ['extend 6ktpw +8d', ['extend 6ktpw +7d']],
    ['rng list', ['list']],
    ['RNG drain 6ktpw --dry-run', ['drain 6ktpw --dry-run']],
    ['rng cancel --dry-run', ['help cancel']],
    [
      `drain --dry-run b85tm because ${'x'.repeat(501)} --force`,
      [`drain --dry-run b85tm --force because ${'x'.repeat(60)}…`],
    ],
    [`drain b85tm --because="${'x'.repeat(501)}" --dry-run`, [`drain b85tm --dry-run because ${'x'.repeat(60)}…`]],
    ['drian 6ktpw for 8d --dry-run', ['drain 6ktpw for 7d --dry-run']],
    ['drian 6ktpw --al --dry-run', ['help drain']],
    ['extend b85tm 1 hour --dry-run', ['extend b85tm 1h --dry-run']],
    ['extend 2 hours b85tm', ['extend 2h b85tm']],
    ['extend b85tm 1h 30m', ['extend b85tm 1h30m']],
    ['extend b85tm for 1 day and 2 hours', ['extend b85tm for 1d2h']],
    ['extend b85tm by 10 days --dry-run', ['extend b85tm by 7d --dry-run']],
    ['extend 90 minutes', ['extend 1h30m']],
    ['extend b85tm an hour', ['extend b85tm 1h']],
    ['snooze b85tm 1h', ['extend b85tm 1h']],
    ['prolong b85tm by 1 hour', ['extend b85tm by 1h']],
    ['delete pod b85tm', ['finish b85tm']],
    ['delete pod/b85tm --dry-run', ['finish pod/b85tm --dry-run']],
    ['kill b85tm', ['finish b85tm']],
    ['rm b85tm --force', ['finish b85tm --force']],
    ['finsh b85tm', ['finish b85tm']],
    ['abort b85tm', ['cancel b85tm']],
    ['stop', ['cancel']],
    ['stop b85tm --dry-run', ['help cancel']],
    ['ops', ['operations']],
    ['audit', ['history']],
    ['revert b85tm', ['undo b85tm']],
    ['undo b85tm x2k9d', ['history']],
    ['history b85tm', ['inspect b85tm']],
    ['describe pod b85tm', ['inspect b85tm']],
    ['get b85tm', ['inspect b85tm']],
    ['logs b85tm -l app=rng --tail 5 -c web', ['logs b85tm --tail 5 -c web', 'logs -l app=rng --tail 5 -c web']],
    ['logs -l "env in (a, b)" -p -f --tail 5', ['logs -l "env in (a, b)" -p --tail 5']],
  ])('%s', (text, instead) => {
    expect(parse(text, 'rng')).toMatchObject({ kind: 'misread', instead });
  });

  test('reads a pod that looks like a duration', () => {
    expect(parse('drain for 1h 30m', 'rng')).toMatchObject({ request: { pods: ['30m'], forSeconds: 3600 } });
  });
});

describe('parseTokens does not split arguments', () => {
  const globals = [{ name: 'namespace', short: 'n', value: 'dockercoins' }, { name: 'yes' }];
  const read = (...args: string[]) => parseTokens(tokensOfArguments(args), 'rng', globals);

  test('reads a selector with spaces', () => {
    expect(read('list', '-l', 'env in (a, b)')).toMatchObject({ request: { selector: 'env in (a, b)' } });
  });

  test('reads a flag whose value has spaces', () => {
    expect(read('drain', 'b85tm', '--because=5xx on checkout', '--dry-run')).toMatchObject({
      request: { because: '5xx on checkout', dryRun: true },
    });
  });

  test.each([
    [['drain', 'ab', '-n', 'prod'], ['list -n prod']],
    [['list', 'b85tm', '--namespace=prod', '--yes'], ['inspect b85tm --namespace=prod --yes']],
    [['drian', 'b85tm', '-n', 'prod', '--dry-run'], ['drain b85tm -n prod --dry-run']],
    [['drain', 'b85tm', '--for', '8d', 'because', "it's; slow"], ["drain b85tm --for 7d because 'it'\\''s; slow'"]],
    [['lits', '-l', 'env in (a, b)'], ["list -l 'env in (a, b)'"]],
    [['drain', 'b85tm', 'x;y', '--yes'], ["drain b85tm --yes because 'x;y'"]],
  ])('proposes for %j to type %j', (args, instead) => {
    expect(read(...args)).toMatchObject({ kind: 'misread', instead });
  });

  test('does not decode escapes of Slack', () => {
    expect(read('drain', 'b85tm', 'because', 'a &amp; <@U1|b>')).toMatchObject({
      request: { because: 'a &amp; <@U1|b>' },
    });
  });

  test('reads flags of the door before the command, after it, and after a reason', () => {
    expect(read('-n', 'prod', 'drain', 'b85tm', '--yes')).toMatchObject({
      also: new Map([
        ['namespace', 'prod'],
        ['yes', 'true'],
      ]),
    });
    expect(read('drain', 'b85tm', 'because', '5xx', 'again', '--yes', '--force')).toMatchObject({
      request: { because: '5xx again', force: true },
      also: new Map([['yes', 'true']]),
    });
  });

  test('answers with help to flags of the door alone', () => {
    expect(read('-n', 'prod')).toMatchObject({ request: { command: 'help' }, also: new Map([['namespace', 'prod']]) });
  });
});

describe('commands of two words', () => {
  const help = { summary: 'Summary.', description: 'Description.', examples: [] } as const;
  const command = (name: string, ...fields: readonly Field[]): CommandSyntax => ({ name, fields, help });
  const count = numberField(
    'count',
    { name: 'count', value: '1' },
    { type: 'number', least: 1, most: 9, otherwise: 1 },
    { unit: 'pods', about: 'Canaries.' },
  );
  const commands = [
    command('gate', noWordsField('shows the gate')),
    command('gate on', noWordsField('sets the gate up'), dryRunField),
    command('gate off', noWordsField('removes the gate'), dryRunField),
    command('canary start', noWordsField('starts a canary'), count, durationField('20m', 'How long.'), dryRunField),
    command('canary stop', podsField, dryRunField),
    command('canary list', noWordsField('shows the canaries')),
    command('logs', podField),
    command('help', topicWord),
  ];
  const { isCommand, parse: read, parseTokens: readTokens } = grammarOf(commands);
  const helpFor = helpOf(commands);
  const gate = { command: 'gate on', service: 'rng', force: false, dryRun: false };
  const start = { command: 'canary start', service: 'rng', force: false, dryRun: false, count: 1 };

  test.each<[text: string, want: object]>([
    ['gate', { command: 'gate', service: 'rng' }],
    ['gate on', gate],
    ['Gate On —dry-run', { ...gate, dryRun: true }],
    ['gate --help', { command: 'help', service: 'rng', topic: 'gate' }],
    ['gate on --help', { command: 'help', service: 'rng', topic: 'gate on' }],
    ['canary start --count 2 for 20m', { ...start, count: 2, forSeconds: 1200 }],
    ['canary stop b85tm x2k9d', { ...start, command: 'canary stop', count: undefined, pods: ['b85tm', 'x2k9d'] }],
    ['logs start', { command: 'logs', service: 'rng', pod: 'start' }],
    ['help gate on', { command: 'help', service: 'rng', topic: 'gate on' }],
    ['help canary', { command: 'help', service: 'rng', topic: 'canary' }],
  ])('%s', (text, want) => {
    expect(read(text, 'rng')).toMatchObject({ kind: 'parsed', request: JSON.parse(JSON.stringify(want)) });
  });

  const rows: [text: string, instead: string[]][] = [
    ['gate onn', ['gate on']],
    ['gate onn --dry-run', ['gate on --dry-run']],
    ['gate xyz', ['help gate']],
    ['gate on b85tm', ['gate on']],
    ['canary', ['canary start', 'canary stop', 'canary list']],
    ['canary --dry-run', ['canary start --dry-run', 'canary stop --dry-run', 'help canary list']],
    ['canary strat --count 2', ['canary start --count 2']],
    ['canary xyz', ['help']],
    ['canary stat --cuont 2', ['help canary start']],
    ['cnary start', ['canary start']],
    ['gaet off', ['gate off']],
    ['rng gate on', ['gate on']],
    ['help gate onn', ['help gate']],
    ['help cnary', ['help canary']],
  ];
  test.each(rows)('%s', (text, instead) => {
    expect(read(text, 'rng')).toMatchObject({ kind: 'misread', instead });
  });

  test('has the sentences of the golden file', async () => {
    const answers = rows.map(([text]) => {
      const parsed = read(text, 'rng');
      return `/rng ${text}\n  ${parsed.kind === 'misread' ? parsed.message : ''}`;
    });
    await expect(answers.join('\n')).toMatchFileSnapshot('golden/misread-two-words.golden.txt');
  });

  test('allow flags of the door between them', () => {
    const also = [{ name: 'namespace', short: 'n', value: 'prod' }];
    expect(readTokens(tokensOfArguments(['-n', 'prod', 'gate', '-n', 'prod', 'on']), 'rng', also)).toMatchObject({
      request: gate,
    });
  });

  test('are known by their first word', () => {
    expect(['gate', 'gate on', 'canary', 'canary start', 'start', 'on'].map(isCommand)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test('have a help page each, and one for all that begin with the same word', () => {
    expect(helpFor({ command: 'help', service: 'rng', topic: 'gate on' })).toMatch(/^\/rng gate on \[--dry-run\]\n/);
    expect(helpFor({ command: 'help', service: 'rng', topic: 'gate' }).match(/^\/rng gate.*/gm)).toEqual([
      '/rng gate',
      '/rng gate on [--dry-run]',
      '/rng gate off [--dry-run]',
    ]);
    expect(helpFor({ command: 'help', service: 'rng', topic: 'canary' }).match(/^\/rng canary \w+/gm)).toEqual([
      '/rng canary start',
      '/rng canary stop',
      '/rng canary list',
    ]);
  });
});
