import { describe, expect, test } from 'vitest';
import { parse, parseTokens } from './grammar.ts';
import type { Request } from './request.ts';
import { tokensOfArguments } from './tokens.ts';

const COMMANDS =
  'the commands are list, drain, restore, extend, finish, drained, evidence, operations, cancel, inspect, logs and help.';
const list = { command: 'list', service: 'rng', all: false } as const;
const drain = { command: 'drain', service: 'rng', pod: 'rng-b85tm', dryRun: false, force: false } as const;
const restore = { command: 'restore', service: 'rng', pod: 'rng-b85tm', dryRun: false, force: false } as const;
const extend = { command: 'extend', service: 'rng', pod: 'b85tm', dryRun: false, force: false } as const;
const finish = { command: 'finish', service: 'rng', pod: 'b85tm', dryRun: false, force: false } as const;
const cancel = { command: 'cancel', service: 'rng' } as const;
const logs = { command: 'logs', service: 'rng', previous: false, tail: 100, follow: false } as const;

describe('what is typed becomes a request', () => {
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
    ['drain', { command: 'drain', service: 'rng', dryRun: false, force: false }],
    ['drain for 1h30m', { command: 'drain', service: 'rng', forSeconds: 5400, dryRun: false, force: false }],
    ['drain rng-b85tm --for 30m', { ...drain, forSeconds: 1800 }],
    ['drain rng-b85tm --for=30m', { ...drain, forSeconds: 1800 }],
    ['drain rng-b85tm —force', { ...drain, force: true }],
    ['drain rng-b85tm –-force', { ...drain, force: true }],
    ['drain rng-b85tm --dryrun', { ...drain, dryRun: true }],
    ['drain rng-b85tm --dry-run=server', { ...drain, dryRun: true }],
    ['drain rng-b85tm --dry-run=false', drain],
    ['drain --force rng-b85tm', { ...drain, force: true }],
    ['restore b85tm', { ...restore, pod: 'b85tm' }],
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
    ['extend 300 1h', { ...extend, pod: '300', forSeconds: 3600 }],
    ['extend 300', { ...extend, pod: '300' }],
    ['extend pod/30m 1h', { ...extend, pod: '30m', forSeconds: 3600 }],
    ['extend pod/30m', { ...extend, pod: '30m' }],
    ['finish b85tm', finish],
    ['finish', { command: 'finish', service: 'rng', dryRun: false, force: false }],
    ['Finish po/b85tm —dry-run —force', { ...finish, dryRun: true, force: true }],
    ['drained', { command: 'drained', service: 'rng' }],
    ['evidence b85tm', { command: 'evidence', service: 'rng', pod: 'b85tm' }],
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
    ['logs -l app=rng --follow', { ...logs, selector: 'app=rng', follow: true }],
    ['logs --tail=10000', { ...logs, tail: 10_000 }],
  ];
  test.each(rows)('%s', (text, want) => {
    expect(parse(text, 'rng')).toEqual({ kind: 'parsed', request: want, also: new Map() });
  });
});

