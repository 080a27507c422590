import { noAnswer } from '../../pitlane/cluster/answer.ts';
import { type Answer, type Call, type Connection, connectionTo } from '../../pitlane/cluster/connection.ts';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../../pitlane/config.ts';
import type { Courier } from '../../pitlane/operate/tick/courier.ts';
import { createPitlane, type Pitlane, type Reporter } from '../../pitlane/operate.ts';
import type { ChangeOutcome } from '../../pitlane/outcome.ts';
import type { KubeObject } from '../../sandbox/cluster/api.ts';
import type { TestCluster } from '../contract/cluster.ts';
import { nameOf, type Pod } from '../contract/objects.ts';
import type { Space } from '../contract/space.ts';
import type { Watch } from '../contract/watch.ts';
import { rngDeployment, serviceOf } from '../rng-objects.ts';
import type { Fate, Sent } from './fate.ts';
import { Invocation } from './invocation.ts';
import { type Before, isDone, isUntouched, wrongInCluster, wrongInJournal } from './judge.ts';
import { type Operation, UNTIL_LEFT_MS } from './operations.ts';
import { endOf, type Scene, stateOf } from './state.ts';
import { Witness } from './witness.ts';

type Command = 'drain' | 'restore';
type Judged = Omit<Operation, 'begin'>;

const PODS = 4;
const TIME_MS = 20_000;
const REPORT = { channel: 'C0OPS00000', ts: '1.2' };

export interface PlayedOnPlane {
  readonly wrongs: readonly string[];
  readonly requests: readonly Sent[];
}

/**
 * The same on a cluster that is not ours to stop: its time is the real one, its requests are only ever killed or lost on
 * their way, and what is told at last is kept instead of posted.
 */
export class Plane {
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  async play(command: Command, operation: Judged, fate?: Fate): Promise<PlayedOnPlane> {
    const space = await this.#cluster.space();
    await space.create('deployments', rngDeployment(space.name));
    await space.create('services', serviceOf('rng', space.name));
    const pods = await space.readyPods(PODS, 'app=rng');
    await space.untilListed(pods.map(nameOf), 'rng');
    const [pod] = pods as [Pod];
    const scene = await SpaceScene.open(space, pod);
    try {
      if (command === 'restore') {
        await scene.invoke((pitlane) => change(pitlane, scene, 'drain', {})).ended;
        await space.readyPods(PODS, 'app=rng');
      }
      await scene.look();
      await scene.begin();
      const before: Before = { state: stateOf(scene), end: endOf(scene) };
      const told: ChangeOutcome[] = [];
      const reporter = listener(told);
      const { invocation, ended } = scene.invoke((pitlane) => change(pitlane, scene, command, reporter), fate);
      await ended;
      for (let ticks = 0; ticks < 2; ticks += 1) {
        scene.pass(UNTIL_LEFT_MS);
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
}

function wrongInWords(scene: Scene, operation: Judged, before: Before, last: ChangeOutcome | undefined): string[] {
  const isTrue =
    last === undefined
      ? isUntouched(scene, before)
      : last.kind === 'done'
        ? isDone(scene, operation, before)
        : last.kind === 'failed' && last.stands.length === 0 && isUntouched(scene, before);
  return isTrue ? [] : [`the pod is ${stateOf(scene)}, and the last word is ${JSON.stringify(last)}`];
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
    close: async () => {},
  };
}

async function change(pitlane: Pitlane, scene: SpaceScene, command: Command, reporter: Reporter): Promise<unknown> {
  const request: ChangeRequest = { command, service: 'rng', pod: scene.pod.name, dryRun: false, force: false };
  const asker = { by: 'U042', role: 'admin', requestId: `${command} ${scene.pod.uid}` } as const;
  const proposed = await pitlane.propose(request, asker);
  if (proposed.kind !== 'proposal') return proposed;
  const options = { deadline: scene.now() + TIME_MS, hasTick: true, confirmed: 'any', reporter } as const;
  const events = pitlane.advance(request, asker, { ...options, proposed: proposed.plan });
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
  }
}

/** A namespace of the cluster as it was looked at last. */
class SpaceScene implements Scene {
  readonly pod: { readonly name: string; readonly uid: string };
  readonly #space: Space;
  readonly #objects = new Map<string, KubeObject>();
  readonly #pods: Watch<KubeObject>;
  /** Events of the pods that came before. */
  #begun = 0;
  #skewMs = 0;

