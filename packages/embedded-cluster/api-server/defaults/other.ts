import type { Json } from '../../api/json.ts';
import { fill } from './fill.ts';

/** Defaults of all kinds but pods and workloads. */

export function defaultService({ spec }: Json): void {
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP', ports: [{ protocol: 'TCP' }] });
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
  for (const port of spec.ports ?? []) port.targetPort ||= port.port;
  const isOpenToOutside = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || spec.externalIPs !== undefined;
  if (isOpenToOutside) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

export function defaultNamespace(namespace: Json): void {
  const { metadata } = namespace;
  if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  fill(namespace, { spec: {}, status: { phase: 'Active' } });
}

export function defaultNode(node: Json): void {
  fill(node, { spec: {}, status: {} });
  if (node.status.capacity) node.status.allocatable ??= { ...node.status.capacity };
}

export function defaultSecret(secret: Json): void {
  secret.type ??= 'Opaque';
  if (!secret.stringData) return;
  // stringData is write-only: the server stores it as base64 in data.
  secret.data = { ...secret.data };
  for (const [key, text] of Object.entries<string>(secret.stringData))
    secret.data[key] = Buffer.from(text).toString('base64');
  delete secret.stringData;
}

/** SetDefaults_LimitRangeItem: the maximum is the default limit, which is the default request, for which else the minimum stands. */
export function defaultLimitRange({ spec }: Json): void {
  for (const limit of spec?.limits ?? []) {
    if (limit.type !== 'Container') continue;
    limit.default = { ...limit.max, ...limit.default };
    limit.defaultRequest = { ...limit.min, ...limit.default, ...limit.defaultRequest };
  }
}

export function defaultAutoscaler({ spec }: Json): void {
  spec.minReplicas ??= 1;
  const target = { type: 'Utilization', averageUtilization: 80 };
  spec.metrics ??= [{ type: 'Resource', resource: { name: 'cpu', target } }];
}

export function defaultNetworkPolicy({ spec }: Json): void {
  const rules = [{ ports: [{ protocol: 'TCP' }] }];
  fill(spec, { podSelector: {}, ingress: rules, egress: rules });
  spec.policyTypes ??= spec.egress ? ['Ingress', 'Egress'] : ['Ingress'];
}

export function defaultRoleBinding(binding: Json): void {
  const group = 'rbac.authorization.k8s.io';
  binding.roleRef ??= {};
  binding.roleRef.apiGroup ||= group;
  for (const subject of binding.subjects ?? [])
    if (['User', 'Group'].includes(subject.kind)) subject.apiGroup ||= group;
}

/** Defaults of MutatingAdmissionPolicies and their bindings (admissionregistration/v1/defaults.go). */
const matching = {
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: [{ scope: '*' }],
  excludeResourceRules: [{ scope: '*' }],
};
export const mutatingPolicy = { spec: { failurePolicy: 'Fail', 'matchConstraints?': matching } };
export const mutatingBinding = { spec: { 'matchResources?': matching } };
