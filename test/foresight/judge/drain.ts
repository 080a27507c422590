import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Facts } from '../../../pitlane/rotation/effect.ts';
import { proofOf } from '../../../pitlane/rotation/plan.ts';
import { FAULT, SERVICE } from '../case.ts';
import type { Story } from '../play.ts';
import {
  annotationsOf,
  controllerOf,
  endpointsOf,
  find,
  inRotation,
  isListed,
  labelsOf,
  nameOf,
  ownerOf,
  readyUids,
  rootOf,
  serviceSelects,
  uidOf,
} from '../scene.ts';
import { factsOnNumbers, hasCode } from './checks.ts';
import { births, deaths, foreseeableDeaths } from './deaths.ts';
import { type Fact, fact } from './fact.ts';
import { isInRotation, rotationOf } from './numbers.ts';
import { factsIn, readEffect, victimsIn } from './plan-facts.ts';
import { factsOnReasons } from './reasons.ts';
import { isWantedOn, nodesToPreemptOn, nodesWithRoom, quotasWithoutRoom, replacementLike } from './room.ts';
import { expectedAutoscalers, expectedSelectors, expectedStillListed } from './selectors.ts';

type Planned = Story & { readonly plan: NonNullable<Story['plan']> };

/** A drain that was carried out. */
export function judgeDrain(story: Planned): Fact[] {
  const { before, after, pod, plan } = story;
  const drained = find(after, 'pods', uidOf(pod));
  const name = nameOf(pod);
  return [
    ...(isLeftToTheApp(story) ? [] : [fact('outcome', 'done', story.outcome.kind)]),
    fact(
      'traffic',
      `${SERVICE} does not list ${name}`,
      `${SERVICE} ${isListed(after, SERVICE, uidOf(pod)) ? 'lists' : 'does not list'} ${name}`,
    ),
    ...factsOnNumbers(story),
    ...factsOnReasons(story),
    ...factsOnPause(story),
    ...factsOnOthers(story),
    ...(drained === undefined ? [] : [factOnOtherServices(story, drained)]),
    ...factsOnRelease(story, drained),
    ...factsOnReplacement(story),
    ...(hasCode(story, 'RolloutUnderWay') ? [] : factsOnDeaths(story)),
    fact('effects', plan.effects.map(readEffect).join('\n'), expectedEffects(story, drained ?? pod).join('\n')),
  ];

  function factsOnOthers({ lowestReady }: Story): Fact[] {
    // A rollout takes pods out of rotation too, and so may the end of pods of lower priority.
    if (hasCode(story, 'RolloutUnderWay', 'MayPreempt') || isWaitedFor(story)) return [];
    const rotation = rotationOf(before);
    const isTaken = inRotation(before, SERVICE).some((other) => uidOf(other) === uidOf(pod));
    const stays = readyUids(endpointsOf(after, SERVICE));
    const lost = inRotation(before, SERVICE).filter((other) => uidOf(other) !== uidOf(pod) && !stays.has(uidOf(other)));
    const least = rotation - Number(isTaken);
    return [
      fact('rotation', `never fewer than ${least} ready`, `never fewer than ${Math.min(lowestReady, least)} ready`),
      fact(
        'traffic',
        'no other pod stops being listed',
        lost.length === 0 ? 'no other pod stops being listed' : `${lost.map(nameOf)} stop`,
      ),
    ];
  }
}

/** The pods that stay in the rotation of each other Service that loses the pod. */
function factOnOtherServices({ before, pod, plan }: Planned, drained: KubeObject): Fact {
  const told = plan.checks
    .filter(({ code }) => code === 'OtherKeepsPods' || code === 'LastOfAnother')
    .map(({ facts }) => `${facts?.service} ${facts?.ready}`);
  const losing = before.objects.services.filter(
    (service) =>
      nameOf(service) !== SERVICE &&
      inRotation(before, nameOf(service)).some((other) => uidOf(other) === uidOf(pod)) &&
      !serviceSelects(service, labelsOf(drained)),
  );
  const left = losing.map((service) => {
    const number = inRotation(before, nameOf(service)).length - 1;
    return `${nameOf(service)} ${number}`;
  });
  return fact('rotation', told.toSorted().join(), left.toSorted().join());
}

