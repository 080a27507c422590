import type { KubeObject, OwnerReference } from '@pitlane/embedded-cluster/api';
import type { Facts } from '../../../pitlane/rotation/effect.ts';
import { podsIn } from '../../../pitlane/rotation/plan.ts';
import { type Labels, SERVICE } from '../case.ts';
import type { Played } from '../play.ts';
import {
  annotationsOf,
  controllerOf,
  find,
  inRotation,
  isActive,
  isLeaving,
  isListed,
  isReady,
  labelsOf,
  nameOf,
  ownerOf,
  rootOf,
  type Scene,
  selects,
  serviceSelects,
  uidOf,
} from '../scene.ts';
import { checksOf } from './checks.ts';
import { births, deaths } from './deaths.ts';
import { placeOf } from './drain.ts';
import { type Fact, fact } from './fact.ts';
import { hostPorts } from './needs.ts';
import { replacementLike } from './room.ts';

/** A sentence about a pod, and the objects. */
interface AboutPod {
  readonly story: Played;
  readonly before: Scene;
  readonly after: Scene;
  readonly pod: KubeObject;
  /** As it is afterwards. */
  readonly later: KubeObject | undefined;
  readonly record: DrainRecord;
  /** The owner, or that before the drain. */
  readonly ref: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  readonly owner: KubeObject | undefined;
  readonly facts: Facts;
}

interface DrainRecord {
  readonly owner?: OwnerReference;
  readonly labels?: Labels;
  readonly was?: string;
}

type Holds = (about: AboutPod) => boolean;

const names = (facts: Facts[string] | undefined): readonly string[] => (facts ?? []) as readonly string[];
const isOfKind = ({ ref }: AboutPod, ...kinds: readonly string[]): boolean => kinds.includes(ref?.kind ?? '');
const wants = (owner: KubeObject | undefined): number =>
  owner?.kind === 'DaemonSet' ? (owner.status?.desiredNumberScheduled ?? 0) : (owner?.spec.replicas ?? 0);
const isGone = ({ pod, after }: AboutPod): boolean => {
  const later = find(after, 'pods', uidOf(pod));
  return later === undefined || isLeaving(later);
};
const servicesOf = ({ before, pod }: AboutPod): readonly string[] =>
  before.objects.services
    .filter((service) => nameOf(service) !== SERVICE && serviceSelects(service, labelsOf(pod)))
    .map(nameOf);

/** Its owner's other pods, of a DaemonSet those on the same node, that are ready. */
function readySiblings({ before, pod, ref }: AboutPod): number {
  return before.objects.pods.filter(
    (other) =>
      ownerOf(other)?.uid === ref?.uid &&
      isActive(other) &&
      isReady(other) &&
      (ref?.kind !== 'DaemonSet' || other.spec.nodeName === pod.spec.nodeName),
  ).length;
}

