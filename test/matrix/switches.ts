import { asked, confirmed, type Operation, typed } from './operations.ts';
import { type Scene, selectorIn } from './state.ts';
import { isSelected } from './witness.ts';
import type { World } from './world.ts';

/** The selector, the pods that it selects by their version, and a switch that is not finished, as text. */
function traffic(scene: Scene): string {
  const selected = scene.pods().filter((pod) => isSelected(pod, selectorIn(scene)));
  const versions = Map.groupBy(selected, ({ metadata }) => metadata.labels?.version ?? 'none');
  const pods = Object.fromEntries([...versions].map(([version, all]) => [version, all.length]));
  const record = scene.object('services', 'rng')?.metadata.annotations?.['pitlane.dev/switch'];
  const { to } = JSON.parse(record ?? '{}') as { to?: string };
  const isFinished = to === undefined || to === `version=${Object.keys(pods)}`;
  return `${trafficOf(selectorIn(scene), pods)}${isFinished ? '' : ` on the way to ${to}`}`;
}

function trafficOf(selector: object, pods: Readonly<Record<string, number>>): string {
  return JSON.stringify([selector, pods]);
}

const BLUE = trafficOf({ app: 'rng', version: 'blue' }, { blue: 4 });
const GREEN = trafficOf({ app: 'rng', version: 'green' }, { green: 4 });
const GREEN_BY_GATE = trafficOf({ app: 'rng', enabled: 'yes' }, { green: 4 });

const SWITCH = {
  setting: { hasGreen: true },
  state: traffic,
  after: GREEN,
  deeds: {},
  others: { 'given another selector': 1 },
  least: 4,
  journals: 2,
  takenBack: { by: { command: 'switch', label: 'version=blue' } },
} as const;

async function toGreen(world: World): Promise<void> {
  await world.runbook({ command: 'switch', label: 'version=green', confirm: true }).ended;
}

export const SWITCHES = {
  bySelector: { name: 'switch', begin: typed('/rng switch version=green'), ...SWITCH },
  widened: {
    name: 'switch --widen',
    begin: typed('/rng switch version=green --widen'),
    ...SWITCH,
    others: { 'given another selector': 2 },
    /** The other requests are those of a switch. */
    faultsAt: /patch Service/,
  },
  byGate: {
    name: 'switch by the gate',
    begin: typed('/rng switch version=green'),
    ...SWITCH,
    setting: { hasGreen: true, isGated: true },
    after: GREEN_BY_GATE,
    deeds: { 'taken out': 1, 'put back': 1 },
    others: { 'taken out': 4, 'put back': 4 },
    faultsAt: /patch/,
  },
  undo: {
    name: 'undo of a switch',
    async prepare(world) {
      await toGreen(world);
      await asked('/rng undo')(world);
    },
    begin: confirmed('Confirm switch'),
    ...SWITCH,
    faultsAt: /ConfigMap|patch|chat|response/,
    after: BLUE,
  },
} as const satisfies Readonly<Record<string, Operation>>;
