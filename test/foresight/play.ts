import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { connectionTo } from '../../pitlane/cluster/connection.ts';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import { DEFAULT_POLICY } from '../../pitlane/config/config.ts';
import type { ChangeOutcome, Outcome } from '../../pitlane/operate/outcome.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';
import { FOLLOWED_SECONDS } from '../../pitlane/rotation/data-planes.ts';
import type { Plan } from '../../pitlane/rotation/plan.ts';
import { carryOut } from '../builders/carry-out.ts';
import { type Act, type Case, type Labels, type Made, type PutsBack, SERVICE, type Stop } from './case.ts';
import { annotationsOf, labelsOf, look, nameOf, type Scene, serviceSelects, uidOf } from './scene.ts';
import type { World } from './world.ts';

/** One command: the cluster before it, the outcome, and the cluster after it. */
export interface Played {
  readonly command: string;
  readonly force: boolean;
  readonly policy: Case['policy'];
  /** The policy that is installed in the world. */
  readonly putsBack?: PutsBack;
  readonly before: Scene;
  readonly outcome: Outcome;
  /** The plan before the first write; absent: it was refused. */
  readonly plan?: Plan;
  readonly hasWritten: boolean;
  /** The smallest number of ready endpoints of the service. */
  readonly lowestReady: number;
  readonly after: Scene;
}

/** A drain or a restore. */
export interface Story extends Played {
  readonly command: 'drain' | 'restore';
  /** The pod of the command, as it was before. */
  readonly pod: KubeObject;
  /** After a refused restore: the cluster once the labels were put back by hand. */
  readonly byHand?: Scene;
}

type Asked = Pick<ChangeRequest, 'command' | 'force' | 'pods' | 'selector'> & { readonly allServices?: true };

