import { asked, confirmed, type Operation, typed } from './operations.ts';
import type { Scene } from './state.ts';
import type { World } from './world.ts';

/** Who runs the pods: `Deployment 4`, `Deployment 0, DaemonSet`. */
function workloads(scene: Scene): string {
  const replicas = scene.object('deployments', 'rng')?.spec.replicas;
  return `Deployment ${replicas}${scene.object('daemonsets', 'rng') === undefined ? '' : ', DaemonSet'}`;
}

const SPREAD = { state: workloads, least: 3, journals: 2 } as const;
const BEFORE = 'Deployment 4';

async function spread(world: World): Promise<void> {
  await world.runbook({ command: 'spread', confirm: true }).ended;
}

export const SPREADS = {
  spread: {
    name: 'spread',
    begin: typed('/rng spread'),
    ...SPREAD,
    after: 'Deployment 0, DaemonSet',
    deeds: { deleted: 1 },
    others: { deleted: 3 },
    takenBack: { by: { command: 'spread back' } },
  },
  back: {
    name: 'undo of a spread',
    async prepare(world) {
      await spread(world);
      await asked('/rng undo')(world);
    },
    begin: confirmed('Confirm spread back'),
    ...SPREAD,
    faultsAt: /ConfigMap|patch|delete|chat|response/,
    after: BEFORE,
    deeds: {},
    others: { deleted: 3 },
    takenBack: { by: { command: 'spread' } },
  },
} as const satisfies Readonly<Record<string, Operation>>;
