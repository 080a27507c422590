import type { ChangeRequest } from '../../pitlane/command/request.ts';
import type { Reporter } from '../../pitlane/operate/asker.ts';
import type { ChangeOutcome } from '../../pitlane/operate/outcome.ts';
import type { Courier } from '../../pitlane/operate/tick/courier.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';
import { carryOut } from '../builders/carry-out.ts';
import type { TestCluster } from '../contract/cluster.ts';
import { nameOf, type Pod } from '../contract/objects.ts';
import type { Space } from '../contract/space.ts';
import { rngDeployment, serviceOf } from '../rng-objects.ts';
import type { Crowd } from './crowd.ts';
import type { Fate, Sent } from './fate.ts';
import { type Before, beforeOf, isDone, isUntouched, wrongInCluster, wrongInJournal } from './judge.ts';
import { type Operation, UNTIL_TAKEN_OVER_MS } from './operations.ts';
import { SpaceScene } from './space-scene.ts';
import { isOpen, type Scene, stateOf } from './state.ts';

type Command = 'drain' | 'restore';
type Judged = Omit<Operation, 'begin'>;

const PODS = 4;
const TIME_MS = 20_000;
const REPORT = { channel: 'C0OPS00000', ts: '1.2' };

interface PlayedOnPlane {
  readonly wrongs: readonly string[];
  readonly requests: readonly Sent[];
}

/**
 * The matrix on a real cluster: in real time, with requests that are killed or lost, and with outcomes that are kept
 * instead of posted.
 */
export class Plane {
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  async play(command: Command, operation: Judged, fate?: Fate): Promise<PlayedOnPlane> {
    const space = await this.#deploy(PODS);
    const [pod] = (await space.readyPods(PODS, 'app=rng')) as [Pod];
    const scene = await SpaceScene.open(space, pod);
    const asked = { name: scene.pod.name, id: scene.pod.uid };
    try {
      if (command === 'restore') {
        await scene.invoke((pitlane) => change(pitlane, scene, { command: 'drain', ...asked }, {})).ended;
        await space.readyPods(PODS, 'app=rng');
      }
      await scene.look();
      await scene.begin(PODS);
      const before = beforeOf(scene, operation);
      const told: ChangeOutcome[] = [];
      const reporter = listener(told);
      const { invocation, ended } = scene.invoke((pitlane) => change(pitlane, scene, { command, ...asked }, reporter), {
        fate,
      });
      await ended;
      for (let ticks = 0; ticks < 2; ticks += 1) {
        scene.pass(UNTIL_TAKEN_OVER_MS);
        await scene.invoke((pitlane) => pitlane.tick({ deadline: scene.now() + TIME_MS, courier: courierOf(reporter) }))
          .ended;
      }
      await space.readyPods(PODS, 'app=rng');
      await scene.look();
      const wrongs = [
        ...wrongInCluster(scene, operation, before),
        ...wrongInJournal(scene),
        ...wrongInWords(scene, operation, before, told.at(-1)),
      ];
      return { wrongs, requests: invocation.requests };
    } finally {
      scene.close();
      await this.#cluster.remove(space);
    }
  }

  /** Drains each pod several times, all at once; returns what is wrong in the end, a sentence each. */
  async crowd({ drains, pods, least }: Crowd): Promise<readonly string[]> {
    const space = await this.#deploy(pods);
    const all = await space.readyPods(pods, 'app=rng');
    const scene = await SpaceScene.open(space, all[0] as Pod);
    const policy = { minReady: least, maxDrained: drains };
    try {
      await scene.begin(pods);
      await Promise.all(
        Array.from({ length: drains }, (_, index) => {
          const name = nameOf(all[index % pods]);
          const drain = (pitlane: Pitlane) => change(pitlane, scene, { command: 'drain', name, id: String(index) }, {});
          return scene.invoke(drain, { policy }).ended;
        }),
      );
      await space.readyPods(pods, 'app=rng');
      await scene.look();
      const { fewest, deeds } = scene.witness;
      const drained = new Set(deeds.map(({ name }) => name)).size;
      return [
        ...(fewest < least ? [`only ${fewest} pods took traffic, expected ${least}`] : []),
        ...(drained === deeds.length ? [] : ['a pod was drained more than once']),
        ...(drained >= pods - least ? [] : [`only ${drained} pods were drained`]),
        ...(isOpen(scene) ? ['an operation is still open'] : []),
      ];
    } finally {
      scene.close();
      await this.#cluster.remove(space);
    }
  }

  async #deploy(pods: number): Promise<Space> {
    const space = await this.#cluster.space();
    await space.create('deployments', rngDeployment(space.name, pods));
    await space.create('services', serviceOf('rng', space.name));
    await space.untilListed((await space.readyPods(pods, 'app=rng')).map(nameOf), 'rng');
    return space;
  }
}

function wrongInWords(scene: Scene, operation: Judged, before: Before, last: ChangeOutcome | undefined): string[] {
  const isTrue =
    last === undefined
      ? isUntouched(scene, operation, before)
      : last.kind === 'done'
        ? isDone(scene, operation, before)
        : last.kind === 'failed' && last.stands.length === 0 && isUntouched(scene, operation, before);
  return isTrue ? [] : [`the pod is ${stateOf(scene)}, and the last outcome is ${JSON.stringify(last)}`];
}

function listener(told: ChangeOutcome[]): Reporter {
  return {
    begun: async () => REPORT,
    keep: async () => {},
    ended: async (outcome) => {
      told.push(outcome);
    },
  };
}

function courierOf(reporter: Reporter): Courier {
  return {
    reporterOf: () => reporter,
    reporterBeside: () => reporter,
    remind: async () => undefined,
    answered: async () => {},
    warn: async () => {},
    close: async () => {},
    scheduleFailed: async () => {},
    tellOfOutage: async () => {},
  };
}

interface Asked {
  readonly command: Command;
  /** The pod's name. */
  readonly name: string;
  readonly id: string;
}

async function change(
  pitlane: Pitlane,
  scene: SpaceScene,
  { command, name, id }: Asked,
  reporter: Reporter,
): Promise<unknown> {
  const request: ChangeRequest = { command, service: 'rng', pods: [name], dryRun: false, force: false };
  const asker = { by: 'U042', role: 'admin', requestId: `${command} ${id}` } as const;
  const options = { deadline: scene.now() + TIME_MS, reporter } as const;
  return (await carryOut(pitlane, request, asker, options)).outcome;
}
