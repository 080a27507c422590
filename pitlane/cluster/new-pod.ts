import type { Controller, Labels, Replacement } from '../rotation/snapshot.ts';
import { refusalOfAdmission } from './admission.ts';
import type { Connection } from './connection.ts';
import { ClusterError, describePermission, Forbidden } from './errors.ts';
import type { KubeObject } from './json.ts';
import { apiVersionOf, PODS } from './resource.ts';

/** The metadata and spec of the template that a new pod is made from. */
export interface NewPod {
  readonly namespace: string;
  /** Absent: no controller makes it. */
  readonly owner: Controller | undefined;
  /** For the generated name, without an owner. */
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: object | undefined;
}

/**
 * Asks the API server, with a dry run, for a new pod as its owner's controller makes it (controller_utils.go,
 * GetPodFromTemplate). Returns the pod after admission.
 */
export async function tryNewPod(connection: Connection, pod: NewPod): Promise<KubeObject> {
  const { namespace, owner, name, labels, annotations, spec } = pod;
  const body = {
    apiVersion: apiVersionOf(PODS),
    kind: PODS.kind,
    metadata: {
      generateName: `${(owner?.name ?? name).slice(0, 200)}-`,
      namespace,
      labels,
      annotations,
      // With `blockOwnerDeletion`, admission may ask for a right on the owner's finalizers, which its controller has.
      ownerReferences: owner && [
        { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid, controller: true },
      ],
    },
    spec,
  };
  const place = { resource: PODS, namespace };
  return (await connection.send<KubeObject>({ verb: 'create', place, body, dryRun: true })).body;
}

/** What the API server says to the next pod of the owner. `nodeName`: the node that a DaemonSet's pod is for. */
export async function readReplacement(
  connection: Connection,
  namespace: string,
  owner: Controller,
  nodeName: string | undefined,
): Promise<Replacement> {
  const { name, templateLabels = {}, kind, currentHash, templateGeneration } = owner;
  const template = owner.template ?? owner.job?.template;
  if (template === undefined) return { kind: 'notAsked', why: `The pod template of ${kind} ${name} was not read.` };
  const revision = kind === 'DaemonSet' && {
    ...(currentHash !== undefined && { 'controller-revision-hash': currentHash }),
    ...(templateGeneration !== undefined && { 'pod-template-generation': templateGeneration }),
  };
  const labels = { ...templateLabels, ...revision };
  const spec = kind === 'DaemonSet' && nodeName !== undefined ? daemonSpec(template.spec, nodeName) : template.spec;
  try {
    const pod = { namespace, owner, name, labels, annotations: template.annotations, spec };
    const { metadata } = await tryNewPod(connection, pod);
    return { kind: 'accepted', labels: metadata.labels ?? {} };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const refused = refusalOfAdmission(error);
    if (refused !== undefined) return { kind: 'refused', why: refused };
    const why =
      error instanceof Forbidden ? `Pitlane is not allowed to ${describePermission(error.missing)}.` : error.message;
    return { kind: 'notAsked', why };
  }
}

/** Taints that the pods of every DaemonSet tolerate (daemon/util, AddOrUpdateDaemonPodTolerations). */
const TOLERATED: readonly (readonly [key: string, effect: string])[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
];

type DaemonSpec = Readonly<Record<string, unknown>> & {
  readonly tolerations?: readonly unknown[];
  readonly hostNetwork?: boolean;
  readonly affinity?: { readonly nodeAffinity?: object };
};

/** Bound to its node by affinity (daemon/util, ReplaceDaemonSetPodNodeNameNodeAffinity). */
function daemonSpec(spec: DaemonSpec, nodeName: string): object {
  const taints = spec.hostNetwork ? [...TOLERATED, ['network-unavailable', 'NoSchedule'] as const] : TOLERATED;
  const tolerations = taints.map(([key, effect]) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect }));
  const here = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] };
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [here] } };
  return {
    ...spec,
    tolerations: [...(spec.tolerations ?? []), ...tolerations],
    affinity: { ...spec.affinity, nodeAffinity: { ...spec.affinity?.nodeAffinity, ...required } },
  };
}
