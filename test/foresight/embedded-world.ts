import { setTimeout as wait } from 'node:timers/promises';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { ApiError } from '@pitlane/embedded-cluster/api-error';
import { installGatePolicy } from '../gate-policy.ts';
import { puttingBack, resourceOf } from '../put-back-policy.ts';
import { type Case, SERVICE } from './case.ts';
import { isMoving } from './moving.ts';
import { labelsOf, readyUids } from './scene.ts';
import { CLUSTER_WIDE, type World } from './world.ts';

const namespace = 'default';

/** Every case begins at this time, so that names and ages are the same in each run. */
const START = Date.UTC(2026, 10, 24, 3, 12, 7);

/** The cluster is at rest once nothing has changed for so long. */
const REST_MS = 8;
const LONGEST_MS = 10_000;

/** An embedded cluster whose clock can be put forward. */
export async function embeddedWorld({
  nodes,
  seed,
  index,
  hasGatePolicy,
  putsBack,
}: Case): Promise<World & { stop(): Promise<void> }> {
  const begun = performance.now();
  let passedMs = 0;
  const now = (): number => Math.floor(START + passedMs + performance.now() - begun);
  const cluster = await startEmbeddedCluster({
    nodes,
    now,
    seed: seed + index,
    kubelet: { startMs: 0, lingerMs: 0 },
  });
  const { api } = cluster;
  if (hasGatePolicy) await installGatePolicy({ cluster });
  if (putsBack !== undefined) {
    const { key, value } = putsBack;
    const hadIt = `has(oldObject.metadata.labels) && '${key}' in oldObject.metadata.labels && oldObject.metadata.labels['${key}'] == '${value}'`;
    for (const object of puttingBack(namespace, key, value, hadIt)) api.create(resourceOf(object), object as never);
  }
  let changes = 0;
  const unsubscribe = api.subscribe(({ resource }) => {
    if (resource !== 'leases' && resource !== 'events') changes += 1;
  });
  const granted = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  };
  const scope = (resource: string): string | undefined => (CLUSTER_WIDE.includes(resource) ? undefined : namespace);
  return {
    namespace,
    ...(putsBack && { putsBack }),
    kubeConfig: cluster.kubeConfig,
    now,
    async pass(seconds) {
      passedMs += seconds * 1000;
      cluster.controllers?.wake();
    },
    async create(resource, object) {
      const place = scope(resource);
      if (api.get(resource, place, object.metadata.name) !== undefined) return;
      api.create(resource, {
        ...object,
        metadata: { ...object.metadata, ...(place && { namespace: place }) },
      } as never);
    },
    async patch(resource, name, patch) {
      granted(() => api.mergePatch(resource, scope(resource), name, patch));
    },
    async delete(resource, name, orphans) {
      granted(() => api.delete(resource, namespace, name, { propagationPolicy: orphans ? 'Orphan' : 'Background' }));
    },
    list: async (resource) => api.list(resource, scope(resource)),
    everyPod: async () => api.list('pods'),
    async followReady(service, onChange) {
      const tell = (): void =>
        onChange(
          readyUids(
            api
              .list('endpointslices', namespace)
              .filter((slice) => labelsOf(slice)['kubernetes.io/service-name'] === service)
              .flatMap(({ endpoints }) => endpoints ?? []),
          ),
        );
      tell();
      return api.subscribe(({ resource }) => {
        if (resource === 'endpointslices') tell();
      });
    },
    settled: () => settled(cluster, () => changes),
    async stop() {
      unsubscribe();
      await cluster.stop();
    },
  };
}

async function settled({ api, controllers }: EmbeddedCluster, changes: () => number): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    await controllers?.settled();
    const before = changes();
    await wait(REST_MS);
    await controllers?.settled();
    const moving = api.list('pods', namespace).filter(isMoving);
    if (changes() === before && moving.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(
        `${SERVICE} does not come to rest: ${JSON.stringify(moving.map(({ metadata }) => metadata.name))}`,
      );
  }
}
