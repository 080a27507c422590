import { describe, expect, test } from 'vitest';
import { type Check, type Operation, THE_POD } from './plan.ts';
import { sharedFindings, sharedTemplates, sharedTexts } from './shared-text.ts';

const about = (pod: string, text = `drain ${pod}`) => ({ pod, text });

describe('sharedTexts', () => {
  test.each([
    ['names a single pod', [about('x1')], 1, ['drain x1']],
    ['names each of some pods', [about('x1'), about('x2')], 3, ['drain each of x1 and x2']],
    ['says "each pod" for all pods', [about('x1'), about('x2')], 2, ['drain each pod']],
    ['begins with a capital', ['x1', 'x2'].map((pod) => about(pod, `${pod} is out`)), 2, ['Each pod is out']],
    ['keeps different texts apart', [about('x1'), about('x2', 'delete x2')], 2, ['drain x1', 'delete x2']],
    ['names a pod once', [about('x1'), about('x1')], 2, ['drain x1']],
    ['has no text for no pods', [], 0, []],
  ])('%s', (_, texts, total, want) => {
    expect(sharedTexts(texts, total)).toEqual(want);
  });

  test('takes a name in a template for something else', () => {
    expect(sharedTemplates([about('rng', `${THE_POD} leaves rng`)], 1)).toEqual(['rng leaves rng']);
  });
});

describe('sharedFindings', () => {
  const pods = ['a0', 'b0', 'c0'].map((name) => ({ name, uid: name }));
  const request = { command: 'drain', service: 'rng', dryRun: false, force: false } as const;
  const operation: Operation = { id: '1', request, subject: { kind: 'pods', pods }, by: 'ada', at: 0 };
  const check = (level: Check['level'], pod: string, message: string, instead?: string): Check => ({
    code: 'Code',
    level,
    pod,
    message,
    ...(instead !== undefined && { instead }),
  });
  const shared = (...checks: readonly Check[]) =>
    sharedFindings({ operation, checks }).map(({ level, message, instead }) => [level, message, instead]);

  test('merges findings of one level with their commands', () => {
    const found = ['a0', 'b0'].map((pod) => check('refusal', pod, `${pod} is drained.`, `restore ${pod}`));
    expect(shared(...found)).toEqual([['refusal', 'Each of a0 and b0 is drained.', 'restore a0 b0']]);
  });

  test('names the pods before a message that does not', () => {
    expect(shared(check('warning', 'a0', 'No room.'))).toEqual([['warning', 'a0: No room.', undefined]]);
    const several = ['a0', 'b0'].map((pod) => check('warning', pod, 'No room.'));
    expect(shared(...several)).toEqual([['warning', 'a0 and b0: No room.', undefined]]);
  });

  test('skips other findings about pods that are left out, and does not count those pods', () => {
    expect(
      shared(
        check('leftOut', 'a0', 'a0 is gone.'),
        ...['a0', 'b0', 'c0'].map((pod) => check('ok', pod, `${pod} is ready.`)),
      ),
    ).toEqual([
      ['leftOut', 'a0 is gone.', undefined],
      ['ok', 'Each pod is ready.', undefined],
    ]);
  });

  test('keeps levels apart', () => {
    expect(shared(check('ok', 'a0', 'a0.'), check('warning', 'b0', 'b0.'))).toHaveLength(2);
  });
});
