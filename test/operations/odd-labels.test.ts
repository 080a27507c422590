import { beforeEach, describe, expect, test } from 'vitest';
import { installGatePolicy } from '../gate-policy.ts';
import { until } from '../virtual-time.ts';
import { RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();

const pods = () => rng.cluster.api.list('pods', rng.namespace);
const labelsOf = (name: string) => pods().find(({ metadata }) => metadata.name === name)?.metadata.labels ?? {};
const has = (name: string, key: string) => Object.hasOwn(labelsOf(name), key);
const selector = () => Object.entries(rng.cluster.api.get('services', rng.namespace, 'rng')?.spec.selector ?? {});
const inRotation = () => rng.inRotation().length;

async function done(line: string): Promise<void> {
  const { states, text } = await rng.type(`/rng ${line}`);
  expect(states.at(-1), text).toBe('ops done');
}

/** Keys that Kubernetes accepts, and that every object of JavaScript inherits. */
describe.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('the label %s', (key) => {
  test('can be a gate: pods are disabled, enabled, drained and restored, and the gate is removed', async () => {
    await installGatePolicy(rng);
    await done(`gate on ${key}=yes`);
    expect(selector()).toContainEqual([key, 'yes']);
    const [pod = ''] = rng.inRotation();
    await done(`disable ${pod}`);
    expect({ has: has(pod, key), serving: inRotation() }).toEqual({ has: false, serving: 3 });
    await done(`enable ${pod}`);
    expect({ has: has(pod, key), serving: inRotation() }).toEqual({ has: true, serving: 4 });
    await done(`drain ${pod}`);
    await until('a replacement in rotation', () => inRotation() === 4);
    expect(rng.inRotation()).not.toContain(pod);
    await done(`restore ${pod}`);
    expect(rng.inRotation()).toContain(pod);
    await done('gate off');
    expect({ selector: selector(), serving: inRotation() }).toEqual({ selector: [['app', 'rng']], serving: 4 });
    expect(rng.inRotation().filter((name) => has(name, key))).toEqual([]);
  });

  describe('on pods that the Service selects by it', () => {
    beforeEach(async () => {
      rng.patch('deployments', 'rng', { spec: { template: { metadata: { labels: { [key]: 'blue' } } } } });
      await until('the rollout', () => pods().length === 4 && pods().every(({ metadata }) => has(metadata.name, key)));
      rng.patch('services', 'rng', { spec: { selector: { [key]: 'blue' } } });
      await until('in rotation', () => inRotation() === 4);
    });

    test('comes off and goes back on', async () => {
      const [pod = ''] = rng.inRotation();
      const before = labelsOf(pod);
      await done(`drain ${pod}`);
      await until('a replacement in rotation', () => inRotation() === 4);
      expect(rng.inRotation()).not.toContain(pod);
      await done(`restore ${pod}`);
      expect({ labels: labelsOf(pod), serving: rng.inRotation().includes(pod) }).toEqual({
        labels: before,
        serving: true,
      });
    });

    test('switches the traffic to pods with another value', async () => {
      for (const name of ['g-1', 'g-2', 'g-3', 'g-4']) rng.createPod(name, { app: 'rng', [key]: 'green' });
      await until('the green pods run', () =>
        pods().every(({ status }) =>
          status?.conditions?.some(({ type, status }: Record<string, string>) => type === 'Ready' && status === 'True'),
        ),
      );
      await done(`switch ${key}=green`);
      expect(rng.inRotation()).toEqual(['g-1', 'g-2', 'g-3', 'g-4']);
    });
  });
});
