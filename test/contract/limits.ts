import { expect } from 'vitest';
import type { Refusal } from './http.ts';
import * as manifests from './manifests.ts';
import type { Pod } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

type Amounts = Readonly<Record<string, string | number>>;
type Resources = { readonly requests?: Amounts; readonly limits?: Amounts };

interface Made extends Pod {
  spec: Pod['spec'] & { containers: { resources: Resources }[] };
}

function limitRange(on: Space, ...limits: object[]): Promise<unknown> {
  return on.create('limitranges', {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'limits' },
    spec: { limits },
  });
}

async function tryPod(on: Space, resources: Resources): Promise<[number, string, Made]> {
  const { status, body } = await on.ask<Refusal & Made>('POST', 'pods', '', {
    query: { dryRun: 'All' },
    body: manifests.pod({ name: 'late', container: { resources } }, on.cluster.placement),
  });
  return [status, body.message, body];
}

/** How LimitRanges give pods their defaults and refuse others. */
export const limitRanges: Theme = (rule) => {
  rule('a LimitRange gives containers its defaults, and notes them', async (on) => {
    await limitRange(on, {
      type: 'Container',
      max: { cpu: '1' },
      default: { memory: '128Mi' },
      defaultRequest: { cpu: '100m' },
    });
    const defaulted = await until(
      'defaulted',
      async () => (await tryPod(on, {}))[2],
      ({ metadata }) => metadata.annotations !== undefined,
    );
    expect(defaulted.spec.containers[0]?.resources).toEqual({
      limits: { cpu: '1', memory: '128Mi' },
      requests: { cpu: '100m', memory: '128Mi' },
    });
    expect(defaulted.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu, memory request for container app; cpu, memory limit for container app',
    });
  });

  rule('a LimitRange refuses containers, pods and claims outside its limits', async (on) => {
    await limitRange(
      on,
      { type: 'Container', min: { cpu: '50m' }, max: { cpu: '1' }, maxLimitRequestRatio: { cpu: '10' } },
      { type: 'Pod', max: { memory: '256Mi' } },
      { type: 'PersistentVolumeClaim', max: { storage: '2Gi' } },
    );
    const memory = '100Mi';
    const refused = async (requests: Amounts, limits: Amounts) => (await tryPod(on, { requests, limits })).slice(0, 2);
    const small = () => refused({ cpu: '10m', memory }, { cpu: '50m', memory });
    await until('limited', small, ([status]) => status === 403);
    const start = 'pods "late" is forbidden: ';
    expect(await small()).toEqual([403, `${start}minimum cpu usage per Container is 50m, but request is 10m`]);
    expect(await refused({ cpu: '500m', memory }, { cpu: '2', memory })).toEqual([
      403,
      `${start}maximum cpu usage per Container is 1, but limit is 2`,
    ]);
    expect(await refused({ cpu: '60m', memory }, { cpu: '900m', memory })).toEqual([
      403,
      `${start}cpu max limit to request ratio per Container is 10, but provided ratio is 15.000000`,
    ]);
    expect(await refused({ cpu: '60m' }, { memory: '300Mi', cpu: '100m' })).toEqual([
      403,
      `${start}maximum memory usage per Pod is 256Mi, but limit is 300Mi`,
    ]);
    expect(await refused({ cpu: '60m' }, { cpu: '100m' })).toEqual([
      403,
      `${start}maximum memory usage per Pod is 256Mi.  No limit is specified`,
    ]);
    const claim = await on.ask('POST', 'persistentvolumeclaims', '', {
      body: {
        metadata: { name: 'big' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } },
      },
    });
    expect([claim.status, claim.body.message]).toEqual([
      403,
      'persistentvolumeclaims "big" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    ]);
  });

  rule('refuses amounts that are negative, unknown, or not to be shared', async (on) => {
    const path = 'spec.containers[0].resources';
    const refused = async (resources: Resources) => (await tryPod(on, resources))[1];
    expect(await refused({ requests: { cpu: -1 } })).toBe(
      `Pod "late" is invalid: ${path}.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
    );
    expect(await refused({ requests: { foo: 1 } })).toBe(
      `Pod "late" is invalid: [${path}.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified, ${path}.requests[foo]: Invalid value: "foo": must be a standard resource for containers]`,
    );
    expect(await refused({ requests: { 'example.com/gpu': 1 } })).toBe(
      `Pod "late" is invalid: ${path}.limits: Required value: Limit must be set for non overcommitable resources`,
    );
  });
};
