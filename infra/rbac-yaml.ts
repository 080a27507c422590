import { Document, visit } from 'yaml';
import type { RbacObject } from './rbac-objects.ts';

const HEADER = `# The permissions that Pitlane needs in a cluster, from \`npm run rbac\`. See docs/access.md.
# Its own credentials are in the group pitlane-lambda and may only impersonate the user pitlane in one of the groups
# pitlane:viewer, pitlane:operator and pitlane:admin (by request), or pitlane:tick (for its own reads).
# To remove everything:
#   kubectl delete clusterrolebindings,clusterroles -l app.kubernetes.io/part-of=pitlane
#   kubectl delete rolebindings,roles -A -l app.kubernetes.io/part-of=pitlane
`;

/** Comments above objects. */
const COMMENTS: Readonly<Record<string, string>> = {
  'ClusterRole pitlane-headroom':
    'Optional: without it, a drain reports as unknown whether its replacement has room, and evidence the state of the node.',
};

/** YAML with one line for each rule, subject and reference. */
export function rbacYaml(objects: readonly RbacObject[]): string {
  return HEADER + objects.map((object) => `---\n${commentOn(object)}${textOf(object)}`).join('');
}

function commentOn({ kind, metadata }: RbacObject): string {
  const comment = COMMENTS[`${kind} ${metadata.name}`];
  return comment === undefined ? '' : `# ${comment}\n`;
}

function textOf(object: RbacObject): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Map(_key, node, path) {
      const isTop = path.length === 1;
      if (!isTop && !node.has('labels')) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