/** A finding about a pod is true of the objects. */
export const TRUE_CHECKS: Readonly<Record<string, Holds>> = {
  OwnerReplacesIt: (about) =>
    isOfKind(about, 'ReplicaSet', 'ReplicationController', 'DaemonSet') &&
    wants(about.owner) > 0 &&
    !isLeaving(about.owner as KubeObject),
  NothingReplacesIt: (about) =>
    !isOfKind(about, 'ReplicaSet', 'ReplicationController') &&
    !(
      isOfKind(about, 'DaemonSet') &&
      about.pod.spec.nodeName &&
      births(about.story).some(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === about.ref?.uid))
    ),
  ReplacementStaysOut: ({ before, owner }) => {
    const service = before.objects.services.find((each) => nameOf(each) === SERVICE) as KubeObject;
    return !serviceSelects(service, owner?.spec.template.metadata.labels ?? {});
  },
  HoldsVolume: ({ pod }) => JSON.stringify(pod.spec.volumes ?? []).includes('claimName'),
  NodeNotWanted: ({ before, pod, ref }) =>
    !before.objects.pods.some(
      (other) => ownerOf(other)?.uid === ref?.uid && isActive(other) && placeOf(other) === placeOf(pod),
    ),
  OwnerUnknown: ({ ref }) => ref?.kind === 'ConfigMap',
  StillListed: ({ before, pod }) => isListed(before, SERVICE, uidOf(pod)),
  TakesTraffic: ({ before, pod }) =>
    before.objects.services.some((each) => nameOf(each) === SERVICE && serviceSelects(each, labelsOf(pod))),
  NotDisabled: ({ pod }) => annotationsOf(pod)['pitlane.dev/disabled'] === undefined,
  JobStartsAnother: (about) => isOfKind(about, 'Job') && about.owner?.spec.suspend !== true,
  NameStaysTaken: (about) => isOfKind(about, 'StatefulSet'),
  OwnerScaledDown: ({ owner }) => owner !== undefined && (wants(owner) === 0 || owner.spec.parallelism === 0),
  OwnerNotSeen: ({ ref, owner }) => ref !== undefined && owner === undefined,
  OwnerBeingDeleted: ({ owner }) => owner !== undefined && isLeaving(owner),
  RootUnknown: ({ before, ref }) => ownerOf(rootOf(before, ref) as KubeObject)?.kind === 'ConfigMap',
  HoldsHostPort: ({ before, pod }) =>
    hostPorts(replacementLike(before, pod)).some((port) => hostPorts(pod).includes(port)),
  BudgetStillCountsIt: ({ before, pod, later, facts }) =>
    before.objects.poddisruptionbudgets.some(
      (budget) =>
        nameOf(budget) === facts.budget &&
        [pod, later ?? pod].every((each) => selects(budget.spec.selector, labelsOf(each))),
    ),
  NotLastOnItsNode: ({ before, pod }) =>
    inRotation(before, SERVICE).filter(({ spec }) => spec.nodeName === pod.spec.nodeName).length > 1,
  IsReady: ({ pod }) => isReady(pod),
  NotReady: ({ pod }) => !isReady(pod),
  OwnerTakesItBack: ({ pod, owner }) => owner !== undefined && ownerOf(pod) === undefined,
  OwnerKeptIt: ({ pod, ref }) => ownerOf(pod) !== undefined && ownerOf(pod)?.uid === ref?.uid,
  OwnerMadeAnew: ({ before, owner, record }) =>
    owner !== undefined && controllerOf(before, record.owner) === undefined && nameOf(owner) === record.owner?.name,
  OwnerGone: ({ ref, owner }) => ref !== undefined && owner === undefined,
  HadNoOwner: ({ record }) => record.owner === undefined,
  LabelsOverwritten: ({ pod, record }) =>
    Object.entries(record.labels ?? {}).some(([key, value]) => (labelsOf(pod)[key] ?? value) !== value),
  StaysOut: ({ before, later, pod, facts }) => {
    const service = before.objects.services.find((each) => nameOf(each) === SERVICE);
    const has = (labels: Labels, texts: readonly string[]) =>
      texts.every((text) => Object.entries(labels).some((label) => label.join('=') === text));
    return has(service?.spec.selector, names(facts.selects)) && has(labelsOf(later ?? pod), names(facts.has));
  },
  StaysDisabled: ({ record, later, pod }) => record.was === 'disabled' && labelsOf(later ?? pod).enabled === undefined,
  NotDrained: ({ pod }) => labelsOf(pod)['pitlane.dev/drained-from'] === undefined,
  HasController: ({ pod }) => ownerOf(pod) !== undefined,
  ServesOthers: (about) => servicesOf(about).length > 0 && ownerOf(about.pod) === undefined,
  ServiceHasEnough: ({ before, facts }) =>
    inRotation(before, SERVICE).length === facts.ready && Number(facts.ready) >= Number(facts.minimum),
  ServiceBelowMinimum: ({ before, facts }) =>
    inRotation(before, SERVICE).length === facts.ready && Number(facts.ready) < Number(facts.minimum),
  ReplacementReady: (about) =>
    readySiblings(about) === about.facts.ready && Number(about.facts.ready) >= Number(about.facts.wanted),
  ReplacementNotReady: (about) =>
    readySiblings(about) === about.facts.ready && Number(about.facts.ready) < Number(about.facts.wanted),
};

