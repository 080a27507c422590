import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { connectionTo } from '../../pitlane/cluster/connection.ts';
import { DEFAULT_POLICY } from '../../pitlane/config/config.ts';
import type { Outcome } from '../../pitlane/operate/outcome.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';
import type { Plan } from '../../pitlane/rotation/plan.ts';
import { carryOut } from '../builders/carry-out.ts';
import { type Act, type Case, type Labels, type Made, SERVICE } from './case.ts';
import { annotationsOf, labelsOf, look, nameOf, type Scene, serviceSelects, uidOf } from './scene.ts';
import type { World } from './world.ts';

/** One command: the cluster before it, the outcome, and the cluster after it. */
export interface Story {
  readonly command: 'drain' | 'restore';
  readonly force: boolean;
  readonly policy: Case['policy'];
  readonly before: Scene;
  /** The pod of the command, as it was before. */
  readonly pod: KubeObject;
  readonly outcome: Outcome;
  /** The plan before the first write; absent: it was refused. */
  readonly plan?: Plan;
  readonly hasWritten: boolean;
  /** The smallest number of ready endpoints of the service. */
  readonly lowestReady: number;
  readonly after: Scene;
  /** After a refused restore: the cluster once the labels were put back by hand. */
  readonly byHand?: Scene;
}

/** Plays the case; returns the story of each command. */
export async function play(world: World, given: Case): Promise<readonly Story[]> {
  const player = new Player(world, given);
  for (const made of given.objects) await player.create(made);
  await world.settled();
  for (const act of given.before) await player.act(act);
  await world.settled();
  const candidates = await player.candidates();
  const target = candidates[given.drain.pod % Math.max(1, candidates.length)];
  if (target === undefined) return [];
  const drain = await player.command('drain', target, given.drain.force);
  player.drained = target;
  if (!drain.hasWritten) return [drain];
  for (const act of given.between) await player.act(act);
  await world.settled();
  const drained = await player.podOf(target);
  if (drained === undefined) return [drain];
  const restore = await player.command('restore', drained, given.restore.force);
  if (restore.outcome.kind !== 'refusal') return [drain, restore];
  return [drain, { ...restore, byHand: await player.restoreByHand(drained) }];
}

class Player {
  readonly #world: World;
  readonly #case: Case;
  readonly #pitlane: Pitlane;
  #requests = 0;
  drained: KubeObject | undefined;

