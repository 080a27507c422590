import type { KubeObject } from '../../api/api.ts';
import { forbidden } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import type { Cluster } from '../cluster.ts';
import { randomName } from '../generated-names.ts';
import { applyDefaultLimits } from './limit-range.ts';

const gated = {
  type: 'PodScheduled',
  status: 'False',
  lastProbeTime: null,
  lastTransitionTime: null,
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
};

/** Adds to a new pod what admission plugins add. */
export function admitPod(pod: Json, cluster: Cluster): void {
  const { spec } = pod;
  applyDefaultLimits(pod, cluster);
  admitServiceAccount(pod, cluster);
  admitPriority(pod, cluster);
  tolerateBriefly(spec);
}

/** Resolves the PriorityClass, or the default one (plugin/pkg/admission/priority, admitPod). */
function admitPriority({ metadata, spec }: Json, cluster: Cluster): void {
  const refuse = (why: string) => forbidden(kindOf('pods'), metadata.name ?? metadata.generateName ?? '', why);
  const classes = cluster.store.list('priorityclasses');
  const named = classes.find((each) => each.metadata.name === spec.priorityClassName);
  if (spec.priorityClassName && named === undefined)
    throw refuse(`no PriorityClass with name ${spec.priorityClassName} was found`);
  const found = named ?? classes.filter((each) => each.globalDefault).sort((a, b) => a.value - b.value)[0];
  const wanted = { priority: found?.value ?? 0, preemptionPolicy: found?.preemptionPolicy ?? 'PreemptLowerPriority' };
  const computed = 'must not be provided in pod spec; priority admission controller computed';
  if ((spec.priority ?? wanted.priority) !== wanted.priority)
    throw refuse(
      `the integer value of priority (${spec.priority}) ${computed} ${wanted.priority} from the given PriorityClass name`,
    );
  if ((spec.preemptionPolicy ?? wanted.preemptionPolicy) !== wanted.preemptionPolicy)
    throw refuse(
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) ${computed} ${wanted.preemptionPolicy} from the given PriorityClass name`,
    );
  if (found !== undefined) spec.priorityClassName = found.metadata.name;
  Object.assign(spec, wanted);
}

/** At most one class is the default one (plugin/pkg/admission/priority, validatePriorityClass). */
export function admitPriorityClass({ metadata, globalDefault }: Json, { store }: Cluster): void {
  const other = store.list('priorityclasses').find((each) => each.globalDefault);
  if (!globalDefault || other === undefined || other.metadata.name === metadata.name) return;
  const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
  throw forbidden(kindOf('priorityclasses'), metadata.name ?? '', why);
}

/** Adds what the pod strategy adds. */
export function preparePod(pod: Json): void {
  const { spec } = pod;
  pod.status = { phase: 'Pending', qosClass: qosOf(spec), ...(spec.schedulingGates && { conditions: [gated] }) };
}

/** Restores what admission has added: a PUT may omit it. */
export function readmitPod({ spec }: Json, old: KubeObject): void {
  spec.priority ??= old.spec.priority;
  spec.preemptionPolicy ??= old.spec.preemptionPolicy;
  tolerateBriefly(spec);
}

/** DefaultTolerationSeconds: by default a pod stays 5 minutes on an unreachable node. */
function tolerateBriefly(spec: Json): void {
  const tolerations: Json[] = spec.tolerations ?? [];
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (key) =>
      !tolerations.some((each) => (each.key === key || !each.key) && (each.effect === 'NoExecute' || !each.effect)),
  );
  if (added.length === 0) return;
  const seconds = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
  spec.tolerations = [...tolerations, ...added.map((key) => ({ key, ...seconds }))];
}

const tokenPrefix = 'kube-api-access-';
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

function admitServiceAccount({ metadata, spec }: Json, cluster: Cluster): void {
  spec.serviceAccountName ??= 'default';
  spec.serviceAccount = spec.serviceAccountName;
  const account = cluster.store.get('serviceaccounts', metadata.namespace, spec.serviceAccountName);
  if (account === undefined) {
    const named = `${metadata.namespace}/${spec.serviceAccountName}`;
    const why = `error looking up service account ${named}: serviceaccount "${spec.serviceAccountName}" not found`;
    throw forbidden(kindOf('pods'), metadata.name ?? metadata.generateName ?? '', why);
  }
  if (account.imagePullSecrets && !spec.imagePullSecrets?.length) spec.imagePullSecrets = [...account.imagePullSecrets];
  if (!(spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)) return;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const without = containers.filter((each) => !each.volumeMounts?.some((mount: Json) => mount.mountPath === tokenPath));
  if (without.length === 0) return;
  const present = spec.volumes?.find((volume: Json) => volume.name.startsWith(tokenPrefix));
  const chance = cluster.stream(`volume of ${metadata.namespace}/${metadata.generateName ?? metadata.name}`);
  const name = present?.name ?? randomName(tokenPrefix, chance);
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenPath }];
  }
  if (present === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Json {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}

/** Guaranteed: every container's cpu and memory limits equal its requests. BestEffort: no container sets any. */
function qosOf(spec: Json): string {
  const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const asks = (container: Json) =>
    [container.resources?.requests, container.resources?.limits].some((list) => list?.cpu || list?.memory);
  if (!containers.some(asks)) return 'BestEffort';
  const isGuaranteed = containers.every(({ resources }) =>
    ['cpu', 'memory'].every(
      (name) => resources?.limits?.[name] && resources.limits[name] === resources.requests?.[name],
    ),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}