/** A paused Deployment with another template than one of its ReplicaSets with pods; the pod's own may be the newest. */
function factsOnPause(story: Planned): Fact[] {
  const { before, pod, plan } = story;
  const found = plan.checks.find(({ code }) => code === 'RolloutPaused');
  const root = rootOf(before, ownerOf(pod));
  if (root?.kind !== 'Deployment') return [];
  const isOld = (set: KubeObject | undefined) => set !== undefined && templateOf(set) !== templateOf(root);
  const sets = before.objects.replicasets.filter((set) => ownerOf(set)?.uid === uidOf(root));
  const isPaused = root.spec.paused === true && sets.some((set) => set.status?.replicas > 0 && isOld(set));
  const isOldPod = isPaused && isOld(controllerOf(before, ownerOf(pod)));
  return [
    fact('revision', `paused: ${found !== undefined}`, `paused: ${isPaused}`),
    fact('revision', `old: ${found?.facts?.isOld === true}`, `old: ${isOldPod}`),
  ];
}

function templateOf({ spec: { template } }: KubeObject): string {
  const { 'pod-template-hash': _, ...labels } = template.metadata?.labels ?? {};
  return JSON.stringify([labels, template.metadata?.annotations ?? {}, template.spec]);
}

/** Only pods that the plan named may die for the replacement, and all of those on its node do. None for one that can't be created. */
function factsOnDeaths(story: Planned): Fact[] {
  if (!hasCode(story, 'MayPreempt') || hasCode(story, 'ReplacementRefused'))
    return [fact('deaths', '', foreseeableDeaths(story).map(nameOf).sort().join())];
  const dead = deaths(story).map(nameOf);
  const node = replacementsIn(story)[0]?.spec.nodeName ?? '';
  const { victims, alike } = victimsIn(story.plan.effects);
  if (isCascade(story)) {
    const all = [...Object.values(victims), ...Object.values(alike)].flat();
    return [
      fact('deaths', 'only named pods', dead.every((name) => all.includes(name)) ? 'only named pods' : dead.join()),
    ];
  }
  const named = victims[node] ?? ['a pod on its node'];
  // Of pods as old as each other, the order in the scheduler's list decides.
  const isWithin = dead.every((name) => [...named, ...(alike[node] ?? [])].includes(name));
  const predicted = isWithin && dead.length === named.length ? dead : named;
  return isLeftToTheApp(story) && dead.length === 0
    ? []
    : [fact('deaths', predicted.toSorted().join(), dead.toSorted().join())];
}

/** The owner also replaces its own pods that were ended for the replacement, and for those others may be ended. */
function isCascade(story: Planned): boolean {
  const owner = ownerOf(story.pod);
  return (
    hasCode(story, 'MayPreempt') &&
    deaths(story).some((dead) => owner !== undefined && ownerOf(dead)?.uid === owner.uid)
  );
}

function replacementsIn(story: Planned): readonly KubeObject[] {
  const owner = ownerOf(story.pod);
  return births(story).filter(
    (other) =>
      owner !== undefined &&
      ownerOf(other)?.uid === owner.uid &&
      // A StatefulSet may be about to recreate another pod that was deleted.
      (owner.kind !== 'StatefulSet' || nameOf(other) === nameOf(story.pod)),
  );
}

function factsOnRelease({ plan, pod }: Planned, drained: KubeObject | undefined): Fact[] {
  const release = proofOf(plan).find(({ condition }) => condition.kind === 'released');
  if (release !== undefined && !release.isRequired) return [];
  const owner = drained && ownerOf(drained);
  const who = owner === undefined ? 'nothing' : `${owner.kind} ${owner.name}`;
  return [
    fact(
      'release',
      `nothing owns ${nameOf(pod)}`,
      `${drained === undefined ? 'no pod is left, so nothing' : who} owns ${nameOf(pod)}`,
    ),
  ];
}

