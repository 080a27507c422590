import type { RbacObject } from '../../../infra/rbac-objects.ts';
import type { Sent } from './recorder.ts';

/** One verb on one resource for one group: what a rule comes to. */
export interface Right {
  readonly group: string;
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string;
  /** Absent: whatever it is called. */
  readonly name?: string;
}

/** Everything that the bindings grant to groups. */
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
 * As the RBAC authorizer decides (kubernetes, plugin/pkg/auth/authorizer/rbac), but for one thing: a right on the whole
 * cluster is good for no request in a namespace. It is optional, so there has to be one in the namespace too.
 */
export function allows(right: Right, sent: Sent): boolean {
  return (
    right.group === sent.group &&
    right.verb === sent.verb &&
    right.apiGroup === sent.apiGroup &&
    right.resource === sent.resource &&
    right.namespace === sent.namespace &&
    (right.name === undefined || right.name === sent.name)
  );
}

/** `pitlane:operator may patch pods`; a name only where there is no namespace, of which each has its own names. */
export function say({ group, verb, apiGroup, resource, namespace, name }: Right | Sent): string {
  const what = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  const where = namespace !== undefined ? '' : name === undefined ? ' in the whole cluster' : ` ${name}`;
  return `${group} may ${verb} ${what}${where}`;
}

/** In words, each once: rights that nothing that was sent takes in any namespace. */
export function unused(rights: readonly Right[], sent: readonly Sent[]): readonly string[] {
  const used = new Set(rights.filter((right) => sent.some((one) => allows(right, one))).map(say));
  return [...new Set(rights.map(say))].filter((said) => !used.has(said)).sort();
}

/** In words, each once: what was sent without a right to it. */
export function missing(rights: readonly Right[], sent: readonly Sent[]): readonly string[] {
  return [...new Set(sent.filter((one) => !rights.some((right) => allows(right, one))).map(say))].sort();
}
