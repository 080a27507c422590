import { describe, expect, test } from 'vitest';
import { DRAIN, DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();

/** Drains a pod, and forgets what was said. */
async function drain(pod: string): Promise<void> {
  expect((await rng.type(`/rng drain ${pod} because 5xx`)).ops).toMatch(/^Drained /);
}

const ALREADY = '✗ rng-a is already drained from rng: by @U0ADA00000 at TIME, until TIME, because 5xx.';

/** Each brings the cluster into its state, and is refused without a write. */
const REFUSED: readonly [name: string, given: () => unknown, line: string, you: string][] = [
  [
    'a pod that is drained already',
    () => drain('rng-a'),
    '/rng drain rng-a',
    `Can't drain rng-a. Nothing was changed.\n${ALREADY}\nInstead: /rng restore rng-a`,
  ],
  [
    'the same by force',
    () => drain('rng-a'),
    '/rng drain rng-a --force',
    `Can't drain rng-a. Nothing was changed.\n${ALREADY}\nInstead: /rng restore rng-a`,
  ],
  [
    'a pod that is not drained',
    () => {},
    '/rng restore rng-a',
    "Can't restore rng-a. Nothing was changed.\n✗ rng-a is not drained: it is in rotation.\nInstead: /rng list",
  ],
  [
    'no pod is drained',
    () => {},
    '/rng restore',
    'No pod of rng is drained, so there is none to restore.\nInstead: /rng list',
  ],
  [
    'a terminating pod',
    () => rng.delete('rng-a', true),
    '/rng drain rng-a',
    "Can't drain rng-a. Nothing was changed.\n✗ rng-a is being deleted, to be gone by TIME.\nInstead: /rng list",
  ],
  [
    'a drained pod that is terminating',
    async () => {
      await drain('rng-a');
      rng.delete('rng-a', true);
    },
    '/rng restore rng-a',
    "Can't restore rng-a. Nothing was changed.\n✗ rng-a is being deleted, to be gone by TIME.\nInstead: /rng list",
  ],
  [
    'a pod that is gone',
    () => rng.delete('rng-a'),
    '/rng drain rng-a',
    'No pod of rng is called rng-a, or begins or ends so.',
  ],
  [
    'a pod of another service',
    () => rng.createPod('hasher-1', { app: 'hasher' }),
    '/rng drain hasher-1',
    'hasher-1 is a pod in ns, but rng has nothing to do with it.\nInstead: /rng list',
  ],
  [
    'a pod that was drained from another service',
    () => drain('rng-a'),
    '/hasher restore rng-a',
    "Can't restore rng-a. Nothing was changed.\n✗ rng-a was drained from rng, not from hasher: restore it there.",
  ],
  [
    'the same to be drained',
    () => drain('rng-a'),
    '/hasher drain rng-a',
    `Can't drain rng-a. Nothing was changed.\n${ALREADY}`,
  ],
  [
    'the last pods in rotation',
    () => rng.unready('rng-b'),
    '/rng drain rng-a',
    "Can't drain rng-a. Nothing was changed.\n✗ rng has 3 pods in rotation and must keep 3 of 4: scale it up first.\nInstead: kubectl -n ns scale deployment rng --replicas=5\n[1] Force drain\n    asks: Force drain? It sets aside: rng has 3 pods in rotation and must keep 3 of 4: scale it up first.",
  ],
  [
    'too many drained pods',
    async () => {
      rng.config = { policy: { ...rng.policy, maxDrained: 1 } };
      await drain('rng-a');
    },
    '/rng drain rng-b',
    "Can't drain rng-b. Nothing was changed.\n✗ 1 pod is drained from rng already (rng-a) and at most 1 may be: restore or finish one first.\nInstead: /rng restore rng-a",
  ],
  [
    'a drained pod that is not ready',
    async () => {
      await rng.unready('rng-a');
      await drain('rng-a');
    },
    '/rng restore rng-a',
    "Can't restore rng-a. Nothing was changed.\n✗ rng-a is not ready (0 of 1 container, Running): it would be deleted, or would push a ready pod out.",
  ],
  [
    'a drained pod whose record is gone',
    async () => {
      await drain('rng-a');
      rng.edit('rng-a', { annotations: { [DRAIN]: null } });
    },
    '/rng restore rng-a',
    "Can't restore rng-a. Nothing was changed.\n✗ rng-a is marked as drained from rng, but the record of it is gone, so pitlane does not know what was taken off. By hand it loses the marks and gets the labels that rng asks for; its controller may then delete it, or another, as a pod too many.\nInstead: kubectl -n ns annotate pod rng-a cluster-autoscaler.kubernetes.io/safe-to-evict- karpenter.sh/do-not-disrupt- && kubectl -n ns label pod rng-a app=rng pitlane.dev/drained-from-",
  ],
  [
    'the same to be drained',
    async () => {
      await drain('rng-a');
      rng.edit('rng-a', { annotations: { [DRAIN]: null } });
    },
    '/rng drain rng-a',
    "Can't drain rng-a. Nothing was changed.\n✗ rng-a is marked as drained from rng, but the record of it is gone, so pitlane does not know what was taken off.",
  ],
  [
    'a drained pod whose record was edited by hand',
    async () => {
      await drain('rng-a');
      rng.edit('rng-a', { annotations: { [DRAIN]: 'see <!channel>' } });
    },
    '/rng restore rng-a',
    "Can't restore rng-a. Nothing was changed.\n✗ The drain record on rng-a can't be read (another version of pitlane, or edited by hand), so it is left alone: see which labels it holds, put them back by hand, and take pitlane.dev/drained-from and pitlane.dev/drain off.\nInstead: kubectl -n ns get pod rng-a -o jsonpath='{.metadata.annotations.pitlane\\.dev/drain}'",
  ],
  [
    'a service without a selector',
    () => rng.cluster.api.mergePatch('services', rng.namespace, 'rng', { spec: { selector: null } } as never),
    '/rng drain rng-a',
    'Service rng has no selector, so no pod belongs to it.\nInstead: /rng list',
  ],
];

describe('is refused, and nothing is written', () => {
  test.each(REFUSED)('%s', async (_, given, line, you) => {
    await given();
    const marked = rng.marks('rng-a');
    const said = await rng.type(line);
    expect({ ...said, you: said.you.slice(0, you.length) }).toEqual({ you, ops: '', wrote: [] });
    expect(rng.marks('rng-a')).toEqual(marked);
  });
});

describe('more than one pod is meant', () => {
  test('the candidates are offered, and the picked one is drained with the rest of the command', async () => {
    const asked = await rng.type('/rng drain rng- because 5xx');
    expect(asked).toEqual({
      you: [
        '4 pods of rng fit rng-. Which one?',
        'Pod to drain:',
        ...['a', 'b', 'c', 'd'].map((letter, index) => `[${index + 1}] rng-${letter} · in rotation`),
      ].join('\n'),
      ops: '',
      wrote: [],
    });
    const { ops, wrote } = await rng.press(3);
    expect(ops).toMatch(/^Drained rng-c\n/);
    expect(wrote).toEqual(['PATCH rng-c 200']);
    expect(rng.touched()).toEqual(['rng-c']);
  });

  test('the picked pod went meanwhile', async () => {
    await rng.type('/rng drain');
    rng.delete('rng-b');
    const said = await rng.press(2);
    expect(said).toEqual({
      you: expect.stringMatching(/^No pod of rng is called rng-b, or begins or ends so\./),
      ops: '',
      wrote: [],
    });
  });
});

test('a pod that is not ready is drained all the same, and not brought back before it is', async () => {
  await rng.unready('rng-a');
  const { ops, wrote } = await rng.type('/rng drain rng-a');
  expect(ops).toMatch(/^Drained rng-a\n✓ rng-a is no longer listed\n/);
  expect(wrote).toEqual(['PATCH rng-a 200']);
  expect(rng.marks('rng-a').labels).toEqual({ [DRAINED_FROM]: 'rng' });
});

test('every report ends with what undoes it', async () => {
  const kubectl = (command: string, rest: string) => `    kubectl -n ns ${command} pod rng-a ${rest}`;
  const drained = (await rng.type('/rng drain rng-a')).ops.replace(/\n---\nEvidence.*/s, '').split('\n');
  expect(drained.slice(-4)).toEqual([
    'Undo: /rng restore rng-a or by hand:',
    kubectl('annotate', '--overwrite controller.kubernetes.io/pod-deletion-cost=2147483647 &&'),
    kubectl('label', 'app=rng pitlane.dev/drained-from- &&'),
    kubectl(
      'annotate',
      '--overwrite pitlane.dev/drain- cluster-autoscaler.kubernetes.io/safe-to-evict- karpenter.sh/do-not-disrupt- controller.kubernetes.io/pod-deletion-cost-',
    ),
  ]);
  const restored = (await rng.type('/rng restore rng-a')).ops.split('\n');
  expect(restored.slice(-3)).toEqual([
    'Undo: /rng drain rng-a or by hand:',
    expect.stringMatching(
      /^ {4}kubectl -n ns annotate pod rng-a --overwrite 'pitlane\.dev\/drain=\{.*\}' cluster-autoscaler\.kubernetes\.io\/safe-to-evict=false karpenter\.sh\/do-not-disrupt=true controller\.kubernetes\.io\/pod-deletion-cost- &&$/,
    ),
    kubectl('label', 'app- pitlane.dev/drained-from=rng'),
  ]);
});

describe('the same through the other doors', () => {
  test.each([
    ['drain', 'a part of a name', 'rng-', 'invalidInput', 'pod is not understood, expected the full name of a pod.'],
    ['restore', 'a pod that is not drained', 'rng-a', 'refusal', 'rng-a is not drained: it is in rotation.'],
    ['drain', 'the last pods in rotation', 'rng-a', 'refusal', /^rng has 4 pods in rotation and must keep 4 of 4/],
  ])('a runbook: %s of %s', async (command, _, pod, outcome, message) => {
    rng.config = { policy: { ...rng.policy, minReady: 4 } };
    const answer = await rng.runbook({ command, pod });
    expect(answer).toMatchObject({ ok: false, outcome });
    expect(answer.message).toMatch(message);
    expect(rng.touched()).toEqual([]);
  });

  test.each([
    [0, ['drain', 'rng-a'], ['rng-a'], /^rng-a is drained\.$/m],
    [2, ['drain', 'rng-'], [], /^5 pods of rng fit rng-\. Which one\?$/m],
    [3, ['restore', 'rng-a'], [], /^refused {2}rng-a is not drained: it is in rotation\.$/m],
    [3, ['drain', 'rng-bare'], [], /^To carry it out, add --yes\.$/m],
  ])('the command line ends with %d: %j', async (code, args, touched, printed) => {
    rng.createPod('rng-bare', { app: 'rng' });
    await rng.untilInRotation(5);
    const said = await rng.cli('rng', ...args);
    expect(said).toEqual({ code, printed: expect.stringMatching(printed) });
    expect(rng.touched()).toEqual(touched);
  });
});
