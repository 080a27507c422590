import type { RbacObject } from '../../../infra/rbac-objects.ts';
import type { Sent } from './recorder.ts';

/** One verb on one resource for one group. */
export interface Right {
  readonly group: string;
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string;
  /** Absent: every name. */
  readonly name?: string;
}

/** All rights that the bindings grant to groups. */
export function rightsOf(objects: readonly RbacObject[]): readonly Right[] {
  return objects.flatMap(({ metadata: { namespace }, roleRef, subjects = [] }) => {
    if (roleRef === undefined) return [];
    const isMeant = ({ kind, metadata }: RbacObject) =>
      kind === roleRef.kind && metadata.name === roleRef.name && metadata.namespace === namespace;
    const rules = objects.filter(isMeant).flatMap(({ rules }) => rules ?? []);
    return subjects.flatMap(({ name: group }) =>
      rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
        apiGroups.flatMap((apiGroup) =>
          resources.flatMap((resource) =>
            verbs.flatMap((verb) =>
              (resourceNames ?? [undefined]).map((name) => ({
                group,
                verb,
                apiGroup,
                resource,
                ...(namespace !== undefined && { namespace }),
                ...(name !== undefined && { name }),
              })),
            ),
          ),
        ),
      ),
    );
  });
}

/**
 * Decides like the RBAC authorizer (kubernetes, plugin/pkg/auth/authorizer/rbac), except that a right on the whole cluster
 * does not allow a request in a namespace: such rights are optional, so the namespace needs its own.
 */
function allows(right: Right, sent: Sent): boolean {
  return (
    right.group === sent.group &&
    right.verb === sent.verb &&
    right.apiGroup === sent.apiGroup &&
    right.resource === sent.resource &&
    right.namespace === sent.namespace &&
    (right.name === undefined || right.name === sent.name)
  );
}

/** `pitlane:operator may patch pods`; without the namespace, because each scene has its own. */
export function say({ group, verb, apiGroup, resource, namespace, name }: Right | Sent): string {
  const what = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  // Only impersonation is restricted to names.
  const where = namespace !== undefined ? '' : verb === 'impersonate' ? ` ${name}` : ' in the whole cluster';
  return `${group} may ${verb} ${what}${where}`;
}

/** The rights that no request uses in any namespace, as text, each once. */
export function unused(rights: readonly Right[], sent: readonly Sent[]): readonly string[] {
  const used = new Set(rights.filter((right) => sent.some((one) => allows(right, one))).map(say));
  return [...new Set(rights.map(say))].filter((right) => !used.has(right)).sort();
}

/** The requests that no right allows, as text, each once. */
export function missing(rights: readonly Right[], sent: readonly Sent[]): readonly string[] {
  return [...new Set(sent.filter((one) => !rights.some((right) => allows(right, one))).map(say))].sort();
}
