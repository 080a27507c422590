import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { type Check, type Plan, podsLeftOut, writesOf } from '../../../pitlane/rotation/plan.ts';
import { FAULT, SERVICE } from '../case.ts';
import type { TourStory } from '../play.ts';
import {
  endpointsOf,
  find,
  inRotation,
  isLeaving,
  isReady,
  labelsOf,
  nameOf,
  ownerOf,
  readyUids,
  type Scene,
  uidOf,
} from '../scene.ts';
import { hasCode } from './checks.ts';
import { births, deaths, foreseeableDeaths } from './deaths.ts';
import { placeOf } from './drain.ts';
import { type Fact, fact } from './fact.ts';
import { rotationOf } from './numbers.ts';
import { touched } from './refusal.ts';

type Planned = TourStory & { readonly plan: Plan };

/** All facts of a command of a tour. One that has written nothing changes nothing. */
export function judgeTour(story: TourStory): readonly Fact[] {
  const { plan, hasWritten, command } = story;
  if (plan === undefined || !hasWritten) return [fact('refusals', 'nothing is touched', touched(story))];
  return RULES[command]({ ...story, plan });
}

const RULES: Readonly<Record<TourStory['command'], (story: Planned) => readonly Fact[]>> = {
  'gate on': (story) => (isRollout(story) ? judgeRollout(story) : judgeGate(story)),
  'gate off': (story) => [...(isRollout(story) ? judgeRollout(story) : judgeGate(story)), ...factsOnIdentity(story)],
  disable: judgeDisable,
  enable: judgeEnable,
  'canary start': judgeCanaries,
  'canary stop': judgeStop,
  switch: judgeSwitch,
  finish: judgeFinish,
  spread: judgeSpread,
  'spread back': judgeSpreadBack,
};

function isRollout(story: Planned): boolean {
  return hasCode(story, 'PodsRestart', 'RolloutUnderWay');
}

/** No pod leaves the rotation, and none restarts. Ready pods that get the label, or need it no longer, join. */
function judgeGate(story: Planned): Fact[] {
  const { before, after, command } = story;
  const now = readyUids(endpointsOf(before, SERVICE)).size;
  const lost = lostBetween(before, after);
  const selector = selectorIn(after);
  return [
    isDone(story),
    ...neverFewer(story, now),
    fact('rotation', 'no pod leaves', lost.length === 0 ? 'no pod leaves' : `${lost} leave`),
    fact('labels', `gate ${command === 'gate on'}`, `gate ${selector.enabled === 'yes'}`),
    ...samePods(story),
  ];
}

/** A rollout that was not forced keeps the number that its plan promises. */
function judgeRollout(story: Planned): Fact[] {
  const promise = story.plan.checks.find(({ code }) => code === 'StaysAboveMinimum');
  return promise === undefined || hasCode(story, 'RolloutUnderWay') ? [] : neverFewer(story, leastIn(promise));
}

/** The pods in rotation that a check foretells. */
function leastIn({ facts }: Check): number {
  return Number(facts?.ready);
}

/** The objects that a gate changes. */
const GATED = ['pods', 'services', 'deployments', 'daemonsets', 'statefulsets'] as const;

/** Without a gate before, everything is as at the beginning. Pods of a rollout are new. */
function factsOnIdentity({ start, after, outcome }: Planned): Fact[] {
  if (outcome.kind !== 'done' || selectorIn(start).enabled !== undefined) return [];
  const changed = GATED.flatMap((resource) => start.objects[resource].map((object) => ({ resource, object })))
    .filter(({ resource, object }) => {
      const later = find(after, resource, uidOf(object));
      return later !== undefined && !isLeaving(later) && marksOf(later) !== marksOf(object);
    })
    .map(({ object }) => nameOf(object));
  const rules = after.objects.configmaps.filter(({ metadata }) => /^pitlane-.*\.gate$/.test(metadata.name));
  const left = [...changed, ...rules.map(nameOf)];
  return [fact('labels', 'as before the gate', left.length === 0 ? 'as before the gate' : `${left} differ`)];
}

/** The gate, and what a gate changes. */
function marksOf({ metadata, spec }: KubeObject): string {
  const ours = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith('pitlane.dev/'));
  return JSON.stringify([metadata.labels?.enabled, ours, spec.selector, spec.template?.metadata.labels]);
}