describe('a reason is everything after "because", in the words of the asker', () => {
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

describe('what can’t be read is one sentence and what to type instead', () => {
  const rows: [text: string, message: string, instead: string[]][] = [
    ['drian b85tm because x', `There is no command "drian": ${COMMANDS}`, ['drain b85tm because x']],
    ['b85tm drain', `There is no command "b85tm": ${COMMANDS}`, ['drain b85tm']],
    ['get pods', `There is no command "get": ${COMMANDS}`, ['list']],
    ['uncordon b85tm', `There is no command "uncordon": ${COMMANDS}`, ['restore b85tm']],
    ['xyzzy', `There is no command "xyzzy": ${COMMANDS}`, ['help']],
    ['constructor', `There is no command "constructor": ${COMMANDS}`, ['help']],
    ['--force drain b85tm', `A command begins with a word, not with "--force": ${COMMANDS}`, ['help']],
    ['help drian', `There is no command "drian" to explain: ${COMMANDS}`, ['help drain']],
    [
      'list rng-b85tm',
      'list shows all pods and takes no "rng-b85tm": inspect looks at one pod.',
      ['inspect rng-b85tm'],
    ],
    [
      'list -l app=rng,',
      'The selector "app=rng," can\'t be read at character 9: the selector ends, expected another requirement after ",".',
      ['help list'],
    ],
    ['list -l', '--selector needs a value, such as --selector app=rng.', ['help list']],
    ['list --al', 'There is no flag "--al", expected --all.', ['help list']],
    ['inspect b85tm --zzzzzz', 'There is no flag "--zzzzzz", expected --help.', ['help inspect']],
    [
      'drain ab',
      '"ab" is too short for a pod: give at least 3 characters from the beginning or end of its name.',
      ['list'],
    ],
    [
      'drain rng_b85tm',
      '"rng_b85tm" is no pod name: they consist of lower-case letters, digits, "-" and ".".',
      ['list'],
    ],
    [
      'drain b85tm 5xx errors',
      'drain takes one pod at a time and does not understand "5xx" after b85tm.',
      ['drain b85tm because 5xx errors'],
    ],
    [
      'restore b85tm x7k2p',
      'restore takes one pod at a time and does not understand "x7k2p" after b85tm.',
      ['help restore'],
    ],
    ['drain b85tm force', 'drain does not understand the word "force", expected --force.', ['help drain']],
    ['drain b85tm for', '"for" needs a duration after it, such as for 30m.', ['help drain']],
    [
      'drain b85tm for 30',
      '"30" is not a duration: write numbers with d, h, m or s, such as 30m or 1h30m.',
      ['drain b85tm for 30m'],
    ],
    ['drain b85tm for 59s', '59s is too short: a pod stays drained for at least 1m.', ['drain b85tm for 1m']],
    ['drain b85tm for 8d', '8d is too long: a pod stays drained for at most 7d.', ['drain b85tm for 7d']],
    ['extend b85tm 59s', '59s is too short: a pod stays drained for at least 1m.', ['extend b85tm 1m']],
    ['extend b85tm 8d', '8d is too long: a pod stays drained for at most 7d.', ['extend b85tm 7d']],
    [
      'extend b85tm 30',
      '"30" is not a duration: write numbers with d, h, m or s, such as 30m or 1h30m.',
      ['extend b85tm 30m'],
    ],
    ['extend 5', '"5" is not a duration: write numbers with d, h, m or s, such as 30m or 1h30m.', ['extend 5m']],
    ['extend b85tm by', '"by" needs a duration after it, such as by 30m.', ['help extend']],
    [
      'extend b85tm 1h --for 2h',
      'extend takes one pod at a time and does not understand "1h" after b85tm.',
      ['help extend'],
    ],
    [
      'extend b85tm 1h for 2h',
      'extend takes one pod at a time and does not understand "1h" after b85tm.',
      ['help extend'],
    ],
    [
      'extend b85tm x2k9d 1h',
      'extend takes one pod at a time and does not understand "x2k9d" after b85tm.',
      ['help extend'],
    ],
    [
      'extend b85tm 1h because slow',
      'extend takes one pod at a time and does not understand "because" after b85tm.',
      ['help extend'],
    ],
    [
      'extend ab 1h',
      '"ab" is too short for a pod: give at least 3 characters from the beginning or end of its name.',
      ['list'],
    ],
    [
      'finish b85tm x2k9d',
      'finish takes one pod at a time and does not understand "x2k9d" after b85tm.',
      ['help finish'],
    ],
    ['finish b85tm force', 'finish does not understand the word "force", expected --force.', ['help finish']],
    ['drained b85tm', 'drained shows the drained pods of all services and takes no "b85tm".', ['drained']],
    ['operations b85tm', 'operations shows all of them and takes no "b85tm".', ['operations']],
    [
      'evidence b85tm x2k9d',
      'evidence takes one pod at a time and does not understand "x2k9d" after b85tm.',
      ['help evidence'],
    ],
    ['cancel b85tm x2k9d', 'cancel ends one operation, not 2.', ['operations']],
    [
      'cancel drain_1',
      '"drain_1" is no pod name: they consist of lower-case letters, digits, "-" and ".".',
      ['operations'],
    ],
    ['drain b85tm for 1h --for 2h', 'The duration is given twice, as "1h" and as "2h", expected one.', ['help drain']],
    ['drain b85tm --for 1h --for 2h', '--for is given twice, as "1h" and as "2h", expected one.', ['help drain']],
    ['drain b85tm because', '"because" needs a reason after it, such as because 5xx on checkout.', ['help drain']],
    [
      'drain b85tm because ""',
      'The reason is empty, expected some words, such as because 5xx on checkout.',
      ['help drain'],
    ],
    ['drain b85tm --because "5xx" because 5xx', 'The reason is given twice, expected one.', ['help drain']],
    ['drain b85tm because 5xx --dry-rum', 'There is no flag "--dry-rum", expected --dry-run.', ['help drain']],
    [
      'drain b85tm because 5xx --dry-run again',
      '--dry-run stands inside the reason, expected before "because" or at the very end.',
      ['help drain'],
    ],
    ['drain "b85tm', 'The quote in ""b85tm" is never closed, expected another one at the end.', ['help drain']],
    ['drain b85tm --force=maybe', '--force=maybe is not understood, expected --force alone.', ['help drain']],
    [
      `drain b85tm because ${'x'.repeat(501)}`,
      'The reason has 501 characters, expected at most 500.',
      [`drain b85tm because ${'x'.repeat(60)}…`],
    ],
    [`list ${'x'.repeat(10_000)}`, 'The command has 10005 characters, expected at most 4000.', ['help']],
    [
      'logs b85tm -l app=rng',
      'logs takes a pod or a selector, not both (b85tm and -l app=rng).',
      ['logs b85tm', 'logs -l app=rng'],
    ],
    [
      'logs b85tm -p -f',
      '--previous shows a run that has ended and --follow waits for new lines, expected one of them.',
      ['logs b85tm -p'],
    ],
    ['logs b85tm --tail 0', '--tail "0" is out of range, expected a number of lines from 1 to 10000.', ['help logs']],
    [
      'logs b85tm --tail 10001',
      '--tail "10001" is out of range, expected a number of lines from 1 to 10000.',
      ['help logs'],
    ],
    ['logs b85tm --tail --follow', '--tail needs a value, such as --tail 100.', ['help logs']],
    [
      'logs b85tm -c Web_1',
      '"Web_1" is no container name: they consist of at most 63 lower-case letters, digits and "-".',
      ['help logs'],
    ],
  ];
  test.each(rows)('%s', (text, message, instead) => {
    expect(parse(text, 'rng')).toEqual({ kind: 'misread', message, instead });
  });
});

describe('what to type instead keeps all that could be read', () => {
  test.each([
    ['drain 6ktpw --for 8d --dry-run', ['drain 6ktpw --for 7d --dry-run']],
    ['drain 6ktpw --for=8d —dry-run', ['drain 6ktpw --for=7d —dry-run']],
    ['drain --dry-run 6ktpw for 8d because “it’s slow”', ['drain --dry-run 6ktpw for 7d because “it’s slow”']],
    ['drain 6ktpw for 1h 30m --dry-run', ['drain 6ktpw for 1h30m --dry-run']],
    ['drain 6ktpw for 2 hours because x --dry-run', ['drain 6ktpw for 2h because x --dry-run']],
    ['drain 6ktpw --dry-run --for 90 minutes', ['drain 6ktpw --dry-run --for 1h30m']],
    ['drain 6ktpw for 1 day and 2 hours --force', ['drain 6ktpw for 1d2h --force']],
    ['drain for 10 days', ['drain for 7d']],
    ['drain 6ktpw for an hour --dry-run', ['help drain']],
    ['drain 6ktpw for 30 90s', ['help drain']],
    ['drain 6ktpw 5xx errors --dry-run', ['drain 6ktpw --dry-run because 5xx errors']],
    ['drain 6ktpw 5xx for 30m', ['drain 6ktpw for 30m because 5xx']],
    ['drain 6ktpw 5xx because errors --force', ['drain 6ktpw because 5xx errors --force']],
    ['drain 6ktpw 30m', ['drain 6ktpw for 30m']],
    ['drain 6ktpw 90 minutes because 5xx --dry-run', ['drain 6ktpw for 1h30m because 5xx --dry-run']],
    ['drain 6ktpw 30m for 1h', ['drain 6ktpw for 1h because 30m']],
    ['drain 6ktpw reason: 5xx errors', ['drain 6ktpw because 5xx errors']],
    ['drain 6ktpw reason', ['drain 6ktpw because reason']],
    ['extend 6ktpw +8d', ['extend 6ktpw +7d']],
    ['rng list', ['list']],
    ['RNG drain 6ktpw --dry-run', ['drain 6ktpw --dry-run']],
    ['rng cancel --dry-run', ['help cancel']],
    ['drain 6ktpw x7k2p --because "5xx" --dry-run', ['help drain']],
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
    ['extend b85tm an hour', ['help extend']],
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
    ['history', ['operations']],
    ['describe pod b85tm', ['inspect b85tm']],
    ['get b85tm', ['inspect b85tm']],
    ['logs b85tm -l app=rng --tail 5 -c web', ['logs b85tm --tail 5 -c web', 'logs -l app=rng --tail 5 -c web']],
    ['logs -l "env in (a, b)" -p -f --tail 5', ['logs -l "env in (a, b)" -p --tail 5']],
  ])('%s', (text, instead) => {
    expect(parse(text, 'rng')).toMatchObject({ kind: 'misread', instead });
  });

  test('a duration in two words is told whole', () => {
    expect(parse('drain b85tm for 1h 30m', 'rng')).toMatchObject({
      message: '"1h 30m" is not a duration: write numbers with d, h, m or s, such as 30m or 1h30m.',
    });
  });

  test('a pod that looks like a duration is a pod', () => {
    expect(parse('drain for 1h 30m', 'rng')).toMatchObject({ request: { pod: '30m', forSeconds: 3600 } });
  });
});

describe('arguments of a process are not split again', () => {
  const globals = [{ name: 'namespace', short: 'n', value: 'dockercoins' }, { name: 'yes' }];
  const read = (...args: string[]) => parseTokens(tokensOfArguments(args), 'rng', globals);

  test('a selector with spaces is one argument', () => {
    expect(read('list', '-l', 'env in (a, b)')).toMatchObject({ request: { selector: 'env in (a, b)' } });
  });

  test('a flag whose value has spaces is one argument', () => {
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
  ])('%j is told to type %j', (args, instead) => {
    expect(read(...args)).toMatchObject({ kind: 'misread', instead });
  });

  test('what looks like an escape of Slack is left as it is', () => {
    expect(read('drain', 'b85tm', 'because', 'a &amp; <@U1|b>')).toMatchObject({
      request: { because: 'a &amp; <@U1|b>' },
    });
  });

  test('the door’s own flags are understood before the command, after it, and behind a reason', () => {
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

  test('only flags of the door: the answer is help', () => {
    expect(read('-n', 'prod')).toMatchObject({ request: { command: 'help' }, also: new Map([['namespace', 'prod']]) });
  });
});