/** An effect on a pod is true of the objects, where the command was carried out. */
export const TRUE_EFFECTS: Readonly<Record<string, Holds>> = {
  IsDeleted: isGone,
  LeavesFirst: ({ after, pod }) => !isListed(after, SERVICE, uidOf(pod)),
  LeavesEndpoints: ({ after, pod }) => !isListed(after, SERVICE, uidOf(pod)),
  NotInEndpoints: ({ before, after, pod }) => [before, after].every((scene) => !isListed(scene, SERVICE, uidOf(pod))),
  // A restore that waits for readiness is not done by then.
  ReturnsToEndpoints: ({ after, pod }) => isListed(after, SERVICE, uidOf(pod)) || !isReady(pod),
  LeavesServices: ({ after, pod, facts }) => names(facts.names).every((name) => !isListed(after, name, uidOf(pod))),
  StaysInServices: ({ after, pod, facts }) => names(facts.names).every((name) => isListed(after, name, uidOf(pod))),
  ReplacementCanStart: ({ owner }) => wants(owner) > 0,
  ReturnsOnceReady: ({ pod }) => !isReady(pod),
  FreesNode: ({ after, pod, facts }) => {
    const there = after.objects.pods.filter((other) => other.spec.nodeName === facts.node && isActive(other));
    const alone = there.filter((other) => ownerOf(other) === undefined).map(nameOf);
    return pod.spec.nodeName === facts.node && names(facts.blocking).every((name) => alone.includes(name));
  },
  OwnerKeepsIt: ({ later, facts }) => {
    const owner = later && ownerOf(later);
    return owner !== undefined && `${owner.kind} ${owner.name}` === facts.owner;
  },
  OwnerRecreatesIt: (about) => isOfKind(about, 'StatefulSet') && wants(about.owner) > 0,
  KeepsClaims: ({ pod, facts }) =>
    names(facts.claims).every((name) => JSON.stringify(pod.spec.volumes).includes(`"${name}"`)),
};

type HoldsForAll = (about: {
  readonly story: Played;
  readonly before: Scene;
  readonly after: Scene;
  readonly facts: Facts;
}) => boolean;

const selectorIn = ({ objects }: Scene): Labels =>
  objects.services.find((object) => nameOf(object) === SERVICE)?.spec.selector ?? {};

/** The pods whose gate label is there after the command, and not before it. */
const labelledBetween = (from: Scene, to: Scene): number =>
  from.objects.pods.filter((pod) => {
    const then = find(to, 'pods', uidOf(pod));
    return then !== undefined && labelsOf(pod).enabled === undefined && labelsOf(then).enabled !== undefined;
  }).length;

const canariesOf = (story: Played): readonly KubeObject[] =>
  births(story).filter((pod) => labelsOf(pod)['pitlane.dev/canary'] !== undefined);