const NUMBERED = ['StaysAboveMinimum', 'BelowMinimum'];

/** The pods leave the rotation and stay with their owners, who replace none. */
function judgeDisable(story: Planned): Fact[] {
  const { before, after } = story;
  const pods = writtenPods(story);
  const serving = inRotation(before, SERVICE).filter((pod) => pods.includes(uidOf(pod)));
  const least = rotationOf(before) - serving.length;
  const leftOut = podsLeftOut(story.plan).map(({ name }) => name);
  // One check a pod, each with those before it.
  const checked = story.plan.checks
    .filter(({ code, level, pod }) => NUMBERED.includes(code) && level !== 'leftOut' && !leftOut.includes(pod ?? ''))
    .map(leastIn);
  return [
    isDone(story),
    fact('rotation', `${least}`, `${rotationOf(after)}`),
    ...(checked.length === 0 ? [] : [fact('rotation', `${Math.min(...checked)}`, `${least}`)]),
    ...neverFewer(story, readyUids(endpointsOf(before, SERVICE)).size - serving.length),
    ...sameOwners(story, pods),
    ...samePods(story),
  ];
}

function judgeEnable(story: Planned): Fact[] {
  const { before, after } = story;
  const pods = writtenPods(story);
  const serving = new Set(inRotation(before, SERVICE).map(uidOf));
  const joining = before.objects.pods.filter(
    (pod) => pods.includes(uidOf(pod)) && isServable(before, pod) && !serving.has(uidOf(pod)),
  );
  return [
    isDone(story),
    fact('rotation', `${serving.size + joining.length}`, `${rotationOf(after)}`),
    ...neverFewer(story, readyUids(endpointsOf(before, SERVICE)).size),
    ...sameOwners(story, pods),
    ...samePods(story),
  ];
}

/** The canaries come beside the other pods: no controller adopts one, and every budget still counts. */
function judgeCanaries(story: Planned): Fact[] {
  const { before, after, plan, outcome } = story;
  const created = births(story).filter((pod) => labelsOf(pod)['pitlane.dev/canary'] !== undefined);
  const adopted = created.filter(
    (pod) => !(pod.metadata.ownerReferences ?? []).every(({ kind }) => kind === 'Service'),
  );
  const planned = writesOf(plan).filter(({ kind }) => kind === 'create').length;
  const isOut = created.every((pod) => !isIn(after, pod));
  const { out } = plan.operation.request as { readonly out?: boolean };
  const joined = out ? 0 : planned;
  return [
    ...(isDoubtful(story, created)
      ? []
      : [isDone(story), fact('rotation', `${rotationOf(before) + joined}`, `${rotationOf(after)}`)]),
    ...(outcome.kind === 'done' ? [fact('replacement', `${planned} canaries`, `${created.length} canaries`)] : []),
    ...(out ? [fact('traffic', 'outside', isOut ? 'outside' : 'in rotation')] : []),
    fact(
      'release',
      'no canary is adopted',
      adopted.length === 0 ? 'no canary is adopted' : `${adopted.map(nameOf)} are`,
    ),
    fact('budgets', unsynced(before), unsynced(after)),
    fact('room', toldQuotas(plan), quotasNotCounted(story)),
    // The plan names pods that may go, of the service too.
    ...(hasCode(story, 'MayPreempt')
      ? []
      : [
          ...neverFewer(story, readyUids(endpointsOf(before, SERVICE)).size),
          fact('deaths', 'no other pod dies', deathText(story)),
        ]),
  ];
}

function toldQuotas({ checks }: Planned['plan']): string {
  const quotas = checks.find(({ code }) => code === 'QuotaNotCounted')?.facts?.quotas;
  return Array.isArray(quotas) ? quotas.toSorted().join() : '';
}

/** No plan knows that the app of the template gets ready, or that the scheduler finds a place. */
function isDoubtful(story: Planned, created: readonly KubeObject[]): boolean {
  const shuns = created.some(({ spec }) => spec.affinity?.podAntiAffinity !== undefined);
  const isFaulty = created.some(({ metadata }) => metadata.annotations?.[FAULT] !== undefined);
  return hasCode(story, 'NoRoom', 'MayPreempt', 'QuotaNotCounted') || shuns || isFaulty;
}

