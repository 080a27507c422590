import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Condition, Progress } from '../../../pitlane/rotation/plan.ts';
import type { GateLabel, PodRef } from '../../../pitlane/rotation/snapshot.ts';
import { type Labels, SERVICE } from '../case.ts';
import type { Played } from '../play.ts';
import {
  annotationsOf,
  controllerOf,
  endpointsOf,
  find,
  inRotation,
  isActive,
  isLeaving,
  isListed,
  isReady,
  labelsOf,
  nameOf,
  ownerOf,
  readyUids,
  rootOf,
  type Scene,
  serviceSelects,
  uidOf,
} from '../scene.ts';
import { placeOf } from './drain.ts';
import { type Fact, fact } from './fact.ts';

/** The condition as a whole, and the cluster before the command and once it is at rest. */
type Holds<K extends Condition['kind']> = (about: {
  readonly after: Scene;
  readonly condition: Condition & { readonly kind: K };
}) => boolean;

interface OfOwner {
  readonly after: Scene;
  readonly condition: Condition & { readonly kind: 'replacementCreated' | 'replacementReady' | 'surplusGone' };
}
type OfLabel = Extract<Condition, { label: GateLabel }>;

const NOT_SEEN_LATER = 'is about a time, which the objects do not show';

const serviceIn = ({ objects }: Scene): KubeObject =>
  objects.services.find((each) => nameOf(each) === SERVICE) as KubeObject;
const selectorIn = (scene: Scene): Labels => serviceIn(scene).spec.selector ?? {};
const podIn = (scene: Scene, { uid }: PodRef): KubeObject | undefined => find(scene, 'pods', uid);
const annotationOn = (object: KubeObject, mark: string): { readonly id?: string; readonly label?: string } =>
  JSON.parse(annotationsOf(object)[`pitlane.dev/${mark}`] ?? '{}');
const serves = (scene: Scene, pod: KubeObject | undefined): boolean =>
  pod !== undefined && inRotation(scene, SERVICE).includes(pod);
const hasLabel = ({ label }: OfLabel, labels: Labels): boolean => labels[label.key] === label.value;
const hasRule = ({ objects }: Scene): boolean =>
  objects.configmaps.some((each) => nameOf(each) === `pitlane-${SERVICE}.gate`);

/** The active pods of an owner, of a DaemonSet on one node, without those that are replaced. */
function owned({ after, condition }: OfOwner): readonly KubeObject[] {
  const { owner, nodeName } = condition;
  const replaced = 'pods' in condition ? condition.pods.map(({ uid }) => uid) : [];
  return after.objects.pods.filter(
    (pod) =>
      ownerOf(pod)?.uid === owner.uid &&
      isActive(pod) &&
      !replaced.includes(uidOf(pod)) &&
      (nodeName === undefined || placeOf(pod) === nodeName),
  );
}

function wanted({ after, condition: { owner, nodeName } }: OfOwner): number {
  if (nodeName !== undefined) return 1;
  const found = controllerOf(after, owner);
  const { replicas, parallelism = 0, completions = Number.POSITIVE_INFINITY } = found?.spec ?? {};
  // A DaemonSet, of a pod without a node.
  if (found?.kind === 'DaemonSet') return found.status?.desiredNumberScheduled ?? 0;
  return replicas ?? Math.min(parallelism, completions - (found?.status?.succeeded ?? 0));
}

function listedPods(scene: Scene): readonly KubeObject[] {
  const ready = readyUids(endpointsOf(scene, SERVICE));
  return scene.objects.pods.filter((pod) => ready.has(uidOf(pod)));
}

function templateOf(scene: Scene, owner: { uid: string } | undefined): Labels {
  return controllerOf(scene, owner)?.spec.template.metadata.labels ?? {};
}