/** An effect on the service, where the command is done. */
export const TRUE_OF_SERVICE: Readonly<Record<string, HoldsForAll>> = {
  Selects: ({ after, facts }) =>
    Object.entries(selectorIn(after))
      .map((label) => label.join('='))
      .sort()
      .join() === names(facts.labels).toSorted().join(),
  // A rollout replaces some of them.
  PodsGetLabel: ({ story, before, after, facts }) => {
    const labelled = labelledBetween(before, after);
    return labelled <= Number(facts.pods) && labelled + deaths(story).length >= Number(facts.pods);
  },
  NothingRestarts: ({ story }) => births(story).length === 0,
  PolicyLabelsNewPods: ({ story }) => births(story).length === 0,
  CanariesMade: ({ story, facts }) => canariesOf(story).length === facts.count,
  CanariesStayOut: ({ story, after }) =>
    canariesOf(story).every((pod) => !inRotation(after, SERVICE).some((each) => uidOf(each) === uidOf(pod))),
  JoinsServices: ({ story, after, facts }) => {
    const [canary] = canariesOf(story);
    return names(facts.names).every((name) =>
      after.objects.services.some(
        (each) => nameOf(each) === name && serviceSelects(each, labelsOf(canary as KubeObject)),
      ),
    );
  },
  CanariesShare: ({ story, after, facts }) => {
    const canaries = canariesOf(story).filter((pod) => inRotation(after, SERVICE).includes(pod)).length;
    return inRotation(after, SERVICE).length === facts.pods && canaries === facts.canaries;
  },
  HaveNoController: ({ story }) => canariesOf(story).every((pod) => ownerOf(pod) === undefined),
  ServiceIsController: ({ story }) => canariesOf(story).every((pod) => ownerOf(pod)?.kind === 'Service'),
  LabelsDropped: ({ story, facts }) =>
    canariesOf(story).every((pod) => names(facts.labels).every((key) => labelsOf(pod)[key] === undefined)),
  PortsLeftOut: ({ story }) => canariesOf(story).every((pod) => hostPorts(pod).length === 0),
  PodsLoseLabel: ({ story, before, after, facts }) => {
    const unlabelled = labelledBetween(after, before);
    return unlabelled <= Number(facts.pods) && unlabelled + deaths(story).length >= Number(facts.pods);
  },
  OthersLeave: ({ before, after, facts }) => {
    const stays = new Set(inRotation(after, SERVICE).map(uidOf));
    return inRotation(before, SERVICE).filter((pod) => !stays.has(uidOf(pod))).length === facts.pods;
  },
  NothingLeft: ({ story }) => !story.hasWritten,
  StayDisabled: ({ after, facts }) =>
    !inRotation(after, SERVICE).some((pod) => names(facts.names).includes(nameOf(pod))),
  ServesWithUnready: ({ after, facts }) => inRotation(after, SERVICE).length === facts.pods,
  ServesAlone: ({ after, facts }) => inRotation(after, SERVICE).length === facts.pods,
  OnePodPerNode: ({ after, facts }) => {
    const [daemonSet] = after.objects.daemonsets;
    const pods = after.objects.pods.filter((pod) => ownerOf(pod)?.uid === daemonSet?.metadata.uid && !isLeaving(pod));
    return names(facts.nodes).toSorted().join() === pods.map(placeOf).sort().join();
  },
  SkipsNodes: ({ after, facts }) => {
    const taken = after.objects.pods.filter((pod) => ownerOf(pod)?.kind === 'DaemonSet').map(placeOf);
    return !names(facts.nodes).some((node) => taken.includes(node));
  },
  SharesLabels: ({ story, after }) => {
    const service = after.objects.services.find((each) => nameOf(each) === SERVICE) as KubeObject;
    return births(story).every((pod) => ownerOf(pod)?.kind !== 'DaemonSet' || serviceSelects(service, labelsOf(pod)));
  },
  ScalesToZero: ({ before, after, facts }) =>
    before.objects.deployments.some(({ spec }) => spec.replicas === facts.replicas) &&
    after.objects.deployments.some(({ spec }) => spec.replicas === 0),
  ScalesUp: ({ after, facts }) => after.objects.deployments.some(({ spec }) => spec.replicas === facts.replicas),
  DeletesDaemonSet: ({ before, after }) =>
    before.objects.daemonsets.length === 1 && after.objects.daemonsets.length === 0,
  DoesNotSelect: ({ before }) => selectorIn(before).enabled === undefined,
};

/** The sentences of the command that are about one pod, and those of a service. */
export function factsOnSentences(story: Played): Fact[] {
  const { before, after, plan, outcome } = story;
  const subject = plan?.operation.subject ?? ('operation' in outcome ? outcome.operation?.subject : undefined);
  const [only, ...others] = subject === undefined ? [] : podsIn(subject);
  const pod = before.objects.pods.find((each) => uidOf(each) === only?.uid);
  const effects = story.hasWritten && outcome.kind === 'done' ? (plan?.effects ?? []) : [];
  const says = (code: string, isTrue: boolean): Fact => fact('sentences', code, isTrue ? code : `not so: ${code}`);
  if (pod === undefined || others.length > 0)
    return effects.flatMap(({ code, facts = {} }) => {
      const holds = subject?.kind === 'service' ? TRUE_OF_SERVICE[code] : undefined;
      return holds === undefined ? [] : says(code, holds({ story, before, after, facts }));
    });
  const record = JSON.parse(annotationsOf(pod)['pitlane.dev/drain'] ?? '{}') as DrainRecord;
  const ref = ownerOf(pod) ?? record.owner;
  const owner = controllerOf(before, ref) ?? heirOf(before, ref);
  const later = find(after, 'pods', uidOf(pod));
  const about = { story, before, after, pod, later, record, ref, owner };
  return [
    ...checksOf(story).flatMap(({ code, facts = {} }) => {
      const holds = TRUE_CHECKS[code];
      return holds === undefined ? [] : says(code, holds({ ...about, facts }));
    }),
    ...effects.flatMap(({ code, facts = {} }) => {
      const holds = TRUE_EFFECTS[code];
      return holds === undefined ? [] : says(code, holds({ ...about, facts }));
    }),
  ];
}

/** What was made anew under the name of an owner that is gone. */
function heirOf({ objects }: Scene, ref: AboutPod['ref']): KubeObject | undefined {
  const all = [
    ...objects.replicasets,
    ...objects.daemonsets,
    ...objects.statefulsets,
    ...objects.replicationcontrollers,
  ];
  return all.find((each) => each.kind === ref?.kind && nameOf(each) === ref?.name);
}