/** The replacement that the milestones promise. */
function factsOnReplacement(story: Planned): Fact[] {
  const { before, after, pod, plan } = story;
  if (hasCode(story, 'RolloutUnderWay')) return [];
  const owner = ownerOf(pod);
  const replacements = replacementsIn(story);
  const ready = readyUids(endpointsOf(after, SERVICE));
  const [replacement, ...more] = replacements;
  const promised = (kind: string) => proofOf(plan).find(({ condition }) => condition.kind === kind);
  const [created, inService] = [promised('replacementCreated'), promised('replacementReady')];
  // A Job with failures waits before it starts the next pod.
  if (owner?.kind === 'Job' && controllerOf(before, owner)?.status?.failed > 0) return [];
  if (isCascade(story)) return [];
  const isDoubtful = hasCode(story, 'HoldsHostPort', 'HoldsVolume', 'NoRoom');
  const predicted = predictReplacement();
  if (isLeftToTheApp(story)) return [];
  return [fact('replacement', predicted, actualReplacement()), ...factsOnRoom(replacement)];

  function predictReplacement(): string {
    if (created === undefined) return 'no replacement comes';
    const where = owner?.kind === 'DaemonSet' ? ` on ${pod.spec.nodeName}` : '';
    if (hasCode(story, 'ReplacementRefused')) return 'no replacement comes';
    if (isDoubtful) return 'one replacement comes, and finds no place';
    return inService === undefined
      ? `one replacement comes${where}, and is not in rotation`
      : `one replacement comes${where}, and is in rotation`;
  }

  function actualReplacement(): string {
    if (replacement === undefined) return 'no replacement comes';
    if (more.length > 0) return `${replacements.map(nameOf)} come`;
    const where = owner?.kind === 'DaemonSet' ? ` on ${replacement.spec.nodeName}` : '';
    if (!replacement.spec.nodeName) return 'one replacement comes, and finds no place';
    return `one replacement comes${where}, and is ${ready.has(uidOf(replacement)) ? '' : 'not '}in rotation`;
  }

  function factsOnRoom(born: KubeObject | undefined): Fact[] {
    if (born === undefined || owner?.kind === 'DaemonSet' || pod.spec.affinity !== undefined) return [];
    const like = replacementLike(before, pod);
    const fitting = [...nodesWithRoom(before, like), ...nodesToPreemptOn(before, like)];
    const actual = born.spec.nodeName ?? 'nowhere';
    const isPredicted = fitting.length === 0 ? actual === 'nowhere' : fitting.includes(actual);
    return [fact('room', isPredicted ? actual : fitting.join(' or ') || 'nowhere', actual)];
  }
}

/**
 * No plan can know that the app of the template gets ready. Plans ignore the pod's own affinity, and other pods that wait
 * for the place that its labels make free.
 */
function isLeftToTheApp({ before, pod, plan }: Planned): boolean {
  const { notChecked = [] } = factsIn(plan.effects, 'StartsReplacement') ?? {};
  // Of a template that asks for other things than the pod.
  const isUnweighed = (notChecked as readonly string[]).some((each) => /volume claim|priority class/.test(each));
  const template = controllerOf(before, ownerOf(pod))?.spec.template;
  const isFaulty = template?.metadata?.annotations?.[FAULT] !== undefined;
  return isFaulty || isUnweighed || shuns(replacementLike(before, pod)) || isWaitedFor({ before });
}

/** The rollout of pods that wait for a place without the pod's labels goes on. */
function isWaitedFor({ before }: Pick<Story, 'before'>): boolean {
  return before.everyPod.some((other) => other.spec.nodeName === undefined && shuns(other));
}

function shuns({ spec }: KubeObject): boolean {
  return spec.affinity?.podAntiAffinity !== undefined;
}

/** The effects, computed from the cluster before and after. */
function expectedEffects(story: Planned, drained: KubeObject): string[] {
  const { before, after, pod } = story;
  const owner = ownerOf(pod);
  const [was, is] = [labelsOf(pod), labelsOf(drained)];
  const says = (code: string, facts?: Facts): string => readEffect({ code, ...(facts && { facts }) });
  const sidecars = (pod.spec.initContainers ?? []).filter(
    ({ restartPolicy }: { restartPolicy?: string }) => restartPolicy === 'Always',
  );
  const probed: string[] = [...pod.spec.containers, ...sidecars]
    .filter((container: { livenessProbe?: object }) => container.livenessProbe)
    .map((container: { name: string }) => container.name);
  const { nodeName } = pod.spec;
  const isLast = isInRotation(before, pod) && rotationOf(before) === 1;
  // Drained already: `--all-services` takes it out of the other Services, and nothing else changes.
  if (annotationsOf(pod)['pitlane.dev/drain'] !== undefined) return expectedSelectors(before, pod, is);
  return [
    ...(isLast ? [says('LeavesNone', { isReplaced: isReplacedSoon(story) })] : []),
    says(isListed(before, SERVICE, uidOf(pod)) ? 'LeavesEndpoints' : 'NotInEndpoints'),
    ...(isReplaced(story) && owner
      ? [expectedReplacement(story, `${owner.kind} ${owner.name}`), ...expectedPreemption(story)]
      : []),
    ...expectedStillListed(before, after, pod),
    ...expectedSelectors(before, pod, is),
    ...expectedAutoscalers(before, owner, was, is),
    ...(probed.length > 0 ? [says('LivenessRestarts', { containers: probed })] : []),
    nodeName === undefined
      ? says('StaysPending')
      : says('StaysAlive', { node: nodeName, isAlone: ownerOf(drained) === undefined }),
    says('NothingAtEnd', { seconds: 3_600 }),
  ];
}

