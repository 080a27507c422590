import type { Json } from '../../api/json.ts';

/** Defaults of all kinds but pods and workloads. */

export function defaultService({ spec }: Json): void {
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    port.targetPort ||= port.port;
  }
  const isOpenToOutside = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || spec.externalIPs !== undefined;
  if (isOpenToOutside) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

export function defaultNamespace(namespace: Json): void {
  const { metadata } = namespace;
  if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  namespace.spec ??= {};
  namespace.status ??= {};
  namespace.status.phase ??= 'Active';
}

export function defaultNode(node: Json): void {
  node.spec ??= {};
  node.status ??= {};
  if (node.status.capacity) node.status.allocatable ??= { ...node.status.capacity };
}

export function defaultSecret(secret: Json): void {
  secret.type ??= 'Opaque';
  if (secret.stringData) {
    // stringData is write-only: the server stores it as base64 in data.
    const encoded = Object.entries(secret.stringData).map(([key, text]) => [
      key,
      Buffer.from(String(text)).toString('base64'),
    ]);
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
    delete secret.stringData;
  }
}

export function defaultClaim(claim: Json): void {
  claim.spec ??= {};
  claim.spec.volumeMode ??= 'Filesystem';
  claim.status ??= {};
  claim.status.phase ??= 'Pending';
}

/** SetDefaults_LimitRangeItem: the maximum is the default limit, which is the default request, for which else the minimum stands. */
export function defaultLimitRange({ spec }: Json): void {
  for (const limit of spec?.limits ?? []) {
    if (limit.type !== 'Container') continue;
    limit.default = { ...limit.max, ...limit.default };
    limit.defaultRequest = { ...limit.min, ...limit.default, ...limit.defaultRequest };
  }
}

export function defaultVolume(volume: Json): void {
  volume.spec ??= {};
  volume.spec.volumeMode ??= 'Filesystem';
  volume.spec.persistentVolumeReclaimPolicy ??= 'Retain';
  volume.status ??= {};
  volume.status.phase ??= 'Pending';
}

export function defaultPriorityClass(priorityClass: Json): void {
  priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
}

export function defaultEndpoints(endpoints: Json): void {
  for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= 'TCP';
}

export function defaultEndpointSlice(slice: Json): void {
  for (const port of slice.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
  for (const endpoint of slice.endpoints ?? []) endpoint.conditions ??= {};
}

export function defaultAutoscaler({ spec }: Json): void {
  spec.minReplicas ??= 1;
  spec.metrics ??= [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ];
}

export function defaultNetworkPolicy({ spec }: Json): void {
  spec.podSelector ??= {};
  spec.policyTypes ??= spec.egress ? ['Ingress', 'Egress'] : ['Ingress'];
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
}

export function defaultRoleBinding(binding: Json): void {
  binding.roleRef ??= {};
  binding.roleRef.apiGroup ||= 'rbac.authorization.k8s.io';
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= 'rbac.authorization.k8s.io';
  }
}
