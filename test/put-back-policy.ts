import { ADMISSION_RESOURCES, type AdmissionObject } from '../infra/gate-policy.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';

/**
 * A policy, as people write it for defaults, that gives the pods of a namespace a label in the request that removes it.
 * `condition`: only these pods.
 */
export function puttingBack(
  namespace: string,
  key: string,
  value: string,
  condition = 'true',
): readonly AdmissionObject[] {
  const metadata = { name: `${namespace}-${key.replaceAll(/[^a-z0-9]/g, '-')}` };
  const lacks = `!has(object.metadata.labels) || !('${key}' in object.metadata.labels)`;
  return [
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods'] }],
        },
        matchConditions: [
          { name: 'lacks', expression: lacks },
          { name: 'concerned', expression: condition },
        ],
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: {
              expression: `[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("${key}"), value: "${value}"}]`,
            },
          },
        ],
      },
    },
    { apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata, spec: { policyName: metadata.name } },
  ];
}

export function resourceOf({ kind }: AdmissionObject): string {
  return ADMISSION_RESOURCES[kind];
}
