import { describe, expect, test } from 'vitest';
import { findings, planned, readable } from '../../../test/builders/plan.ts';
import { finishOf, rng } from '../../../test/builders/snapshot.ts';
import { progressOf } from '../../rotation/proof.ts';
import type { DebugContainer, Snapshot } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';

const CONTAINER = {
  name: 'rng',
  image: 'rng:v1',
  hasLivenessProbe: false,
  isReady: true,
  restarts: 0,
  state: 'running',
} as const;
const PROXY = { ...CONTAINER, name: 'proxy' };

const drained = () => rng().drained('b85tm');
const withDebuggers = (...debugContainers: readonly DebugContainer[]) =>
  drained().pod('b85tm', {}, { debugContainers }).about('b85tm');

function plan(snapshot: Snapshot, change: object = {}) {
  const request = { command: 'debug', service: 'rng', dryRun: false, force: false, ...change } as const;
  return planOf(snapshot, { ...finishOf(snapshot), request });
}

const patchIn = (snapshot: Snapshot, change: object = {}) => {
  const [write] = planned(plan(snapshot, change)).phases[0]?.writes ?? [];
  if (write?.kind !== 'patch') throw new Error('no patch');
  return write;
};
const nameIn = (snapshot: Snapshot) => (patchIn(snapshot).patch[1] as { value: [{ name: string }] }).value[0].name;

type Row = readonly [name: string, given: Snapshot, change: object, want: readonly string[]];

const ROWS: readonly Row[] = [
  ['starts in a drained pod', drained().about('b85tm'), {}, []],
  ['refuses a pod in rotation', rng().about('b85tm'), {}, ['refusal NotDrained']],
  ['can be forced into a pod in rotation', rng().about('b85tm'), { force: true }, ['overridden NotDrained']],
  [
    'refuses a pod that is not running',
    drained().pod('b85tm', { status: 'Pending' }, { phase: 'Pending' }).about('b85tm'),
    { force: true },
    ['refusal NotRunning'],
  ],
  ['refuses an unknown target', drained().about('b85tm'), { target: 'proxy' }, ['refusal UnknownContainer']],
  [
    'sees no processes of several containers',
    drained()
      .pod('b85tm', {}, { containers: [CONTAINER, PROXY] })
      .about('b85tm'),
    {},
    [],
  ],
  [
    'sees those of the target',
    drained()
      .pod('b85tm', {}, { containers: [CONTAINER, PROXY] })
      .about('b85tm'),
    { target: 'proxy', image: 'nicolaka/netshoot' },
    [],
  ],
];

describe('debug', () => {
  test.each(ROWS)('%s', (_, given, change, want) => {
    expect(findings(plan(given, change))).toEqual(want);
  });

  test('has the sentences of the golden file', async () => {
    const text = ROWS.map(([name, given, change]) => `${name}\n${readable(plan(given, change))}\n`).join('\n');
    await expect(text).toMatchFileSnapshot('golden/debug.golden.txt');
  });

  test('writes one unprivileged container, to the part of the pod that holds debug containers', () => {
    const write = patchIn(drained().about('b85tm'));
    expect(write.subresource).toBe('ephemeralcontainers');
    expect(write.patch).toEqual([
      { op: 'test', path: '/metadata/uid', value: write.target.uid },
      {
        op: 'add',
        path: '/spec/ephemeralContainers',
        value: [
          {
            name: expect.stringMatching(/^debugger-[a-z0-9]{5}$/),
            image: 'busybox',
            stdin: true,
            tty: true,
            terminationMessagePolicy: 'File',
            targetContainerName: 'rng',
          },
        ],
      },
    ]);
  });

  test('takes the configured image', () => {
    const snapshot = drained().policy({ debugImage: 'example.com/tools:v1' }).about('b85tm');
    expect(patchIn(snapshot).patch[1]).toMatchObject({ value: [{ image: 'example.com/tools:v1' }] });
  });

  test('adds a second one behind the first, and its own only once', () => {
    const other = { name: 'debugger-other', image: 'busybox', state: 'running' };
    expect(patchIn(withDebuggers(other)).patch[1]).toMatchObject({ op: 'add', path: '/spec/ephemeralContainers/-' });
    const name = nameIn(drained().about('b85tm'));
    const { phases, hasBegun } = planned(plan(withDebuggers(other, { name, image: 'busybox', state: 'running' })));
    expect([phases.flatMap(({ writes }) => writes), hasBegun]).toEqual([[], true]);
  });

  test('is proven once the container runs, and lost once it has ended', () => {
    const snapshot = drained().about('b85tm');
    const name = nameIn(snapshot);
    const { phases } = planned(plan(snapshot));
    const states = [
      { state: 'ContainerCreating' },
      { state: 'ImagePullBackOff: Back-off pulling image "busybox"' },
      { state: 'running' },
      { state: 'Completed', hasEnded: true as const },
    ].map((state) => {
      const [progress] = progressOf(phases[0]?.until ?? [], withDebuggers({ name, image: 'busybox', ...state }));
      return [progress?.isMet, progress?.isLost, progress?.seen.replace(name, 'it')];
    });
    expect(states).toEqual([
      [false, false, 'it: ContainerCreating'],
      [false, false, 'it: ImagePullBackOff: Back-off pulling image "busybox"'],
      [true, false, 'it runs'],
      [false, true, 'it has ended: Completed'],
    ]);
  });

  test('says how to attach, with the name that the container gets', () => {
    const snapshot = drained().about('b85tm');
    const { next } = planned(plan(snapshot));
    expect(next).toEqual([`kubectl -n dockercoins attach -it rng-5f69c6b7d8-b85tm -c ${nameIn(snapshot)}`]);
  });
});
