import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { proofOf } from '../../../pitlane/rotation/plan.ts';
import { FAULT, SERVICE } from '../case.ts';
import type { Story } from '../play.ts';
import {
  controllerOf,
  endpointsOf,
  find,
  inRotation,
  isListed,
  labelsOf,
  nameOf,
  ownerOf,
  readyUids,
  uidOf,
} from '../scene.ts';
import { factsOnNumbers, hasCode } from './checks.ts';
import { births, deaths } from './deaths.ts';
import { type Fact, fact } from './fact.ts';
import { isInRotation, rotationOf } from './numbers.ts';
import { readEffect } from './plan-text.ts';
import { factsOnReasons } from './reasons.ts';
import { nodesWithRoom, quotasWithoutRoom } from './room.ts';
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
    ...factsOnOthers(story),
    ...factsOnRelease(story, drained),
    ...factsOnReplacement(story),
    ...(hasCode(story, 'RolloutUnderWay')
      ? []
      : [
          fact(
            'deaths',
            'no pod dies',
            deaths(story).length === 0 ? 'no pod dies' : `${deaths(story).map(nameOf)} die`,
          ),
        ]),
    fact('effects', plan.effects.map(readEffect).join('\n'), expectedEffects(story, drained ?? pod).join('\n')),
  ];

  function factsOnOthers({ lowestReady }: Story): Fact[] {
    // A rollout takes pods out of rotation too.
    if (hasCode(story, 'RolloutUnderWay')) return [];
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
  const replacements = births(story).filter((other) => owner !== undefined && ownerOf(other)?.uid === owner.uid);
  const ready = readyUids(endpointsOf(after, SERVICE));
  const [replacement, ...more] = replacements;
  const promised = (kind: string) => proofOf(plan).find(({ condition }) => condition.kind === kind);
  const [created, inService] = [promised('replacementCreated'), promised('replacementReady')];
  const isDoubtful = created !== undefined && !created.isRequired;
  const predicted = predictReplacement();
  // A Job may start another pod or not: the plan does not say.
  if (predicted === undefined || isLeftToTheApp(story)) return [];
  return [fact('replacement', predicted, actualReplacement()), ...factsOnRoom(replacement)];

  function predictReplacement(): string | undefined {
    if (created === undefined) return owner?.kind === 'Job' ? undefined : 'no replacement comes';
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
    const fitting = nodesWithRoom(before, pod);
    const actual = born.spec.nodeName ?? 'nowhere';
    const isPredicted = fitting.length === 0 ? actual === 'nowhere' : fitting.includes(actual);
    return [fact('room', isPredicted ? actual : fitting.join(' or ') || 'nowhere', actual)];
  }
}

/**
 * No plan can know that the app of the template gets ready. Plans ignore the pod's own affinity, and other pods that wait
 * for the place that its labels make free.
 */
function isLeftToTheApp({ before, pod }: Story): boolean {
  const template = controllerOf(before, ownerOf(pod))?.spec.template;
  const isFaulty = template?.metadata?.annotations?.[FAULT] !== undefined;
  // The controller creates replacements from its template. An adopted pod may be different.
  const isAdopted = template !== undefined && !isOfTemplate(pod, template);
  const shuns = ({ spec }: KubeObject): boolean => spec.affinity?.podAntiAffinity !== undefined;
  const isWaitedFor = before.everyPod.some((other) => other.spec.nodeName === undefined && shuns(other));
  return isFaulty || isAdopted || shuns(pod) || isWaitedFor;
}

function isOfTemplate(pod: KubeObject, template: { readonly spec: PodSpec }): boolean {
  return shapeOf(pod.spec) === shapeOf(template.spec);
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly tolerations?: readonly { readonly key?: string }[];
}

interface Container {
  readonly name: string;
  readonly resources?: object;
  readonly ports?: readonly { readonly hostPort?: number }[];
}

/** The parts of a pod that decide where it fits. */
function shapeOf({ containers, initContainers = [], tolerations = [] }: PodSpec): string {
  const all = [...containers, ...initContainers].map(({ name, resources = {}, ports = [] }) => [
    name,
    resources,
    ports.map(({ hostPort }) => hostPort),
  ]);
  return JSON.stringify([all, tolerations.some(({ key }) => key === 'dedicated')]);
}

/** The effects, computed from the cluster before and after. */
function expectedEffects(story: Planned, drained: KubeObject): string[] {
  const { before, after, pod } = story;
  const name = nameOf(pod);
  const owner = ownerOf(pod);
  const [was, is] = [labelsOf(pod), labelsOf(drained)];
  const probed: string[] = pod.spec.containers
    .filter((container: { livenessProbe?: object }) => container.livenessProbe)
    .map((container: { name: string }) => container.name);
  const { nodeName } = pod.spec;
  const alone = ownerOf(drained) === undefined ? ' without a controller' : '';
  return [
    ...(isInRotation(before, pod) && rotationOf(before) === 1 ? [`empty: ${SERVICE}`] : []),
    `${isListed(before, SERVICE, uidOf(pod)) ? 'stops listing' : 'does not list'}: ${SERVICE} ${name}`,
    ...(isReplaced(story) && owner ? [expectedReplacement(story, `${owner.kind} ${owner.name}`)] : []),
    ...expectedStillListed(before, after, pod),
    ...expectedSelectors(before, pod, is),
    ...expectedAutoscalers(before, owner, was, is),
    ...(probed.length > 0 ? [`restarts: ${probed}`] : []),
    nodeName === undefined ? `stays: ${name} without a node` : `stays: ${name} ${nodeName}${alone}`,
    'drained: 1 h',
  ];
}

/** Its controller exists, is of a kind that replaces pods, and wants pods. */
function isReplaced({ before, pod }: Story): boolean {
  const owner = controllerOf(before, ownerOf(pod));
  if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return false;
  if (owner.kind === 'DaemonSet') return placeOf(pod) !== '' && (owner.status?.desiredNumberScheduled ?? 0) > 0;
  return (owner.kind === 'ReplicaSet' || owner.kind === 'ReplicationController') && owner.spec.replicas > 0;
}

function expectedReplacement({ before, pod }: Story, owner: string): string {
  // It is made from the template, and an adopted pod is not.
  const template = controllerOf(before, ownerOf(pod))?.spec.template;
  if (quotasWithoutRoom(before, { ...pod, spec: template?.spec ?? pod.spec }).length > 0)
    return `no replacement: ${owner}`;
  const fitting = nodesWithRoom(before, pod);
  if (ownerOf(pod)?.kind === 'DaemonSet') {
    const node = placeOf(pod);
    return `replacement: ${owner} ${node} ${fitting.includes(node) ? 'has' : 'without'} room`;
  }
  const affinity = pod.spec.affinity === undefined ? '' : ' without affinity';
  return `replacement: ${owner} ${fitting.length}/${before.objects.nodes.length}${affinity}`;
}

/** The node of a DaemonSet's pod, also before the scheduler has bound it. */
function placeOf({ spec }: KubeObject): string {
  const [term] = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return spec.nodeName ?? term?.matchFields?.[0]?.values?.[0] ?? '';
}