/** Plays the case; returns the story of each command. */
export async function play(world: World, given: Case): Promise<readonly Story[]> {
  const player = new Player(world, given);
  await player.prepare();
  const candidates = await player.candidates();
  const target = candidates[given.drain.pod % Math.max(1, candidates.length)];
  if (target === undefined) return [];
  const { pod: _, force, ...more } = given.drain;
  const drain = await player.command('drain', target, force, more);
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

/** A command of a tour. */
export interface TourStory extends Played {
  readonly command: Stop['command'];
  /** The cluster at the beginning of the tour. */
  readonly start: Scene;
}

/** Plays the commands one after the other. */
export async function playTour(world: World, given: Case, tour: readonly Stop[]): Promise<readonly TourStory[]> {
  const player = new Player(world, given);
  await player.prepare();
  const members = await player.candidates();
  const start = await look(world);
  const stories: TourStory[] = [];
  for (const { pods, command, ...stop } of tour) {
    const names = pods?.flatMap((number) => members[number % Math.max(1, members.length)] ?? []).map(nameOf);
    const request = { command, ...stop, ...(names && { pods: [...new Set(names)] }) };
    stories.push({ ...(await player.carryOut(request, stop.widen === true)), command, start });
  }
  return stories;
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

  /** Creates the cluster. */
  async prepare(): Promise<void> {
    const { objects, before } = this.#case;
    for (const made of objects) await this.create(made);
    await this.#world.settled();
    for (const act of before) await this.act(act);
    await this.#world.settled();
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
      case 'put drained back': {
        const pod = this.drained && (await this.podOf(this.drained));
        return this.#patchPod(pod, { labels: pod && recordOn(pod).labels });
      }
      case 'unmark drained':
        return this.#patchPod(this.drained, {
          labels: { 'pitlane.dev/drained-from': null },
          annotations: { 'pitlane.dev/drain': null },
        });
      case 'delete pod': {
        const pod = await this.#numbered(act.pod);
        if (pod === undefined) return;
        if (act.isHeld) await this.#hold(pod);
        return world.delete('pods', nameOf(pod), false);
      }
      case 'hold pod':
        return this.#hold(await this.#numbered(act.pod));
      case 'make anew': {
        await world.delete(act.resource, act.name, false);
        await world.settled();
        for (const made of this.#case.objects) if (made.object.metadata.name === act.name) await this.create(made);
        return world.settled();
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

  async command(
    command: 'drain' | 'restore',
    pod: KubeObject,
    force: boolean,
    more: Pick<Asked, 'allServices'> = {},
  ): Promise<Story> {
    const played = await this.carryOut({ command, pods: [nameOf(pod)], force, ...more }, false);
    const seen = played.before.objects.pods.find((other) => uidOf(other) === uidOf(pod)) ?? pod;
    return { ...played, command, pod: seen };
  }

  /** `isPatient`: waits to the end of the time for what may come later than the rest of the cluster. */
  async carryOut(request: Asked, isPatient: boolean): Promise<Played> {
    const world = this.#world;
    await world.settled();
    const before = await look(world);
    let lowestReady = Number.POSITIVE_INFINITY;
    const unfollow = await world.followReady(SERVICE, (ready) => {
      lowestReady = Math.min(lowestReady, ready.size);
    });
    const { outcome, plan, hasWritten } = await this.#runToEnd(request, isPatient);
    await world.settled();
    unfollow();
    const { command, force } = request;
    const { policy } = this.#case;
    const { putsBack } = world;
    const after = await look(world);
    const installed = putsBack && { putsBack };
    return {
      command,
      force,
      policy,
      ...installed,
      before,
      outcome,
      ...(plan && { plan }),
      hasWritten,
      lowestReady,
      after,
    };
  }

  /** As Pitlane does it: the labels, the labels that the service's selector needs too, and the deletion cost. */
  async restoreByHand(pod: KubeObject): Promise<Scene> {
    const record = recordOn(pod);
    const service = (await this.#world.list('services')).find((object) => nameOf(object) === SERVICE);
    const { enabled, ...asked }: Labels = service?.spec.selector ?? {};
    const gate = enabled === undefined || record.was === 'disabled' ? {} : { enabled };
    await this.#patchPod(pod, {
      labels: { ...asked, ...gate, ...labelsOf(pod), ...record.labels, 'pitlane.dev/drained-from': null },
      annotations: { 'controller.kubernetes.io/pod-deletion-cost': '2147483647' },
    });
    return look(this.#world);
  }

  /** A canary is deleted some seconds after it has left: these pass, and the same request continues. */
  async #runToEnd(request: Asked, isPatient: boolean) {
    const first = await this.#run(request, isPatient);
    let { outcome } = first;
    for (let tries = 0; tries < MOST_TRIES && waitsForDataPlanes(outcome); tries += 1) {
      await this.#world.pass(FOLLOWED_SECONDS + 1);
      ({ outcome } = await this.#run(request, isPatient));
    }
    return { ...first, outcome };
  }

  async #run(request: Asked, isPatient: boolean) {
    const world = this.#world;
    const stopping = new AbortController();
    this.#requests += 1;
    let plan: Plan | undefined;
    let atRest: Promise<void> | undefined;
    let hasWritten = false;
    let isMetAsRequired = false;
    const { outcome } = await carryOut(
      this.#pitlane,
      { ...request, service: SERVICE, dryRun: false },
      { by: 'U0000000AB', role: 'admin', requestId: `request-${this.#requests}` },
      {
        deadline: world.now() + 60_000,
        signal: stopping.signal,
        // Canaries are deleted only after their evidence is kept.
        reporter: { keep: async () => {} },
        onEvent(event) {
          if (event.kind === 'planned') plan = event.plan;
          if (event.kind === 'progress')
            isMetAsRequired = event.proof.every(({ milestone, isMet }) => isMet || !milestone.isRequired);
          if (event.kind !== 'wrote') return;
          hasWritten = true;
          if (!isPatient) atRest ??= stopOnceAtRest(world, stopping, () => isMetAsRequired);
        },
      },
    );
    stopping.abort();
    await atRest;
    return { outcome, plan: plan as Plan | undefined, hasWritten };
  }

  async #numbered(number: number): Promise<KubeObject | undefined> {
    await this.#world.settled();
    const pods = byName(await this.#world.list('pods'));
    return pods[number % Math.max(1, pods.length)];
  }

  async #hold(pod: KubeObject | undefined): Promise<void> {
    await this.#patchPod(pod, { finalizers: [...(pod?.metadata.finalizers ?? []), 'example.com/held'] });
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

function recordOn(pod: KubeObject): { readonly labels?: Labels; readonly was?: string } {
  return JSON.parse(annotationsOf(pod)['pitlane.dev/drain'] ?? '{}');
}

function waitsForDataPlanes(outcome: ChangeOutcome): boolean {
  return (
    outcome.kind === 'unfinished' &&
    outcome.left !== undefined &&
    outcome.plan.phases.some(({ until }) => until.some(({ condition }) => condition.kind === 'outLongEnough'))
  );
}

/** On a real cluster only short times pass. */
const MOST_TRIES = 8;
const WAIT_MS = 100;
const MOST_WAITS = 30;

function byName(pods: readonly KubeObject[]): readonly KubeObject[] {
  return [...pods].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}
