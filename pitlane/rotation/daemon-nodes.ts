import { valueIn } from './labels.ts';
import { tolerates } from './node-fit.ts';
import { matchesNode } from './node-selector.ts';
import type { PodNeeds, Toleration } from './pod-needs.ts';
import type { NodeRoom } from './snapshot.ts';

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

/** What decides about the nodes of a DaemonSet with that pod template. */
export interface DaemonTemplate {
  readonly needs: PodNeeds;
  readonly hostNetwork?: boolean | undefined;
  /** The only node that the template allows. */
  readonly nodeName?: string | undefined;
}

/** The needs of a pod that a DaemonSet creates. */
export function daemonNeeds({ needs, hostNetwork }: DaemonTemplate): PodNeeds {
  return { ...needs, tolerations: [...needs.tolerations, ...DAEMON, ...(hostNetwork === true ? HOST_NETWORK : [])] };
}

/** Why a DaemonSet creates no pod on the node; undefined: it does (daemon_controller.go, NodeShouldRunDaemonPod). */
export function unwantedBecause(node: NodeRoom, template: DaemonTemplate): string | undefined {
  const { nodeName } = template;
  const { nodeSelector, nodeAffinity, tolerations } = daemonNeeds(template);
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
