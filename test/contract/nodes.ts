import type { PodPart } from './manifests.ts';
import type { Space } from './space.ts';

const CASE = 'pitlane.dev/case';

/** A node for the pods of this case alone. Returns its name and what the pods' spec needs to come to it. */
export async function ownNode(
  on: Space,
  capacity: Readonly<Record<string, string>> = {},
  suffix = 'a',
): Promise<{ name: string; spec: NonNullable<PodPart['spec']> }> {
  const name = `${on.name}-${suffix}`;
  await on.cluster.kubelet.addNode({
    name,
    labels: { [CASE]: on.name, 'example.com/half': suffix },
    taints: [{ key: CASE, value: on.name, effect: 'NoSchedule' }],
    capacity: { cpu: '1', memory: '1Gi', pods: '20', ...capacity },
  });
  on.cluster.deleteAtEnd(`/api/v1/nodes/${name}`);
  return {
    name,
    spec: { nodeSelector: { [CASE]: on.name }, tolerations: [{ key: CASE, operator: 'Exists' }] },
  };
}

const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses';

/** A PriorityClass, the same for all cases. */
export async function priorityClass(on: Space, name: string, value: number, policy?: 'Never'): Promise<string> {
  const full = `pitlane-contract-${name}`;
  await on.cluster.once(full, async () => {
    const body = {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: full },
      value,
      ...(policy && { preemptionPolicy: policy }),
    };
    await on.cluster.http.exchange('POST', CLASSES, { body });
    on.cluster.deleteAtEnd(`${CLASSES}/${full}`);
  });
  return full;
}

/** A volume for the claim `data` of the case, and the claim, bound to each other. `half`: only nodes with it reach the volume. */
export async function boundClaim(on: Space, accessMode = 'ReadWriteOnce', half?: string): Promise<void> {
  const name = `${on.name}-data`;
  const capacity = { storage: '1Gi' };
  const term = { matchExpressions: [{ key: 'example.com/half', operator: 'In', values: [half] }] };
  const common = { accessModes: [accessMode], storageClassName: '' };
  await on.cluster.http.granted('POST', '/api/v1/persistentvolumes', {
    body: {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        ...common,
        capacity,
        csi: { driver: 'example.com', volumeHandle: name },
        claimRef: { namespace: on.name, name: 'data' },
        ...(half && { nodeAffinity: { required: { nodeSelectorTerms: [term] } } }),
      },
    },
  });
  on.cluster.deleteAtEnd(`/api/v1/persistentvolumes/${name}`);
  await on.create('persistentvolumeclaims', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { ...common, resources: { requests: capacity }, volumeName: name },
  });
  await on.untilObject<{ status?: { phase?: string } }>(
    'bound',
    'persistentvolumeclaims',
    ({ status }) => status?.phase === 'Bound',
    'data',
  );
}

/** For a pod that mounts the claim `data`. */
export const mountsData = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
