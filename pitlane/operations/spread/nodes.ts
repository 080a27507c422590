import { daemonNeeds, unwantedBecause } from '../../rotation/daemon-nodes.ts';
import { obstacleOn } from '../../rotation/node-fit.ts';
import type { Labels, Snapshot, WholeWorkload } from '../../rotation/snapshot.ts';

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
  const template = { needs, ...podSpecOf(spec) };
  return headroom.value.nodes
    .map((node): SpreadNode => {
      const skipped = unwantedBecause(node, template);
      if (skipped !== undefined) return { name: node.name, skipped };
      const wanted = { labels, needs: daemonNeeds(template), claims: [], onNode: node.name };
      const obstacle = obstacleOn(node, wanted);
      return { name: node.name, ...(obstacle !== undefined && { obstacle }) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function podSpecOf(spec: WholeWorkload['spec']) {
  const { template } = spec as {
    readonly template?: { readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean } };
  };
  const { nodeName, hostNetwork } = template?.spec ?? {};
  return { nodeName, hostNetwork };
}
