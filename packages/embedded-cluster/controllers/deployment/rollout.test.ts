import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/api.ts';
import { scaledValue } from '../common/rollout-arithmetic.ts';
import { maxSurge, maxUnavailable, newSetSize, proportionalSizes } from './rollout.ts';

const metadata = { name: 'rng', uid: '1', resourceVersion: '1', creationTimestamp: '2026-03-01T03:12:07Z' };

function deployment(replicas: number, surge: number | string, unavailable: number | string): KubeObject {
  const rollingUpdate = { maxSurge: surge, maxUnavailable: unavailable };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } },
  };
}

function set(name: string, replicas: number, most = replicas): KubeObject {
  const annotations = { 'deployment.kubernetes.io/max-replicas': String(most) };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { ...metadata, name, annotations },
    spec: { replicas },
  };
}

describe('percentages', () => {
  test.each([
    ['25%', 3, 'up', 1],
    ['25%', 3, 'down', 0],
    ['25%', 4, 'up', 1],
    ['25%', 4, 'down', 1],
    ['50%', 3, 'up', 2],
    ['0%', 10, 'up', 0],
    ['100%', 7, 'down', 7],
    [2, 10, 'up', 2],
    [undefined, 10, 'up', 0],
  ] as const)('%s of %d rounded %s is %d', (value, total, round, want) => {
    expect(scaledValue(value, total, round)).toBe(want);
  });
});

describe('a rolling update', () => {
  test.each([
    ['adds one and removes none with the default 25 % of 3', deployment(3, '25%', '25%'), 1, 0],
    ['adds three and removes two with the default 25 % of 10', deployment(10, '25%', '25%'), 3, 2],
    ['removes one without surge and with 10 % of 3', deployment(3, 0, '10%'), 0, 1],
    ['removes none of 0 replicas', deployment(0, 0, 1), 0, 0],
    ['removes all replicas at most', deployment(2, 0, 5), 0, 2],
  ])('%s', (_name, given, surge, unavailable) => {
    expect([maxSurge(given), maxUnavailable(given)]).toEqual([surge, unavailable]);
  });

  test.each([
    ['starts the new set with 3 beside 10 old pods with surge 3', 10, [10], 0, 3],
    ['adds two new pods to 8 old and 3 new ones', 10, [8, 3], 3, 5],
    ['adds none to 8 old and 5 new pods', 10, [8, 5], 5, 5],
    ['starts all pods at once without old ones', 10, [], 0, 10],
    ['never exceeds the wanted replicas', 10, [1, 9], 9, 10],
  ])('%s', (_name, replicas, sizes, current, want) => {
    const all = sizes.map((size, index) => set(`rng-${index}`, size));
    expect(newSetSize(deployment(replicas, 3, 2), all, current)).toBe(want);
  });

  test.each([
    ['up from 10 to 20, with 8 and 5', 20, [8, 5], 13, [14, 9]],
    ['down from 10 to 5, with 8 and 5', 5, [8, 5], 13, [5, 3]],
    ['to zero', 0, [8, 5], 13, [0, 0]],
    ['with the rounding remainder for the largest set', 11, [7, 3, 3], 13, [8, 3, 3]],
  ])('scales its sets in proportion %s', (_name, replicas, sizes, before, want) => {
    const sets = sizes.map((size, index) => set(`rng-${index}`, size, before));
    const scaled = proportionalSizes(deployment(replicas, 3, 2), sets);
    expect(sets.map((each) => scaled.get(each))).toEqual(want);
  });
});
