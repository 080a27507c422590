import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { puttingBack, resourceOf } from '../../test/put-back-policy.ts';
import { DRAIN_IT, RngOnEmbedded, titles } from '../../test/rng-on-embedded.ts';
import { DISABLED, DRAIN, DRAINED_FROM } from '../rotation/marks.ts';
import type { Plan } from '../rotation/plan.ts';
import { leftOut } from './process.fixture.ts';

const rng = new RngOnEmbedded();
const MINUTE_MS = 60_000;
const installed: (readonly [resource: string, name: string])[] = [];

function install(key: string, value: string, condition?: string): void {
  for (const object of puttingBack(rng.namespace, key, value, condition)) {
    rng.create(resourceOf(object), object);
    installed.push([resourceOf(object), object.metadata.name]);
  }
}

afterEach(() => {
  for (const [resource, name] of installed.splice(0)) rng.cluster.api.delete(resource, undefined, name);
});

let name: string;
beforeEach(async () => {
  name = await rng.somePod();
});

const drain = (options = {}, pods = [name]) => rng.carryOut({ ...DRAIN_IT, pods }, options);

function marksOf(pod: string): readonly string[] {
  const { labels = {}, annotations = {} } = rng.pod(pod)?.metadata ?? {};
  const marks = [DRAINED_FROM, DRAIN, DISABLED, 'karpenter.sh/do-not-disrupt'];
  return Object.keys({ ...labels, ...annotations }).filter((key) => marks.includes(key));
}

/** At the real write, after its dry run. */
function beforeTheWrite(act: () => void): void {
  let isDone = false;
  rng.cluster.setIntercept(({ method, path, query }) => {
    if (isDone || method !== 'PATCH' || !path.endsWith(`/pods/${name}`) || query.has('dryRun')) return 'pass';
    isDone = true;
    act();
    return 'pass';
  });
}

const whenWritten = (act: () => void) => ({
  deadline: Date.now() + 5 * MINUTE_MS,
  onEvent: ({ kind }: { kind: string }) => kind === 'wrote' && act(),
});

describe('a policy that puts a label back', () => {
  test('is found before anything is written, and named', async () => {
    install('app', 'rng');
    const { outcome, events } = await drain();
    expect(outcome).toMatchObject({ kind: 'refusal', isForceable: false });
    const check = outcome.kind === 'refusal' ? outcome.checks.find(({ level }) => level === 'refusal') : undefined;
    expect(check).toMatchObject({ code: 'ChangedByCluster', message: expect.stringContaining('app=rng') });
    expect([titles(events), marksOf(name), rng.inRotation().length]).toEqual([[], [], 4]);
  });

  test('is found by a dry run, which is refused too', async () => {
    install('app', 'rng');
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name], dryRun: true });
    expect(outcome).toMatchObject({ kind: 'refusal' });
  });

  test('makes a drain remove other labels that are enough', async () => {
    for (const { metadata } of rng.cluster.api.list('pods', rng.namespace))
      rng.patch('pods', metadata.name ?? '', { metadata: { labels: { tier: 'web' } } });
    rng.patch('services', 'rng', { spec: { selector: { tier: 'web' } } });
    await rng.untilInRotation(4);
    install('app', 'rng');
    const { outcome, events } = await drain({ confirmed: 'any' });
    expect(outcome.kind).toBe('done');
    expect(titles(events)).toEqual([expect.stringMatching(/^remove labels pod-template-hash=\w+ and tier=web from/)]);
    expect(rng.pod(name)?.metadata.labels).toMatchObject({ app: 'rng' });
  });

  test('leaves out the pods that it concerns, and the others are drained', async () => {
    const others = rng.inRotation().filter((each) => each !== name);
    const [other = ''] = others;
    rng.patch('pods', name, { metadata: { labels: { kept: 'yes' } } });
    install('app', 'rng', "'kept' in object.metadata.labels");
    const { outcome } = await drain({}, [name, other]);
    expect([outcome.kind, leftOut(outcome as never)]).toEqual(['done', [`ChangedByCluster ${name}`]]);
    expect([marksOf(name), marksOf(other).length]).toEqual([[], 2]);
  });

  test('that comes between the dry run and the write is reported at once, and no mark stays', async () => {
    beforeTheWrite(() => install('app', 'rng'));
    const before = rng.pod(name)?.metadata;
    const at = Date.now();
    const { outcome } = await drain();
    expect(outcome).toMatchObject({ kind: 'failed', code: 'ChangedByCluster', stands: [], undo: [] });
    expect([marksOf(name), rng.pod(name)?.metadata.labels]).toEqual([[], before?.labels]);
    expect(Date.now() - at).toBeLessThan(10_000);
    expect(rng.inRotation()).toContain(name);
  });
});

test('a change that the API server rejects is refused before it is begun', async () => {
  rng.cluster.setIntercept(({ method, query }) =>
    method === 'PATCH' && query.has('dryRun') ? { status: 403 } : 'pass',
  );
  const { outcome } = await drain();
  expect(outcome).toMatchObject({ kind: 'refusal', isForceable: false });
  expect((outcome as unknown as Plan).checks.at(-1)).toMatchObject({ code: 'RejectedByCluster' });
  expect(rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng')).toBeUndefined();
});

describe('a wait ends at once', () => {
  beforeEach(() => {
    rng.startMs = 1e9;
  });

  test('when the label is put back, and the marks go', async () => {
    const at = Date.now();
    const { outcome } = await drain(
      whenWritten(() => rng.patch('pods', name, { metadata: { labels: { app: 'rng' } } })),
    );
    expect(outcome).toMatchObject({ kind: 'failed', code: 'LabelPutBack', undo: [] });
    expect([marksOf(name), rng.pod(name)?.metadata.labels?.app]).toEqual([[], 'rng']);
    expect(Date.now() - at).toBeLessThan(MINUTE_MS / 2);
  });

  test('when another controller adopts the pod', async () => {
    const adopt = () => {
      rng.create('replicasets', {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { name: 'pit', namespace: rng.namespace },
        spec: {
          replicas: 1,
          selector: { matchLabels: { [DRAINED_FROM]: 'rng' } },
          template: {
            metadata: { labels: { [DRAINED_FROM]: 'rng' } },
            spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
          },
        },
      });
    };
    const { outcome } = await drain(whenWritten(adopt));
    expect(outcome).toMatchObject({ kind: 'failed', code: 'AdoptedByAnother', stands: [expect.any(String)] });
  });

  test('when the owner is deleted', async () => {
    const owner = rng.pod(name)?.metadata.ownerReferences?.[0]?.name ?? '';
    let isDeleted = false;
    const { outcome } = await drain({
      deadline: Date.now() + 5 * MINUTE_MS,
      onEvent: ({ kind }: { kind: string }) => {
        if (kind !== 'progress' || isDeleted) return;
        isDeleted = true;
        for (const [resource, each] of [
          ['deployments', 'rng'],
          ['replicasets', owner],
        ] as const)
          rng.cluster.api.delete(resource, rng.namespace, each, { propagationPolicy: 'Orphan' });
      },
    });
    expect(outcome).toMatchObject({ kind: 'failed', code: 'OwnerGone', stands: [expect.any(String)] });
    expect(marksOf(name)).toHaveLength(2);
  });
});
