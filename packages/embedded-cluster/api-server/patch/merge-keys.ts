/** How a strategic merge patch merges one list or map. Other lists are replaced. */
export interface MergeRule {
  /** The field that identifies an item; absent for lists of plain values. */
  key?: string;
}

/** The fields with the patch strategy `merge`, and their keys (api/openapi-spec). */
export const mergeRules: Readonly<Record<string, MergeRule>> = {
  'V1ObjectMeta.finalizers': {},
  'V1ObjectMeta.ownerReferences': { key: 'uid' },
  'V1PodSpec.containers': { key: 'name' },
  'V1PodSpec.initContainers': { key: 'name' },
  'V1PodSpec.ephemeralContainers': { key: 'name' },
  'V1PodSpec.volumes': { key: 'name' },
  'V1PodSpec.hostAliases': { key: 'ip' },
  'V1PodSpec.imagePullSecrets': { key: 'name' },
  'V1PodSpec.resourceClaims': { key: 'name' },
  'V1PodSpec.schedulingGates': { key: 'name' },
  'V1PodSpec.topologySpreadConstraints': { key: 'topologyKey' },
  'V1Container.env': { key: 'name' },
  'V1Container.ports': { key: 'containerPort' },
  'V1Container.volumeDevices': { key: 'devicePath' },
  'V1Container.volumeMounts': { key: 'mountPath' },
  'V1EphemeralContainer.env': { key: 'name' },
  'V1EphemeralContainer.ports': { key: 'containerPort' },
  'V1EphemeralContainer.volumeDevices': { key: 'devicePath' },
  'V1EphemeralContainer.volumeMounts': { key: 'mountPath' },
  'V1PodStatus.conditions': { key: 'type' },
  'V1PodStatus.podIPs': { key: 'ip' },
  'V1PodStatus.hostIPs': { key: 'ip' },
  'V1PodStatus.resourceClaimStatuses': { key: 'name' },
  'V1ServiceSpec.ports': { key: 'port' },
  'V1ServiceStatus.conditions': { key: 'type' },
  'V1ServiceAccount.secrets': { key: 'name' },
  'V1NodeSpec.podCIDRs': {},
  'V1NodeStatus.addresses': { key: 'type' },
  'V1NodeStatus.conditions': { key: 'type' },
  'V1NamespaceStatus.conditions': { key: 'type' },
  'V1PersistentVolumeClaimStatus.conditions': { key: 'type' },
  'V1ReplicationControllerStatus.conditions': { key: 'type' },
  'V1MutatingAdmissionPolicySpec.matchConditions': { key: 'name' },
  'V1DeploymentStatus.conditions': { key: 'type' },
  'V1ReplicaSetStatus.conditions': { key: 'type' },
  'V1DaemonSetStatus.conditions': { key: 'type' },
  'V1StatefulSetStatus.conditions': { key: 'type' },
  'V1JobStatus.conditions': { key: 'type' },
  'V1PodDisruptionBudgetStatus.conditions': { key: 'type' },
  'V2HorizontalPodAutoscalerStatus.conditions': { key: 'type' },
};

/** Maps that a strategic merge patch replaces instead of merging. */
export const replacedMaps: ReadonlySet<string> = new Set(['V1PodDisruptionBudgetSpec.selector']);
