import { barePod, deployRng } from '../rng-objects.ts';
import { until } from '../virtual-time.ts';
import type { Stage } from './stage.ts';
import { GATED, isSelected } from './witness.ts';

type Api = Stage['cluster']['api'];

/** What to deploy. */
export interface Deployed {
  /** Replicas of the Deployment; default: 4. */
  readonly pods?: number;
  /** The Service has a gate, and the pods have its label and `GATED`. */
  readonly isGated?: true;
  /** Also a pod without a controller. */
  readonly isBare?: true;
}

const PODS = 4;

/** A namespace with rng, once all its pods are in rotation. */
export async function deploy(api: Api, namespace: string, deployed: Deployed): Promise<void> {
  deployRng(api, namespace, deployed.pods ?? PODS, deployed.isGated ? { enabled: 'yes', [GATED]: 'true' } : {});
  await settled(api, namespace, deployed);
  if (!deployed.isBare) return;
  api.create('pods', barePod('rng-bare', namespace, { app: 'rng' }));
  await settled(api, namespace, deployed);
}

/** Waits until controllers and kubelet have nothing to do. */
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