  private constructor(space: Space, { metadata: { name, uid } }: Pod, pods: Watch<KubeObject>) {
    this.#space = space;
    this.#pods = pods;
    this.pod = { name, uid };
  }

  static async open(space: Space, pod: Pod): Promise<SpaceScene> {
    return new SpaceScene(space, pod, await space.watch<KubeObject>('pods'));
  }

  close(): void {
    this.#pods.close();
  }

  readonly now = (): number => Date.now() + this.#skewMs;

  /** Of everything since the case began. */
  get witness(): Witness {
    const witness = new Witness([]);
    const last = new Map<string, KubeObject>();
    for (const [index, { type, object }] of this.#pods.events.entries()) {
      if (index === this.#begun) witness.begin();
      if (type === 'BOOKMARK' || type === 'ERROR') continue;
      const previous = last.get(object.metadata.uid);
      last.set(object.metadata.uid, object);
      witness.see({ type, object, ...(previous !== undefined && { previous }) });
    }
    return witness;
  }

  pass(ms: number): void {
    this.#skewMs += ms;
  }

  /** Once all pods that there are have been seen. */
  async begin(): Promise<void> {
    await this.#pods.untilEvents('all pods', () => this.witness.inRotation === PODS);
    this.#begun = this.#pods.events.length;
  }

  object(resource: string, name: string): KubeObject | undefined {
    return this.#objects.get(`${resource}/${name}`);
  }

  /** What the judges ask for. */
  async look(): Promise<void> {
    this.#objects.clear();
    const places = [
      ['pods', this.pod.name],
      ['configmaps', 'pitlane-rng'],
      ['leases', 'pitlane-rng'],
    ] as const;
    for (const [resource, name] of places) {
      const { status, body } = await this.#space.ask<KubeObject>('GET', resource, name);
      if (status === 200) this.#objects.set(`${resource}/${name}`, body);
    }
  }

  invoke(work: (pitlane: Pitlane) => Promise<unknown>, fate?: Fate) {
    const { kubeConfig } = this.#space.cluster;
    const plain = connectionTo(kubeConfig);
    const connect = (verdict?: Fate['verdict']) => (verdict === undefined ? plain : losing(plain, verdict));
    const invocation = new Invocation({ connect, now: this.now, speed: 1 }, fate);
    const service: ServiceConfig = {
      key: 'rng',
      cluster: 'plane',
      namespace: this.#space.name,
      service: 'rng',
      policy: DEFAULT_POLICY,
    };
    const connection = invocation.connection();
    const pitlane = createPitlane({
      service: (key) => (key === 'rng' ? service : undefined),
      keys: ['rng'],
      connect: () => connection,
      now: this.now,
    });
    return { invocation, ended: invocation.run(() => work(pitlane)) };
  }
}

/** Requests get no answer; with `lose-answer` they arrive all the same. */
function losing(connection: Connection, verdict: Fate['verdict']): Connection {
  const lose = async (call: Call, send: () => Promise<unknown>): Promise<never> => {
    if (verdict === 'lose-answer') await send();
    throw noAnswer(call, new Error('lost on purpose'), 0);
  };
  return {
    ...connection,
    as: (identity) => losing(connection.as(identity), verdict),
    send: <T>(call: Call): Promise<Answer<T>> => lose(call, () => connection.send(call)),
    open: (call) => lose(call, () => connection.open(call)),
  };
}
