import { asked, confirmed, type Operation, typed } from './operations.ts';
import { journalOf, type Scene, selectorIn } from './state.ts';
import type { World } from './world.ts';

type Way = 'admission' | 'template';

/** Everything that a gate changes, as text. */
function gateState(scene: Scene): string {
  const record = scene.object('services', 'rng')?.metadata.annotations?.['pitlane.dev/gate'];
  const { via, removing } = JSON.parse(record ?? '{}') as { via?: Way; removing?: object };
  const deployment = scene.object('deployments', 'rng');
  return state({
    selector: selectorIn(scene).enabled,
    record: removing === undefined ? via : 'removing',
    hasRule: scene.object('configmaps', 'pitlane-rng.gate') !== undefined,
    template: deployment?.spec.template.metadata.labels.enabled,
    mark: deployment?.metadata.annotations?.['pitlane.dev/gate'],
    pods: [...new Set(scene.pods().map(({ metadata }) => metadata.labels?.enabled ?? 'none'))].join(),
    notes: journalOf(scene).gates.length,
  });
}

interface GateState {
  readonly selector?: string;
  readonly record?: string | undefined;
  readonly hasRule: boolean;
  readonly template?: string;
  readonly mark?: string | undefined;
  readonly pods: string;
  readonly notes: number;
}

function state(parts: GateState): string {
  return JSON.stringify(parts);
}

const NONE = state({ hasRule: false, pods: 'none', notes: 0 });
const BY_ADMISSION = state({ selector: 'yes', record: 'admission', hasRule: true, pods: 'yes', notes: 1 });
const BY_TEMPLATE = state({
  selector: 'yes',
  record: 'template',
  hasRule: false,
  template: 'yes',
  mark: 'rng',
  pods: 'yes',
  notes: 1,
});

/** A gate by admission takes no pod out of rotation, and restarts none. */
const ADMISSION = {
  state: gateState,
  journals: 2,
  deeds: { relabelled: 1 },
  others: { relabelled: 3, 'given another selector': 1 },
  least: 4,
} as const;

/** A rollout replaces every pod, and keeps the minimum. */
const TEMPLATE = {
  state: gateState,
  journals: 2,
  deeds: { relabelled: 1, deleted: 1 },
  others: { relabelled: 7, deleted: 3, 'given another selector': 1 },
  /** The other requests are those of a gate by admission. */
  faultsAt: /Deployment|Service$|Service, 2nd|, 4th$/,
} as const;

async function setUp(world: World, via: Way = 'admission'): Promise<void> {
  await world.runbook({ command: 'gate on', via, confirm: true }).ended;
  await world.settled();
  await world.tick().ended;
}

const TAKEN_BACK = { by: { command: 'gate off' } } as const;

export const GATES = {
  on: {
    name: 'gate on',
    begin: typed('/rng gate on'),
    after: BY_ADMISSION,
    takenBack: TAKEN_BACK,
    ...ADMISSION,
  },
  off: {
    name: 'gate off',
    prepare: setUp,
    begin: typed('/rng gate off'),
    after: NONE,
    takenBack: { by: { command: 'gate off' }, to: NONE },
    ...ADMISSION,
    /** The first reads are those of a gate on. */
    faultsAt: /^(?!get|list)|ConfigMap|, \d\w\w$/,
  },
  onByTemplate: {
    name: 'gate on by the template',
    prepare: asked('/rng gate on --via template'),
    begin: confirmed('Confirm gate on'),
    after: BY_TEMPLATE,
    takenBack: TAKEN_BACK,
    ...TEMPLATE,
  },
  offByTemplate: {
    name: 'gate off by the template',
    async prepare(world) {
      await setUp(world, 'template');
      await asked('/rng gate off')(world);
    },
    begin: confirmed('Confirm gate off'),
    after: NONE,
    takenBack: { by: { command: 'gate off' }, to: NONE },
    ...TEMPLATE,
    // The case's pod was replaced by the setup.
    others: { ...TEMPLATE.others, deleted: 4 },
  },
} as const satisfies Readonly<Record<string, Operation>>;
