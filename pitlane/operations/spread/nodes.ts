import { valueIn } from '../../rotation/labels.ts';
import { obstacleOn, tolerates } from '../../rotation/node-fit.ts';
import { matchesNode } from '../../rotation/node-selector.ts';
import type { Labels, NodeRoom, Snapshot, Toleration, WholeWorkload } from '../../rotation/snapshot.ts';

/** A node, and what keeps the DaemonSet's pod away from it. */
export interface SpreadNode {
  readonly name: string;
  /** The DaemonSet wants no pod there. */
  readonly skipped?: string;
  /** It wants one, which does not start now. */
  readonly obstacle?: string;
}

/** Each node that Pitlane may read, by name. Undefined: none could be read. */
export function spreadNodes(
  { headroom }: Snapshot,
  { needs, spec }: WholeWorkload,
  labels: Labels,
): readonly SpreadNode[] | undefined {
  if (headroom.kind === 'notSeen') return undefined;
  const { nodeName, hostNetwork } = podSpecOf(spec);
  const tolerations = [...needs.tolerations, ...DAEMON, ...(hostNetwork === true ? HOST_NETWORK : [])];
  return headroom.value.nodes
    .map((node): SpreadNode => {
      const skipped = skippedBecause(node, { ...needs, tolerations }, nodeName);
      if (skipped !== undefined) return { name: node.name, skipped };
      const wanted = { labels, needs: { ...needs, tolerations }, claims: [], onNode: node.name };
      const obstacle = obstacleOn(node, wanted);
      return { name: node.name, ...(obstacle !== undefined && { obstacle }) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function podSpecOf(spec: WholeWorkload['spec']) {
  const { template } = spec as {
    readonly template?: { readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean } };
  };
  return template?.spec ?? {};
}

const condition = (name: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect,
});

/** Every DaemonSet's pods get these (daemon/util, AddOrUpdateDaemonPodTolerations). */
const DAEMON: readonly Toleration[] = [
  condition('not-ready', 'NoExecute'),
  condition('unreachable', 'NoExecute'),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) => condition(name, 'NoSchedule')),
];
const HOST_NETWORK = [condition('network-unavailable', 'NoSchedule')];

/** daemon_controller.go, NodeShouldRunDaemonPod. */
function skippedBecause(
  node: NodeRoom,
  { nodeSelector, nodeAffinity, tolerations }: WholeWorkload['needs'],
  nodeName: string | undefined,
): string | undefined {
  if (nodeName !== undefined && nodeName !== node.name) return `its template names node ${nodeName}`;
  if (!Object.entries(nodeSelector).every(([key, value]) => valueIn(node.labels, key) === value))
    return 'not matched by its nodeSelector';
  if (nodeAffinity !== undefined && !matchesNode(nodeAffinity, node)) return 'not matched by its node affinity';
  const taint = node.taints.find(
    ({ key, value, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !tolerations.some((toleration) => tolerates(toleration, key, value ?? '', effect)),
  );
  return taint && `tainted ${taint.key}`;
}