/** The API server is asked for one canary, and only it knows quotas with scopes and of limits and devices. */
function quotasNotCounted({ plan, before }: Planned): string {
  if (Number((plan.operation.request as { readonly count?: number }).count) === 1) return '';
  const isForTheServer = ({ hard, scopes, scopeSelector }: KubeObject['spec']): boolean =>
    scopes !== undefined || scopeSelector !== undefined || /limits\.|gpu|ephemeral-storage/.test(JSON.stringify(hard));
  return before.objects.resourcequotas
    .filter(({ spec }) => isForTheServer(spec))
    .map(nameOf)
    .sort()
    .join();
}

function isIn(scene: Scene, pod: KubeObject): boolean {
  return inRotation(scene, SERVICE).some((each) => uidOf(each) === uidOf(pod));
}

/** Budgets that can not be evaluated: they allow no eviction (disruption.go, failSafe). */
function unsynced({ objects }: Scene): string {
  const failed = objects.poddisruptionbudgets.filter(({ status }) =>
    status?.conditions?.some(({ reason }: { reason: string }) => reason === 'SyncFailed'),
  );
  return `not counting: ${failed.map(nameOf)}`;
}

/** Those that the minimum needs are left out. */
function judgeStop(story: Planned): Fact[] {
  const { before, after, plan } = story;
  const planned = writesOf(plan).flatMap(({ kind, target: { uid } }) => (kind === 'delete' ? uid : []));
  const canaries = before.objects.pods.filter((pod) => planned.includes(uidOf(pod)));
  const serving = canaries.filter((pod) => isIn(before, pod)).length;
  const dead = deaths(story).map(nameOf).sort();
  // A Job starts its next pod when its back-off is over.
  const joined = births(story).filter((pod) => isIn(after, pod)).length;
  return [
    isDone(story),
    fact('deaths', `${canaries.map(nameOf).sort()}`, `${dead}`),
    fact('rotation', `${rotationOf(before) - serving}`, `${rotationOf(after) - joined}`),
    ...neverFewer(story, readyUids(endpointsOf(before, SERVICE)).size - serving),
  ];
}

/** Exactly the planned pods are deleted, and the plan says which of them a finalizer holds. */
function judgeFinish(story: Planned): Fact[] {
  const { before, after, plan, outcome } = story;
  const planned = writesOf(plan).flatMap(({ kind, target: { uid } }) => (kind === 'delete' ? uid : []));
  const pods = before.objects.pods.filter((pod) => planned.includes(uidOf(pod)));
  const held = pods.filter(({ metadata }) => (metadata.finalizers ?? []).length > 0);
  const named = plan.effects.some(({ facts }) => `${facts?.finalizers ?? ''}` !== '');
  return [
    fact('outcome', held.length > 0 ? 'unfinished' : 'done', outcome.kind),
    fact('effects', `finalizers: ${named}`, `finalizers: ${held.length > 0}`),
    fact('deaths', `${pods.map(nameOf).sort()}`, `${deathsBut(story, pods).map(nameOf).sort()}`),
    fact(
      'deaths',
      `${held.map(nameOf)} stay`,
      `${held.filter((pod) => find(after, 'pods', uidOf(pod))).map(nameOf)} stay`,
    ),
    ...neverFewer(story, readyUids(endpointsOf(before, SERVICE)).size),
  ];
}

/** The target's ready pods get all traffic, and never fewer pods than the smaller set. */
function judgeSwitch(story: Planned): Fact[] {
  const { before, after, plan } = story;
  const { label = '' } = plan.operation.request as { readonly label?: string };
  const [key = '', value = ''] = label.split('=');
  const { [key]: _, enabled: __, ...rest } = selectorIn(after);
  const wanted = Object.entries({ ...rest, [key]: value });
  const target = before.objects.pods.filter(
    (pod) => isServable(before, pod) && wanted.every(([name, text]) => labelsOf(pod)[name] === text),
  );
  const namesOf = (pods: readonly KubeObject[]) => pods.map(nameOf).sort().join();
  return [
    isDone(story),
    fact('rotation', namesOf(target), namesOf(inRotation(after, SERVICE))),
    ...neverFewer(story, Math.min(readyUids(endpointsOf(before, SERVICE)).size, target.length)),
    ...samePods(story),
  ];
}

