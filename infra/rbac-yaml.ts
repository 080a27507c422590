import { Document, visit } from 'yaml';
import type { RbacObject } from './rbac-objects.ts';

const HEAD = `# The rights that pitlane needs in a cluster, written by \`npm run rbac\`: docs/access.md.
# Its own credentials are in the group pitlane-lambda and may only act as the user pitlane in one of the groups
# pitlane:viewer, pitlane:operator, pitlane:admin (as the request takes) and pitlane:tick (its own looks).
# To remove it:
#   kubectl delete clusterrolebindings,clusterroles -l app.kubernetes.io/part-of=pitlane
#   kubectl delete rolebindings,roles -A -l app.kubernetes.io/part-of=pitlane
`;

/** What stands above an object, for who reads it before applying it. */
const COMMENTS: Readonly<Record<string, string>> = {
  'ClusterRole pitlane-headroom':
    'Optional: without it a drain does not know whether its replacement finds room, and says so.',
};

/** For kubectl and for people: a rule, a subject and a reference on one line each. */
export function rbacYaml(objects: readonly RbacObject[]): string {
  return HEAD + objects.map((object) => `---\n${commentOn(object)}${textOf(object)}`).join('');
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
