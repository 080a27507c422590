import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codePoint, propertyRuns } from '../../test/builders/property-runs.ts';
import { format, parse, parseTokens } from '../operations/commands.ts';
import { LONGEST_SECONDS, SHORTEST_SECONDS } from '../text/duration.ts';
import { oneLine } from '../text/printable.ts';
import { LONGEST_REASON } from './reason.ts';
import type { Request } from './request.ts';
import { tokenize } from './tokens.ts';

const service = fc.constant('rng');
const pod = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{1,20})[a-z0-9]$/);
/** Names that are also words of the grammar. */
const awkwardPod = fc.oneof(
  pod,
  fc.constantFrom('for', 'because', 'by-', '30m', '1h30m', '300', 'hour', 'drain', 'force'),
);
const selector = fc.constantFrom('app=rng', 'app=rng,enabled!=yes', 'env in (a, b),!canary', 'weight>3,weight<9', 'k=');
/** Awkward words: quotes, dashes, escapes, flags and the grammar's own words. */
const reason = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '--force',
        '—force',
        '--dry-run',
        '--for',
        '30m',
        'for',
        'because',
        '"',
        "'",
        '\\',
        '“x”',
        '&lt;',
        '<@U1|a>',
        '5xx',
        '-',
        '--dry-rum',
      ),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((words) => oneLine(words.join(' ')))
  .filter((text) => text !== '' && text.length <= LONGEST_REASON);

const subject = fc.oneof(
  fc.record({ pods: fc.uniqueArray(awkwardPod, { minLength: 1, maxLength: 4 }) }),
  fc.record({ selector }),
  fc.record({ node: pod }),
  fc.constant({}),
);
const forSeconds = fc.integer({ min: SHORTEST_SECONDS, max: LONGEST_SECONDS });

/** A request of one of the commands, with any of the values besides. */
function change<T>(commands: readonly string[], values: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Request> {
  const more = fc.record(values, { requiredKeys: [] });
  const fixed = fc.record({ command: fc.constantFrom(...commands), service, dryRun: fc.boolean() });
  return fc.tuple(fixed, subject, more).map(([some, about, rest]) => ({ force: false, ...some, ...about, ...rest }));
}

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record(
    { command: fc.constant('list' as const), service, selector, all: fc.boolean() },
    { requiredKeys: ['command', 'service', 'all'] },
  ),
  fc.record({ command: fc.constant('inspect' as const), service, pod }, { requiredKeys: ['command', 'service'] }),
  change(['restore', 'finish'], { force: fc.boolean() }),
  change(['extend'], { forSeconds }),
  change(['drain'], { forSeconds, because: reason, force: fc.boolean() }),
  fc.record({ command: fc.constant('drained' as const), service }),
  fc.record({ command: fc.constant('operations' as const), service }),
  fc.record(
    { command: fc.constant('evidence' as const), service, pod: awkwardPod },
    { requiredKeys: ['command', 'service'] },
  ),
  fc.record(
    { command: fc.constant('cancel' as const), service, operation: fc.oneof(awkwardPod, fc.constant('9f86d08188')) },
    { requiredKeys: ['command', 'service'] },
  ),
  fc.record(
    { command: fc.constant('help' as const), service, topic: fc.constantFrom('drain', 'help') },
    { requiredKeys: ['command', 'service'] },
  ),
  fc
    .record({
      command: fc.constant('logs' as const),
      service,
      of: fc.oneof(fc.record({ pod }), fc.record({ selector }), fc.constant({})),
      container: fc.option(fc.constantFrom('rng', 'side-car'), { nil: undefined }),
      mode: fc.constantFrom(
        { previous: false, follow: false },
        { previous: true, follow: false },
        { previous: false, follow: true },
      ),
      tail: fc.integer({ min: 1, max: 10_000 }),
    })
    .map(({ of, container, mode, ...rest }) => ({
      ...rest,
      ...of,
      ...mode,
      ...(container !== undefined && { container }),
    })),
);

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

test('format writes what parse reads back, in Slack and in a shell', () => {
  fc.assert(
    fc.property(request, (asked) => {
      expect(parse(escaped(format(asked)), 'rng')).toMatchObject({ request: asked });
      expect(parseTokens(tokenize(format(asked)), 'rng')).toMatchObject({ request: asked });
    }),
    propertyRuns(400),
  );
});

test('any text gets an answer, and every proposal works as it is', () => {
  const words = fc.constantFrom(
    'drain',
    'drian',
    'list',
    'logs',
    'help',
    'for',
    '30',
    '9d',
    'because',
    '-l',
    'a=',
    '--tail',
    '--al',
    '“',
    '"',
    'x',
    '--node',
    'node-1',
    'b85tm',
    'x2k9d',
    'rng-b85tm',
    '—force',
    '--dry-run',
    '2',
    'hours',
    'extend',
    'snooze',
    'by',
    '1h',
    'finish',
    'delete',
    'cancel',
    'stop',
    'drained',
  );
  const text = fc.oneof(
    fc.array(words, { maxLength: 8 }).map((all) => all.join(' ')),
    fc.string({ unit: codePoint }),
  );
  fc.assert(
    fc.property(text, (typed) => {
      const parsed = parse(typed, 'rng');
      if (parsed.kind === 'parsed') return;
      expect(parsed.message).toMatch(/[^.][.?]$/);
      expect(parsed.instead.length).toBeGreaterThan(0);
      for (const instead of parsed.instead) expect(parse(instead, 'rng')).toMatchObject({ kind: 'parsed' });
      // A dry run stays one.
      const isTrial = typed.split(' ').includes('--dry-run');
      for (const instead of parsed.instead.filter(
        (line) => isTrial && /^(drain|restore|extend|finish|cancel)\b/.test(line),
      ))
        expect(parse(instead, 'rng')).toMatchObject({ request: { dryRun: true } });
    }),
    propertyRuns(400),
  );
});