/** One pod on each of the nodes that the plan names, before the Deployment loses its own. */
function judgeSpread(story: Planned): Fact[] {
  const { before, after, plan, outcome } = story;
  const [daemonSet] = after.objects.daemonsets;
  const [deployment] = after.objects.deployments.filter(({ metadata }) => metadata.name === daemonSet?.metadata.name);
  const pods = after.objects.pods.filter((pod) => ownerOf(pod)?.uid === daemonSet?.metadata.uid && !isLeaving(pod));
  const serving = pods.filter((pod) => isIn(after, pod));
  const isServed = daemonSet?.status?.desiredNumberScheduled > 0 && serving.length === pods.length;
  const nodes = plan.effects.find(({ code }) => code === 'OnePodPerNode')?.facts?.nodes;
  return [
    fact('outcome', isServed ? 'done' : 'unfinished', outcome.kind),
    fact('replacement', `${nodes}`, `${pods.map(placeOf).sort()}`),
    fact('deaths', isServed ? 'at 0' : 'as before', deployment?.spec.replicas === 0 ? 'at 0' : 'as before'),
    ...neverFewer(story, Math.min(readyUids(endpointsOf(before, SERVICE)).size, serving.length)),
  ];
}

/** All pods of the Deployment from before, and no DaemonSet. */
function judgeSpreadBack(story: Planned): Fact[] {
  const { before, after, start, outcome } = story;
  const ready = readyUids(endpointsOf(before, SERVICE)).size;
  const wanted = ({ objects }: Scene) => objects.deployments.map(({ spec }) => spec.replicas).join();
  const isBack = rotationOf(after) >= Number(start.objects.deployments[0]?.spec.replicas);
  return [
    fact('outcome', isBack ? 'done' : 'unfinished', outcome.kind),
    fact('labels', wanted(start), wanted(after)),
    fact('deaths', `${isBack ? 0 : 1} DaemonSets`, `${after.objects.daemonsets.length} DaemonSets`),
    ...neverFewer(story, Math.min(ready, rotationOf(after))),
  ];
}

/** It is in the endpoints once the service selects it. */
function isServable({ objects }: Scene, pod: KubeObject): boolean {
  const service = objects.services.find((object) => nameOf(object) === SERVICE);
  const isPublished = service?.spec.publishNotReadyAddresses === true && pod.status?.podIP !== undefined;
  return !isLeaving(pod) && (isReady(pod) || isPublished);
}

function isDone({ outcome }: Planned): Fact {
  return fact('outcome', 'done', outcome.kind);
}

function neverFewer({ lowestReady }: Planned, least: number): Fact[] {
  return [
    fact('rotation', `never fewer than ${least} ready`, `never fewer than ${Math.min(lowestReady, least)} ready`),
  ];
}

function samePods(story: Planned): Fact[] {
  return [
    fact(
      'replacement',
      'no pod comes',
      births(story).length === 0 ? 'no pod comes' : `${births(story).map(nameOf)} come`,
    ),
    fact('deaths', 'no other pod dies', deathText(story)),
  ];
}

function deathText(story: Planned): string {
  const dead = deaths(story);
  return dead.length === 0 ? 'no other pod dies' : `${dead.map(nameOf)} die`;
}

function sameOwners({ before, after }: Planned, uids: readonly string[]): Fact[] {
  const owners = (scene: Scene) =>
    uids.map((uid) => {
      const pod = find(scene, 'pods', uid);
      return (pod && ownerOf(pod)?.name) ?? 'nothing';
    });
  return [fact('release', `${owners(before)}`, `${owners(after)}`)];
}

function writtenPods({ plan }: Planned): readonly string[] {
  return writesOf(plan).flatMap(({ target }) => (target.kind === 'Pod' ? target.uid : []));
}

function lostBetween(before: Scene, after: Scene): readonly string[] {
  return inRotation(before, SERVICE)
    .filter((pod) => !isIn(after, pod))
    .map(nameOf);
}

function selectorIn({ objects }: Scene): Readonly<Record<string, string>> {
  return objects.services.find((object) => nameOf(object) === SERVICE)?.spec.selector ?? {};
}

/** Those of these pods, and every other that can be foretold. */
function deathsBut(story: Planned, pods: readonly KubeObject[]): readonly KubeObject[] {
  const finished = new Set(pods.map(uidOf));
  const foreseeable = foreseeableDeaths(story);
  return deaths(story).filter((pod) => finished.has(uidOf(pod)) || foreseeable.includes(pod));
}
