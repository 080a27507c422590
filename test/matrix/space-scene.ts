import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { type Answer, type Call, type Connection, connectionTo } from '../../pitlane/cluster/connection.ts';
import { errorForNoResponse } from '../../pitlane/cluster/response-error.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../../pitlane/config/config.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';
import type { Policy } from '../../pitlane/rotation/snapshot.ts';
import type { Pod } from '../contract/objects.ts';
import type { Space } from '../contract/space.ts';
import type { Watch } from '../contract/watch.ts';
import type { Fate } from './fate.ts';
import { Invocation } from './invocation.ts';
import type { Scene } from './state.ts';
import { Witness } from './witness.ts';

interface Invoking {
  readonly fate?: Fate | undefined;
  readonly policy?: Partial<Policy>;
}

/** A namespace of a real cluster, as it was read last. */
export class SpaceScene implements Scene {
  readonly pod: { readonly name: string; readonly uid: string };
  readonly #space: Space;
  readonly #objects = new Map<string, KubeObject>();
  readonly #pods: Watch<KubeObject>;
  /** Pod events before the case began. */
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

  /** The changes since the case began. */
  get witness(): Witness {
    const witness = new Witness([], { app: 'rng' });
    const last = new Map<string, KubeObject>();
    const { events } = this.#pods;
    for (let index = 0; index <= events.length; index += 1) {
      if (index === this.#begun) witness.begin();
      const event = events[index];
      if (event === undefined || event.type === 'BOOKMARK' || event.type === 'ERROR') continue;
      const { type, object } = event;
      const previous = last.get(object.metadata.uid);
      last.set(object.metadata.uid, object);
      witness.see({ type, object, ...(previous !== undefined && { previous }) });
    }
    return witness;
  }

  pass(ms: number): void {
    this.#skewMs += ms;
  }

  /** Waits until so many pods are in rotation. */
  async begin(pods: number): Promise<void> {
    await this.#pods.untilEvents('all pods', () => this.witness.inRotation === pods);
    this.#begun = this.#pods.events.length;
  }

  object(resource: string, name: string): KubeObject | undefined {
    return this.#objects.get(`${resource}/${name}`);
  }

  /** The case's pod, if it is there. */
  pods(): readonly KubeObject[] {
    const pod = this.object('pods', this.pod.name);
    return pod === undefined ? [] : [pod];
  }

  /** Reads what the judges look at. */
  async look(): Promise<void> {
    this.#objects.clear();
    const places = [
      ['pods', this.pod.name],
      ['services', 'rng'],
      ['configmaps', 'pitlane-rng'],
      ['leases', 'pitlane'],
    ] as const;
    for (const [resource, name] of places) {
      const { status, body } = await this.#space.ask<KubeObject>('GET', resource, name);
      if (status === 200) this.#objects.set(`${resource}/${name}`, body);
    }
  }

  /** One run of a function. `policy`: in addition to the defaults. */
  invoke(work: (pitlane: Pitlane) => Promise<unknown>, { fate, policy }: Invoking = {}) {
    const { kubeConfig } = this.#space.cluster;
    const plain = connectionTo(kubeConfig);
    const connect = (verdict?: Fate['verdict']) => (verdict === undefined ? plain : losing(plain, verdict));
    const invocation = new Invocation({ connect, now: this.now }, fate);
    const service: ServiceConfig = {
      key: 'rng',
      cluster: 'plane',
      namespace: this.#space.name,
      service: 'rng',
      policy: { ...DEFAULT_POLICY, ...policy },
    };
    const connection = invocation.connection();
    const pitlane = createPitlane({
      service: (key) => (key === 'rng' ? service : undefined),
      keys: ['rng'],
      connect: () => connection,
      now: this.now,
      hasTick: true,
    });
    return { invocation, ended: invocation.run(() => work(pitlane)) };
  }
}

/** Its requests get no answer. With `lose-answer` they are carried out. */
function losing(connection: Connection, verdict: Fate['verdict']): Connection {
  const lose = async (call: Call, send: () => Promise<unknown>): Promise<never> => {
    if (verdict === 'lose-answer') await send();
    throw errorForNoResponse(call, new Error('lost on purpose'), 0);
  };
  return {
    ...connection,
    as: (identity) => losing(connection.as(identity), verdict),
    send: <T>(call: Call): Promise<Answer<T>> => lose(call, () => connection.send(call)),
    open: (call) => lose(call, () => connection.open(call)),
  };
}