/** What the cluster shows once it is at rest, if a report says that a condition was met. */
const PROVEN: { readonly [K in Condition['kind']]: Holds<K> | typeof NOT_SEEN_LATER } = {
  unlisted: ({ after, condition }) => !isListed(after, SERVICE, condition.pod.uid),
  outLongEnough: ({ after, condition }) => !isListed(after, SERVICE, condition.pod.uid),
  released: ({ after, condition }) => {
    const pod = podIn(after, condition.pod);
    return pod === undefined || ownerOf(pod) === undefined;
  },
  replacementCreated: (about) => owned(about).length >= wanted(about),
  replacementReady: (about) => {
    const pods = owned(about);
    const serving = pods.filter((pod) => serves(about.after, pod));
    return pods.length >= wanted(about) && serving.length >= Math.min(about.condition.pods.length, pods.length);
  },
  inRotation: ({ after, condition }) => serves(after, podIn(after, condition.pod)),
  selected: ({ after, condition }) => {
    const pod = podIn(after, condition.pod);
    return pod !== undefined && serviceSelects(serviceIn(after), labelsOf(pod));
  },
  adopted: ({ after, condition }) => {
    const pod = podIn(after, condition.pod);
    return pod !== undefined && ownerOf(pod)?.uid === condition.owner.uid;
  },
  surplusGone: (about) => owned(about).length <= wanted(about),
  unmarked: ({ after, condition }) => {
    const pod = podIn(after, condition.pod);
    return (
      pod !== undefined &&
      annotationsOf(pod)['pitlane.dev/drain'] === undefined &&
      labelsOf(pod)['pitlane.dev/drained-from'] === undefined
    );
  },
  extended: NOT_SEEN_LATER,
  gone: ({ after, condition }) => podIn(after, condition.pod) === undefined,
  canaryReady: ({ after, condition }) => {
    const pod = after.objects.pods.find((each) => nameOf(each) === condition.pod.name);
    return (
      pod !== undefined &&
      annotationOn(pod, 'canary').id === condition.id &&
      (isReady(pod) || !condition.isOut) &&
      serves(after, pod) !== condition.isOut
    );
  },
  gateRecorded: ({ after, condition: { label } }) =>
    annotationOn(serviceIn(after), 'gate').label === `${label.key}=${label.value}`,
  ruleInForce: ({ after }) => hasRule(after),
  gateLabelled: ({ after, condition }) => listedPods(after).every((pod) => hasLabel(condition, labelsOf(pod))),
  gateInForce: ({ after, condition }) => hasLabel(condition, selectorIn(after)),
  gateOpen: ({ after, condition }) => selectorIn(after)[condition.label.key] === undefined,
  ruleGone: ({ after }) => !hasRule(after),
  gateUnlabelled: ({ after, condition }) =>
    after.objects.pods
      .filter((pod) => isActive(pod) && hasLabel(condition, labelsOf(pod)))
      .filter((pod) => serviceSelects(serviceIn(after), labelsOf(pod)))
      .every((pod) => hasLabel(condition, templateOf(after, ownerOf(pod)))),
  gateForgotten: ({ after }) => annotationsOf(serviceIn(after))['pitlane.dev/gate'] === undefined,
  rolledOut: ({ after, condition }) => hasLabel(condition, templateOf(after, condition.owner)) === condition.hasLabel,
  unchanged: ({ after, condition: { before } }) =>
    before.pods.every((end) => after.objects.pods.some((pod) => uidOf(pod).endsWith(end))),
  setsInRotation: ({ after, condition: { key, values } }) =>
    after.objects.pods
      .filter((pod) => isReady(pod) && isActive(pod) && values.includes(labelsOf(pod)[key] ?? ''))
      .filter((pod) => serviceSelects(serviceIn(after), labelsOf(pod)))
      .every((pod) => serves(after, pod)),
  othersOut: ({ after, condition }) => listedPods(after).every((pod) => hasLabel(condition, labelsOf(pod))),
  switchRecorded: ({ after, condition }) => annotationOn(serviceIn(after), 'switch').id === condition.id,
  bothHeld: NOT_SEEN_LATER,
  debuggable: NOT_SEEN_LATER,
  daemonSetServes: ({ after, condition }) => {
    const daemonSet = after.objects.daemonsets.find((each) => nameOf(each) === condition.name);
    const pods = after.objects.pods.filter((pod) => ownerOf(pod)?.uid === daemonSet?.metadata.uid);
    const desired = daemonSet?.status?.desiredNumberScheduled ?? 0;
    return desired > 0 && pods.filter((pod) => serves(after, pod)).length >= desired;
  },
  deploymentServes: ({ after, condition }) => {
    const deployment = after.objects.deployments.find((each) => nameOf(each) === condition.name);
    const pods = after.objects.pods.filter(
      (pod) => isActive(pod) && deployment !== undefined && rootOf(after, ownerOf(pod)) === deployment,
    );
    return (
      deployment?.spec.replicas === condition.replicas &&
      pods.length === condition.replicas &&
      pods.every((pod) => serves(after, pod))
    );
  },
  workloadGone: ({ after, condition: { owner } }) =>
    [...after.objects.daemonsets, ...after.objects.deployments].every((each) => uidOf(each) !== owner.uid),
};

/** Why a condition can no longer be met, as the objects show it. */
const LOST: Readonly<Record<NonNullable<Progress['because']>, (after: Scene, condition: Condition) => boolean>> = {
  LabelPutBack: (after, condition) => {
    const pod = 'pod' in condition ? podIn(after, condition.pod) : undefined;
    return pod === undefined || serviceSelects(serviceIn(after), labelsOf(pod));
  },
  AdoptedByAnother: (after, condition) => {
    const pod = 'pod' in condition ? podIn(after, condition.pod) : undefined;
    return pod === undefined || ownerOf(pod) !== undefined;
  },
  OwnerGone: (after, condition) => {
    const owner = 'owner' in condition ? controllerOf(after, condition.owner) : undefined;
    return owner === undefined || isLeaving(owner);
  },
};

/** Other pods than the missing ones may satisfy them. */
const COUNTED: readonly Condition['kind'][] = ['replacementCreated', 'replacementReady', 'rolledOut', 'gateUnlabelled'];

/** The report: each milestone that it says was met, is missing, or is lost for a reason. */
export function factsOnReport({ after, outcome }: Played): Fact[] {
  if (!('proof' in outcome)) return [];
  return outcome.proof.flatMap(({ milestone: { key, condition }, isMet, because }) => {
    const says = (isTrue: boolean): Fact => fact('report', key, isTrue ? key : `not so: ${isMet} ${key}`);
    if (because !== undefined) return says(LOST[because](after, condition));
    const holds = PROVEN[condition.kind] as Holds<never> | typeof NOT_SEEN_LATER;
    if (holds === NOT_SEEN_LATER || (!isMet && COUNTED.includes(condition.kind))) return [];
    return says(holds({ after, condition: condition as never }) === isMet);
  });
}
