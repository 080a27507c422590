import type { NewObject } from '../../sandbox/cluster/api.ts';
import { rngDeployment, serviceOf } from '../rng-objects.ts';
import { until } from '../virtual-time.ts';
import type { Stage } from './stage.ts';
import { isSelected } from './witness.ts';

type Api = Stage['cluster']['api'];

/** What is deployed. */
export interface Deployed {
  /** Of the Deployment; default: 4. */
  readonly pods?: number;
  /** With a pod that nothing owns, and nothing replaces. */
  readonly isBare?: true;
}

const PODS = 4;

/** A namespace of its own with rng, whose pods all take traffic. */
export async function deploy(api: Api, namespace: string, deployed: Deployed): Promise<void> {
  const create = (resource: string, object: object) => api.create(resource, object as NewObject);
  create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  create('deployments', rngDeployment(namespace, deployed.pods ?? PODS));
  create('services', serviceOf('rng', namespace));
  await settled(api, namespace, deployed);
  if (!deployed.isBare) return;
  create('pods', barePod(namespace));
  await settled(api, namespace, deployed);
}

/** The controllers and the kubelet have done what there is to do. */
export function settled(api: Api, namespace: string, { pods = PODS }: Deployed): Promise<void> {
  return until('the pods are at rest', () => isSettled(api, namespace, pods));
}

function isSettled(api: Api, namespace: string, count: number): boolean {
  const pods = api.list('pods', namespace);
  if (pods.some(({ metadata }) => metadata.deletionTimestamp !== undefined)) return false;
  const owned = pods.filter(({ metadata }) => metadata.ownerReferences?.length);
  const selected = pods.filter(isSelected).map(({ metadata }) => metadata.name);
  const listed = api
    .list('endpointslices', namespace)
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }: { conditions?: { ready?: boolean } }) => conditions?.ready)
    .map(({ targetRef }: { targetRef?: { name: string } }) => targetRef?.name ?? '');
  return owned.length === count && String(selected.sort()) === String(listed.sort());
}

function barePod(namespace: string): object {
  const metadata = { name: 'rng-bare', namespace, labels: { app: 'rng' } };
  const spec = { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}
