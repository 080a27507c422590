import { expect } from 'vitest';
import { isTerminating, type KubeEvent, type KubeObject, type Pod } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

type Taint = { key: string; effect: string };
type Node = KubeObject & { spec?: { taints?: Taint[] } };

const nodes = '/api/v1/nodes';
const away: Taint = { key: 'pitlane.dev/away', effect: 'NoSchedule' };
const outOfService: Taint = { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' };

/** A node without a kubelet, on which nothing is scheduled. */
async function silentNode(on: Space): Promise<string> {
  const name = `${on.name}-silent`;
  const body = { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { taints: [away] } };
  await on.cluster.http.granted('POST', nodes, { body });
  on.cluster.deleteAtEnd(`${nodes}/${name}`);
  await setReady(on, name, 'True');
  return name;
}

async function setReady(on: Space, name: string, status: 'True' | 'False' | 'Unknown'): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  const conditions = [{ type: 'Ready', status, reason: 'Test', message: 'set by a test', ...times }];
  await on.cluster.http.granted('PATCH', `${nodes}/${name}/status`, { body: { status: { conditions } } });
}

function untilTaints(on: Space, name: string, expected: readonly string[]): Promise<Node> {
  return until(
    `taints ${expected}`,
    () => on.cluster.http.granted<Node>('GET', `${nodes}/${name}`),
    ({ spec }) => {
      const seen = (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
      return [...seen].sort().join() === [...expected, `${away.key}:${away.effect}`].sort().join();
    },
  );
}

const bothEffects = (key: string) => [`${key}:NoSchedule`, `${key}:NoExecute`];

/** Nodes that are not ready, go, or are out of service, and their pods. */
export const nodeLifecycle: Theme = (rule) => {
  rule('a node that is not ready, or unreachable, is tainted for new pods and running ones', async (on) => {
    const name = await silentNode(on);
    await untilTaints(on, name, []);
    await setReady(on, name, 'False');
    await untilTaints(on, name, bothEffects('node.kubernetes.io/not-ready'));
    await setReady(on, name, 'Unknown');
    await untilTaints(on, name, bothEffects('node.kubernetes.io/unreachable'));
    await setReady(on, name, 'True');
    await untilTaints(on, name, []);
  });

  rule('Events tell that a node comes and goes', async (on) => {
    const name = await silentNode(on);
    const reasons = async () => {
      const query = { fieldSelector: `involvedObject.name=${name}` };
      const path = '/api/v1/namespaces/default/events';
      const { items } = await on.cluster.http.granted<{ items: KubeEvent[] }>('GET', path, { query });
      return items.map(({ reason, message }) => `${reason}: ${message}`);
    };
    await until('registered', reasons, (seen) => seen.length === 1);
    await on.cluster.http.exchange('DELETE', `${nodes}/${name}`);
    const events = await until('removed', reasons, (seen) => seen.length === 2);
    expect(events.sort()).toEqual([
      `RegisteredNode: Node ${name} event: Registered Node ${name} in Controller`,
      `RemovingNode: Node ${name} event: Removing Node ${name} from Controller`,
    ]);
  });

  rule('a terminating pod stays on a node that is not ready, until the node is out of service', async (on) => {
    const name = await silentNode(on);
    await on.pod({
      spec: { nodeName: name, tolerations: [{ operator: 'Exists' }], terminationGracePeriodSeconds: 3600 },
    });
    await on.delete('pods', 'web');
    await setReady(on, name, 'False');
    const { spec } = await untilTaints(on, name, bothEffects('node.kubernetes.io/not-ready'));
    expect(isTerminating(await on.get<Pod>('pods', 'web'))).toBe(true);
    const body = { spec: { taints: [...(spec?.taints ?? []), outOfService] } };
    await on.cluster.http.granted('PATCH', `${nodes}/${name}`, { body });
    await on.untilGone('pods', 'web');
  });
};
