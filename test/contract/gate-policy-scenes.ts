import { ADMISSION_RESOURCES, type AdmissionObject, gatePolicy } from '../../infra/gate-policy.ts';
import { GATE_RULE, type GateRule, gateRule } from '../../pitlane/rotation/gate-rule.ts';
import type { TestCluster } from './cluster.ts';
import type { Refusal } from './http.ts';
import type { Labels } from './manifests.ts';
import * as manifests from './manifests.ts';
import type { Pod } from './objects.ts';
import type { Space } from './space.ts';
import { until } from './until.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';

export function admissionPath({ kind, metadata }: AdmissionObject, isNamed = true): string {
  const path = `${GROUP}/${ADMISSION_RESOURCES[kind]}`;
  return isNamed ? `${path}/${metadata.name}` : path;
}

/** Installs infra/gate-policy.yaml, once for all cases. The cluster removes it at the end unless it had it before. */
export async function installGatePolicy({ cluster }: Space): Promise<void> {
  await cluster.once('gate policy', async () => {
    for (const object of await gatePolicy()) await create(cluster, object);
  });
}

async function create(cluster: TestCluster, object: AdmissionObject): Promise<void> {
  const { status, body } = await cluster.http.exchange<Refusal>('POST', admissionPath(object, false), { body: object });
  if (status === 201) cluster.deleteAtEnd(admissionPath(object));
  else if (status !== 409) throw new Error(`${object.kind} ${object.metadata.name}: ${status} ${body.message}`);
}

/** Runs with the objects on the cluster. */
export async function withObjects(
  on: Space,
  objects: readonly AdmissionObject[],
  run: () => Promise<void>,
): Promise<void> {
  const { http } = on.cluster;
  try {
    for (const object of objects) await http.granted('POST', admissionPath(object, false), { body: object });
    await run();
  } finally {
    for (const object of objects) await http.exchange('DELETE', admissionPath(object));
  }
}

export const app: Labels = { app: 'web' };

/** The rule of the Service `service`, as the operation writes it. */
export function ruleOf(on: Space, { service = 'web', labels = app, gate = 'enabled=yes' } = {}): GateRule {
  const [key = '', value = ''] = gate.split('=');
  return gateRule({ name: service, namespace: on.name, labels }, { key, value });
}

/** Writes the rule and waits until new pods of its labels come with the gate. */
export async function setRule(on: Space, rule: GateRule, labels: Labels = app): Promise<void> {
  await installGatePolicy(on);
  await on.create('configmaps', rule);
  await untilNewPods(on, labels, (seen) => (rule.data.gate.split('=')[0] as string) in seen);
}

/**
 * A ConfigMap that is labelled as a rule. A sound rule that is written later and is active proves that the server has seen
 * it: both come by the same watch.
 */
export function brokenRule(name: string, data: Record<string, string> | undefined): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { [GATE_RULE]: 'true' } },
    ...(data && { data }),
  };
}

export async function untilNewPods(on: Space, labels: Labels, isRight: (labels: Labels) => boolean): Promise<void> {
  const look = async () => (await dryRun(on, { labels })).metadata.labels ?? {};
  await until(`new pods with ${JSON.stringify(labels)} as expected`, look, isRight);
}

export interface Owner {
  apiVersion?: string;
  kind?: string;
  controller?: boolean;
}

/** What becomes of a new pod, which a ReplicaSet owns unless `owner` says otherwise. Nothing is stored. */
export async function dryRun(
  on: Space,
  { labels, owner = {}, spec }: { labels?: Labels | undefined; owner?: Owner | 'none'; spec?: object },
): Promise<Pod> {
  const body = manifests.pod({ ...(spec && { spec }), metadata: podMetadata(labels, owner) }, on.cluster.placement);
  return on.cluster.http.granted<Pod>('POST', on.path('pods'), { query: { dryRun: 'All' }, body });
}

function podMetadata(labels: Labels | undefined, owner: Owner | 'none'): object {
  const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'no-such-uid', controller: true };
  return {
    name: undefined,
    generateName: 'web-',
    labels,
    ownerReferences: owner === 'none' ? undefined : [{ ...reference, ...owner }],
  };
}