/** Only the app of the template may keep the replacement from getting ready. */
function isReplacedSoon(story: Planned): boolean {
  const ready = readyUids(endpointsOf(story.after, SERVICE));
  const said = factsIn(story.plan.effects, 'LeavesNone')?.isReplaced === true;
  return isLeftToTheApp(story) ? said : said && replacementsIn(story).some((each) => ready.has(uidOf(each)));
}

/** Its controller exists, is of a kind that replaces pods, and wants pods. */
function isReplaced({ before, pod }: Story): boolean {
  const owner = controllerOf(before, ownerOf(pod));
  if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return false;
  if (owner.kind === 'Job') return wantsMore(owner);
  if (owner.kind === 'DaemonSet') {
    const node = before.objects.nodes.find((each) => nameOf(each) === placeOf(pod));
    const isWanted = node !== undefined && isWantedOn(node, replacementLike(before, pod));
    return isWanted && (owner.status?.desiredNumberScheduled ?? 0) > 0;
  }
  return (owner.kind === 'ReplicaSet' || owner.kind === 'ReplicationController') && owner.spec.replicas > 0;
}

function wantsMore({ spec, status }: KubeObject): boolean {
  const hasEnded = status?.conditions?.some(({ type }: { type: string }) => /^(Complete|Failed)/.test(type)) === true;
  return !hasEnded && spec.suspend !== true && spec.parallelism > 0 && (status?.succeeded ?? 0) < spec.completions;
}

function expectedReplacement({ before, pod }: Story, owner: string): string {
  const like = replacementLike(before, pod);
  if (quotasWithoutRoom(before, like).length > 0)
    return readEffect({ code: 'CannotStartReplacement', facts: { owner } });
  const fitting = nodesWithRoom(before, withVolumesOf(pod, like));
  if (ownerOf(pod)?.kind === 'DaemonSet') {
    const node = placeOf(pod);
    return startsReplacement(
      fitting.filter((each) => each === node),
      1,
    );
  }
  return startsReplacement(fitting, before.objects.nodes.length);

  function startsReplacement(fits: readonly string[], all: number): string {
    const notChecked = like.spec.affinity === undefined ? [] : ['affinity'];
    return readEffect({ code: 'StartsReplacement', facts: { owner, fits, nodes: all, notChecked } });
  }
}

/** Plans read only the claims of the pod, and say that the others of the template are not checked. */
function withVolumesOf({ spec: { volumes: own = [] } }: KubeObject, like: KubeObject): KubeObject {
  const names = (own as Volume[]).map(claimOf);
  const volumes = ((like.spec.volumes ?? []) as Volume[]).filter((volume) => names.includes(claimOf(volume)));
  return { ...like, spec: { ...like.spec, volumes } };
}

interface Volume {
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

const claimOf = ({ persistentVolumeClaim }: Volume): string | undefined => persistentVolumeClaim?.claimName;

function expectedPreemption({ before, pod }: Story): string[] {
  if (quotasWithoutRoom(before, replacementLike(before, pod)).length > 0) return [];
  const only = ownerOf(pod)?.kind === 'DaemonSet' ? placeOf(pod) : undefined;
  const nodes = nodesToPreemptOn(before, replacementLike(before, pod), only);
  const victims = Object.fromEntries(nodes.map((node) => [node, []]));
  return nodes.length === 0 ? [] : [readEffect({ code: 'MayEndPods', facts: { victims } })];
}

/** The node of a DaemonSet's pod, also before the scheduler has bound it. */
export function placeOf({ spec }: KubeObject): string {
  const [term] = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return spec.nodeName ?? term?.matchFields?.[0]?.values?.[0] ?? '';
}
