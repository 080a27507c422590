import {
  type ByHand,
  gateOff,
  gateOffInWrongOrder,
  inChapterOrder,
  inWrongOrder,
  type Recipe,
  withoutLabels,
  withTemplate,
} from '../test/probe/by-hand.ts';
import type { Change } from './change.ts';

type PitlaneChange = Pick<Parameters<Change>[1], 'pods' | 'via' | 'count' | 'env' | 'label' | 'widen'>;

/** The service rng in a namespace of its own. */
export interface Stage {
  /** Carries out a command, and throws unless it is done and proven. */
  pitlane(command: string, change?: PitlaneChange): Promise<void>;
  readonly hand: ByHand;
  /** The names of the pods with the label. */
  labelled(key: string): Promise<readonly string[]>;
  /** The names of some pods in rotation. */
  some(count: number): Promise<readonly string[]>;
  /** Creates a Deployment of as many pods, with the label version=green. */
  createGreen(): Promise<void>;
  greenReady(): Promise<void>;
  /** Deletes pods, as an eviction does, and waits until the controller has replaced them. */
  replace(pods: readonly string[]): Promise<void>;
}

export interface Scenario {
  readonly title: string;
  /** Without traffic and not measured. */
  readonly before?: (stage: Stage) => Promise<void>;
  readonly change: (stage: Stage) => Promise<void>;
  readonly isQuick?: true;
}

const GATE_ON = 'pitlane gate on';
const KUBECTL = 'kubectl:';
const FEW = 3;
const DEBUG_PODS = ['debug-1', 'debug-2', 'debug-3'];

const on = (via: 'admission' | 'template') => (stage: Stage) => stage.pitlane('gate on', { via });
const off = (stage: Stage) => stage.pitlane('gate off');
const byHand = (recipe: Recipe) => (stage: Stage) => recipe(stage.hand);

const GREEN = { version: 'green' };

/** The pods of the Deployment rng are version=blue, and have the traffic. */
async function blue({ hand }: Stage): Promise<void> {
  await hand.template({ version: 'blue' });
  await hand.rolledOut();
  await hand.select({ version: 'blue' });
}

async function blueAndGreen(stage: Stage): Promise<void> {
  await blue(stage);
  await stage.createGreen();
  await stage.greenReady();
}

const toGreen = (widen: boolean) => (stage: Stage) => stage.pitlane('switch', { label: 'version=green', widen });

/** First by Pitlane, then the same by hand. */
export const SCENARIOS: readonly Scenario[] = [
  { title: `${GATE_ON} (admission policy)`, change: on('admission'), isQuick: true },
  { title: `${GATE_ON} --via template`, change: on('template') },
  { title: `${KUBECTL} labels, selector (the chapter)`, change: byHand(inChapterOrder) },
  { title: `${KUBECTL} labels, selector, template (the chapter to its end)`, change: byHand(withTemplate) },
  { title: `${KUBECTL} selector, labels (wrong order)`, change: byHand(inWrongOrder), isQuick: true },
  { title: `${KUBECTL} template, selector, no labels`, change: byHand(withoutLabels) },
  { title: 'pitlane gate off (admission policy)', before: on('admission'), change: off },
  { title: 'pitlane gate off (template)', before: on('template'), change: off },
  { title: `${KUBECTL} selector, labels off`, before: byHand(inChapterOrder), change: byHand(gateOff) },
  {
    title: `${KUBECTL} labels off, selector (wrong order)`,
    before: byHand(inChapterOrder),
    change: byHand(gateOffInWrongOrder),
  },
  {
    title: `${GATE_ON}; then ${FEW} pods are replaced`,
    before: on('admission'),
    change: async (stage) => stage.replace(await stage.some(FEW)),
  },
  {
    title: `${KUBECTL} labels, selector; then ${FEW} pods are replaced`,
    before: byHand(inChapterOrder),
    change: async (stage) => stage.replace(await stage.some(FEW)),
  },
  {
    title: `pitlane drain of ${FEW} pods, restore`,
    async change(stage) {
      const pods = await stage.some(FEW);
      await stage.pitlane('drain', { pods });
      await stage.pitlane('restore', { pods });
    },
  },
  {
    title: `${KUBECTL} app- on ${FEW} pods, app=rng`,
    async change({ some, hand }) {
      const pods = await some(FEW);
      await hand.label(pods, 'app', null);
      await hand.rolledOut();
      await hand.label(pods, 'app', 'rng');
      await hand.rolledOut();
    },
  },
  {
    title: `pitlane disable of ${FEW} pods, enable`,
    before: on('admission'),
    async change({ some, pitlane }) {
      const pods = await some(FEW);
      await pitlane('disable', { pods });
      await pitlane('enable', { pods });
    },
  },
  {
    title: `${KUBECTL} enabled- on ${FEW} pods, enabled=yes`,
    before: byHand(inChapterOrder),
    async change({ some, hand }) {
      const pods = await some(FEW);
      await hand.label(pods, 'enabled', null);
      await hand.label(pods, 'enabled', 'yes');
    },
  },
  {
    title: `pitlane canary start of ${FEW}, canary stop`,
    async change({ pitlane, labelled }) {
      await pitlane('canary start', { count: FEW, env: ['LOG_LEVEL=debug'] });
      await pitlane('canary stop', { pods: await labelled('pitlane.dev/canary') });
    },
  },
  {
    title: `${KUBECTL} run of ${FEW}, delete`,
    async change({ hand }) {
      await hand.run(DEBUG_PODS);
      await hand.remove(DEBUG_PODS);
    },
  },
  { title: 'pitlane switch version=green', before: blueAndGreen, change: toGreen(false) },
  { title: 'pitlane switch version=green --widen', before: blueAndGreen, change: toGreen(true) },
  { title: `${KUBECTL} selector, green is ready`, before: blueAndGreen, change: ({ hand }) => hand.select(GREEN) },
  {
    title: `${KUBECTL} green is created, selector at once`,
    before: blue,
    async change({ createGreen, hand, greenReady }) {
      await createGreen();
      await hand.select(GREEN);
      await greenReady();
    },
  },
];
