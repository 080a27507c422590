import type { NewObject } from '@pitlane/embedded-cluster/api';
import { barePod, greenDeployment, rngDeployment, serviceOf } from '../rng-objects.ts';
import { until } from '../virtual-time.ts';
import type { Stage } from './stage.ts';
import { isSelected } from './witness.ts';

type Api = Stage['cluster']['api'];

/** What to deploy. */
export interface Deployed {
  /** Replicas of the Deployment; default: 4. */
  readonly pods?: number;
  /** The Service has a gate, and the pods have its label. */
  readonly isGated?: true;
  /** A second Deployment: its pods are green, and the Service selects the others, which are blue. */
  readonly hasGreen?: true;
  /** Also a pod without a controller. */
  readonly isBare?: true;
}

const PODS = 4;

/** A namespace with rng, once all its pods are in rotation. */
export async function deploy(api: Api, namespace: string, deployed: Deployed): Promise<void> {
  const { pods = PODS, isGated, hasGreen, isBare } = deployed;
  const create = (resource: string, object: object) => api.create(resource, object as NewObject);
  const gate = isGated && { enabled: 'yes' };
  const version = hasGreen && { version: 'blue' };
  create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  create('deployments', rngDeployment(namespace, pods, { ...gate, ...version }));
  if (hasGreen) create('deployments', greenDeployment(namespace, pods));
  create('services', serviceOf('rng', namespace, gate ?? version));
  await settled(api, namespace);
  if (!isBare) return;
  create('pods', barePod('rng-bare', namespace, { app: 'rng' }));
  await settled(api, namespace);
}

/** Waits until controllers and kubelet have nothing to do. */
export function settled(api: Api, namespace: string): Promise<void> {
  return until('the pods are at rest', () => isSettled(api, namespace));
}

function isSettled(api: Api, namespace: string): boolean {
  const pods = api.list('pods', namespace);
  const deployments = api.list('deployments', namespace);
  const isRollingOut =
    deployments.some(
      ({ metadata, spec, status = {} }) =>
        status.observedGeneration !== metadata.generation ||
        (status.updatedReplicas ?? 0) !== spec.replicas ||
        (status.replicas ?? 0) !== spec.replicas,
    ) ||
    api
      .list('daemonsets', namespace)
      .some(
        ({ status = {} }) => !status.desiredNumberScheduled || status.numberReady !== status.desiredNumberScheduled,
      );
  if (isRollingOut || pods.some(({ metadata }) => metadata.deletionTimestamp !== undefined)) return false;
  const owned = pods.filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'ReplicaSet'));
  const selector = api.get('services', namespace, 'rng')?.spec.selector;
  const selected = pods.filter((pod) => isSelected(pod, selector)).map(({ metadata }) => metadata.name);
  const listed = api
    .list('endpointslices', namespace)
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }: { conditions?: { ready?: boolean } }) => conditions?.ready)
    .map(({ targetRef }: { targetRef?: { name: string } }) => targetRef?.name ?? '');
  const count = deployments.reduce((sum, { spec }) => sum + spec.replicas, 0);
  return owned.length === count && String(selected.sort()) === String(listed.sort());
}
