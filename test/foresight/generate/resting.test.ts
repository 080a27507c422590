import { expect, test } from 'vitest';
import type { Made } from '../case.ts';
import { resting } from './resting.ts';

const shunning = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } };

function deployment(name: string, spec: object): Made {
  const template = { metadata: { labels: { app: 'web' } }, spec };
  return { resource: 'deployments', object: { kind: 'Deployment', metadata: { name }, spec: { template } } };
}

test('pods that shun the app have the lowest priority of its pods, and the others keep theirs', () => {
  const made = resting([
    deployment('web', { affinity: shunning, priorityClassName: 'urgent' }),
    deployment('extra', { priorityClassName: 'low' }),
    deployment('green', {}),
  ]);
  expect(classesOf(made)).toEqual(['low', 'low', undefined]);
});

test('without a class is a lower priority than urgent', () => {
  const made = resting([
    deployment('web', { affinity: shunning, priorityClassName: 'urgent' }),
    deployment('extra', {}),
  ]);
  expect(classesOf(made)).toEqual([undefined, undefined]);
});

function classesOf(made: readonly Made[]): unknown[] {
  return made.map(({ object }) => object.spec.template.spec.priorityClassName);
}