  constructor(world: World, given: Case) {
    this.#world = world;
    this.#case = given;
    const { namespace } = world;
    const policy = { ...DEFAULT_POLICY, ...given.policy };
    this.#pitlane = createPitlane({
      now: world.now,
      connect: () => connectionTo(world.kubeConfig),
      service: (key) => ({ key, cluster: 'played', namespace, service: SERVICE, policy }),
    });
  }

  async create({ resource, object }: Made): Promise<void> {
    const configMaps = await this.#world.list('configmaps');
    const ownerReferences = object.metadata.ownerReferences?.map((reference) => ({
      ...reference,
      uid: configMaps.find((map) => nameOf(map) === reference.name)?.metadata.uid ?? '',
    }));
    const metadata = { ...object.metadata, ...(ownerReferences && { ownerReferences }) };
    await this.#world.create(resource, { ...object, metadata });
  }

  async act(act: Act): Promise<void> {
    const world = this.#world;
    switch (act.act) {
      case 'time passes':
        await world.settled();
        return world.pass(act.seconds);
      case 'annotate pod':
        return this.#patchPod(await this.#numbered(act.pod), { annotations: act.annotations });
      case 'label pod':
        return this.#patchPod(await this.#numbered(act.pod), { labels: act.labels });
      case 'annotate drained':
        return this.#patchPod(this.drained, { annotations: act.annotations });
      case 'label drained':
        return this.#patchPod(this.drained, { labels: act.labels });
      case 'delete pod': {
        const pod = await this.#numbered(act.pod);
        if (pod === undefined) return;
        const held = [...(pod.metadata.finalizers ?? []), 'example.com/held'];
        if (act.isHeld) await this.#patchPod(pod, { finalizers: held });
        return world.delete('pods', nameOf(pod), false);
      }
      case 'drain pod': {
        const pod = await this.#numbered(act.pod);
        if (pod === undefined) return;
        await this.command('drain', pod, true);
        return;
      }
      case 'create':
        return this.create(act.made);
      case 'patch':
        await world.patch(act.resource, act.name, act.patch);
        return world.settled();
      case 'delete':
        await world.delete(act.resource, act.name, act.orphans);
        return world.settled();
    }
  }

  /** The pods that the service selects, regardless of the gate; without any, all pods. */
  async candidates(): Promise<readonly KubeObject[]> {
    const [services, pods] = await Promise.all([this.#world.list('services'), this.#world.list('pods')]);
    const service = services.find((object) => nameOf(object) === SERVICE) as KubeObject;
    const { enabled: _, ...members } = service.spec.selector ?? {};
    const selecting = { ...service, spec: { selector: members } };
    const selected = byName(pods).filter((pod) => serviceSelects(selecting, labelsOf(pod)));
    return selected.length > 0 ? selected : byName(pods);
  }

  async podOf(pod: KubeObject): Promise<KubeObject | undefined> {
    return (await this.#world.list('pods')).find((other) => uidOf(other) === uidOf(pod));
  }

  async command(command: 'drain' | 'restore', pod: KubeObject, force: boolean): Promise<Story> {
    const world = this.#world;
    await world.settled();
    const before = await look(world);
    let lowestReady = Number.POSITIVE_INFINITY;
    const unfollow = await world.followReady(SERVICE, (ready) => {
      lowestReady = Math.min(lowestReady, ready.size);
    });
    const { outcome, plan, hasWritten } = await this.#run(command, nameOf(pod), force);
    await world.settled();
    unfollow();
    const { policy } = this.#case;
    const seen = before.objects.pods.find((other) => uidOf(other) === uidOf(pod)) ?? pod;
    const after = await look(world);
    return {
      command,
      force,
      policy,
      before,
      pod: seen,
      outcome,
      ...(plan && { plan }),
      hasWritten,
      lowestReady,
      after,
    };
  }

  /** As Pitlane does it: the labels, the labels that the service's selector needs too, and the deletion cost. */
  async restoreByHand(pod: KubeObject): Promise<Scene> {
    const record = JSON.parse(annotationsOf(pod)['pitlane.dev/drain'] ?? '{}') as { labels?: Labels; was?: string };
    const service = (await this.#world.list('services')).find((object) => nameOf(object) === SERVICE);
    const { enabled, ...asked }: Labels = service?.spec.selector ?? {};
    const gate = enabled === undefined || record.was === 'disabled' ? {} : { enabled };
    await this.#patchPod(pod, {
      labels: { ...asked, ...gate, ...labelsOf(pod), ...record.labels, 'pitlane.dev/drained-from': null },
      annotations: { 'controller.kubernetes.io/pod-deletion-cost': '2147483647' },
    });
    return look(this.#world);
  }

  async #run(command: 'drain' | 'restore', pod: string, force: boolean) {
    const world = this.#world;
    const stopping = new AbortController();
    this.#requests += 1;
    let plan: Plan | undefined;
    let atRest: Promise<void> | undefined;
    let isMetAsRequired = false;
    const { outcome } = await carryOut(
      this.#pitlane,
      { command, service: SERVICE, pods: [pod], dryRun: false, force },
      { by: 'U0000000AB', role: 'admin', requestId: `request-${this.#requests}` },
      {
        deadline: world.now() + 60_000,
        signal: stopping.signal,
        onEvent(event) {
          if (event.kind === 'planned') plan = event.plan;
          if (event.kind === 'progress')
            isMetAsRequired = event.proof.every(({ milestone, isMet }) => isMet || !milestone.isRequired);
          if (event.kind === 'wrote') atRest ??= stopOnceAtRest(world, stopping, () => isMetAsRequired);
        },
      },
    );
    stopping.abort();
    await atRest;
    return { outcome, plan: plan as Plan | undefined, hasWritten: atRest !== undefined };
  }

  async #numbered(number: number): Promise<KubeObject | undefined> {
    await this.#world.settled();
    const pods = byName(await this.#world.list('pods'));
    return pods[number % Math.max(1, pods.length)];
  }

  async #patchPod(pod: KubeObject | undefined, metadata: object): Promise<void> {
    if (pod === undefined) return;
    await this.#world.patch('pods', nameOf(pod), { metadata });
    await this.#world.settled();
  }
}

/**
 * Once the cluster is at rest, missing milestones will not come: stops waiting for their time. Only Pitlane itself may
 * still be busy.
 */
async function stopOnceAtRest(world: World, stopping: AbortController, isMetAsRequired: () => boolean): Promise<void> {
  await world.settled();
  const { signal } = stopping;
  for (let waited = 0; waited < MOST_WAITS && !signal.aborted && !isMetAsRequired(); waited += 1)
    await wait(WAIT_MS, undefined, { signal }).catch(() => {});
  await wait(WAIT_MS, undefined, { signal }).catch(() => {});
  stopping.abort();
}

const WAIT_MS = 100;
const MOST_WAITS = 30;

function byName(pods: readonly KubeObject[]): readonly KubeObject[] {
  return [...pods].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}
