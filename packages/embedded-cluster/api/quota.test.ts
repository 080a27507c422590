import { describe, expect, test } from 'vitest';
import type { KubeObject } from './api.ts';
import { kindOf } from './kinds.ts';
import { isInScopes, namesOn, usageOf } from './quota.ts';

function object(spec: object, status: object = {}): KubeObject {
  const metadata = { name: 'rng', uid: '1', resourceVersion: '1', creationTimestamp: '2026-03-01T03:12:07Z' };
  return { apiVersion: 'v1', kind: 'Any', metadata, spec, status };
}

const term = { topologyKey: 'zone', labelSelector: {} };
const required = (more: object) => ({ requiredDuringSchedulingIgnoredDuringExecution: [{ ...term, ...more }] });
const preferred = (more: object) => {
  const weighted = { weight: 1, podAffinityTerm: { ...term, ...more } };
  return { preferredDuringSchedulingIgnoredDuringExecution: [weighted] };
};
const priorityClass = (operator: string, values?: string[]) => {
  return { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] } };
};

/** Scopes of the quota, spec and status of the pod, and if the quota counts it. */
const scopes: [string, object, object, object, boolean][] = [
  ['no scope', {}, {}, {}, true],
  ['Terminating, with a deadline', { scopes: ['Terminating'] }, { activeDeadlineSeconds: 60 }, {}, true],
  ['Terminating, without', { scopes: ['Terminating'] }, {}, {}, false],
  ['NotTerminating, with a deadline', { scopes: ['NotTerminating'] }, { activeDeadlineSeconds: 60 }, {}, false],
  ['NotTerminating, without', { scopes: ['NotTerminating'] }, {}, {}, true],
  ['BestEffort', { scopes: ['BestEffort'] }, {}, { qosClass: 'BestEffort' }, true],
  ['BestEffort, a burstable pod', { scopes: ['BestEffort'] }, {}, { qosClass: 'Burstable' }, false],
  ['NotBestEffort', { scopes: ['NotBestEffort'] }, {}, { qosClass: 'Burstable' }, true],
  ['both of two scopes', { scopes: ['NotBestEffort', 'Terminating'] }, {}, { qosClass: 'Burstable' }, false],
  ['PriorityClass, with one', { scopes: ['PriorityClass'] }, { priorityClassName: 'high' }, {}, true],
  ['PriorityClass, without', { scopes: ['PriorityClass'] }, { priorityClassName: '' }, {}, false],
  ['PriorityClass In', priorityClass('In', ['high']), { priorityClassName: 'high' }, {}, true],
  ['PriorityClass In, another', priorityClass('In', ['high']), { priorityClassName: 'low' }, {}, false],
  ['PriorityClass In, none', priorityClass('In', ['high']), {}, {}, false],
  ['PriorityClass NotIn', priorityClass('NotIn', ['high']), { priorityClassName: 'high' }, {}, false],
  ['PriorityClass NotIn, none', priorityClass('NotIn', ['high']), {}, {}, true],
  ['PriorityClass DoesNotExist', priorityClass('DoesNotExist'), { priorityClassName: 'high' }, {}, false],
  ['PriorityClass DoesNotExist, none', priorityClass('DoesNotExist'), {}, {}, true],
  [
    'CrossNamespacePodAffinity, namespaces of a required term',
    { scopes: ['CrossNamespacePodAffinity'] },
    { affinity: { podAffinity: required({ namespaces: ['other'] }) } },
    {},
    true,
  ],
  [
    'CrossNamespacePodAffinity, a selector of a preferred term',
    { scopes: ['CrossNamespacePodAffinity'] },
    { affinity: { podAntiAffinity: preferred({ namespaceSelector: {} }) } },
    {},
    true,
  ],
  [
    'CrossNamespacePodAffinity, terms of the own namespace',
    { scopes: ['CrossNamespacePodAffinity'] },
    { affinity: { podAffinity: required({}), podAntiAffinity: preferred({}) } },
    {},
    false,
  ],
];

describe('a quota', () => {
  test.each(scopes)('with scopes counts a pod: %s', (_name, quota, spec, status, want) => {
    expect(isInScopes(object(quota), kindOf('pods'), object(spec, status))).toBe(want);
  });

  test('with scopes counts no other objects', () => {
    expect(isInScopes(object({ scopes: ['BestEffort'] }), kindOf('services'), object({}))).toBe(false);
    expect(isInScopes(object({}), kindOf('services'), object({}))).toBe(true);
  });

  test.each([
    ['pods', ['pods', 'cpu', 'requests.memory', 'limits.ephemeral-storage', 'requests.example.com/gpu', 'count/pods']],
    ['services', ['services', 'services.nodeports', 'services.loadbalancers']],
    ['persistentvolumeclaims', ['requests.storage', 'fast.storageclass.storage.k8s.io/persistentvolumeclaims']],
    ['secrets', ['secrets']],
    ['deployments', ['count/deployments.apps']],
  ])('names resources of %s', (resource, want) => {
    const names = [
      ...['pods', 'cpu', 'requests.memory', 'limits.ephemeral-storage', 'requests.example.com/gpu', 'count/pods'],
      ...['limits.example.com/gpu', 'services', 'services.nodeports', 'services.loadbalancers', 'requests.storage'],
      ...[
        'fast.storageclass.storage.k8s.io/persistentvolumeclaims',
        'secrets',
        'deployments',
        'count/deployments.apps',
      ],
    ];
    const hard = Object.fromEntries(names.map((name) => [name, '1']));
    expect(namesOn(kindOf(resource), hard)).toEqual(want);
  });

  const fast = 'fast.storageclass.storage.k8s.io';
  const claim = (storageClassName: string) => ({ storageClassName, resources: { requests: { storage: '2Ki' } } });
  const twoPorts = { ports: [{ port: 80, nodePort: 30080 }, { port: 81 }] };
  test.each([
    ['services', { type: 'NodePort', ...twoPorts }, 'services.nodeports', 2],
    ['services', { type: 'LoadBalancer', ...twoPorts }, 'services.nodeports', 2],
    ['services', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ...twoPorts }, 'services.nodeports', 1],
    ['services', { type: 'ClusterIP', ...twoPorts }, 'services.nodeports', 0],
    ['services', { type: 'LoadBalancer', ...twoPorts }, 'services.loadbalancers', 1],
    ['services', { type: 'ClusterIP', ...twoPorts }, 'services.loadbalancers', 0],
    ['services', { type: 'ClusterIP', ...twoPorts }, 'services', 1],
    ['persistentvolumeclaims', claim('fast'), `${fast}/requests.storage`, 2048],
    ['persistentvolumeclaims', claim('slow'), `${fast}/requests.storage`, 0],
    ['persistentvolumeclaims', claim('fast'), `${fast}/persistentvolumeclaims`, 1],
    ['persistentvolumeclaims', claim('slow'), 'requests.storage', 2048],
    ['configmaps', {}, 'configmaps', 1],
  ])('counts %s with %j in %s: %d', (resource, spec, name, want) => {
    expect(usageOf(kindOf(resource), object(spec), name, 0)).toBe(want);
  });

  test('counts a finished pod as an object only', () => {
    const pod = object({ containers: [{ resources: { requests: { cpu: '2' } } }] }, { phase: 'Succeeded' });
    const share = (name: string) => usageOf(kindOf('pods'), pod, name, 0);
    expect([share('pods'), share('requests.cpu'), share('count/pods')]).toEqual([0, 0, 1]);
  });
});
