import { list, pairs } from '../text/words.ts';
import { lacking, onlyKeys, valueIn } from './labels.ts';
import { CANARY, DRAINED_FROM, readDisabled, readDrain } from './marks.ts';
import { type Member, memberLabels, members } from './membership.ts';
import { kubectlLine } from './patch.ts';
import { formatSelector, matches, type Selector, selectorOf } from './selector.ts';
import type { Labels, ObjectRef, Pod, Snapshot } from './snapshot.ts';
import { isActive, isBuiltIn, nameOf } from './workload.ts';

/** A pod that someone took out of the service by hand, by its labels, without Pitlane's marks. */
export interface TakenOut {
  readonly pod: Pod;
  /** A pod of the same template, which is in the service. */
  readonly sibling: Pod;
  /** The labels of the template that it lacks, or has with another value. */
  readonly back: Labels;
}

/** Labels that name the template of a pod. */
const REVISIONS = ['pod-template-hash', 'controller-revision-hash'];

/** A candidate, and a member that seems to be of the same template. */
interface Suspect {
  readonly pod: Pod;
  readonly sibling: Pod;
}

/**
 * The candidates that are not in the service, but have the owner of a member, or none and a name that this owner gives, and
 * the same revision. A pod of an old revision is left out: its owner would delete it if its labels were put back.
 */
function suspectsAmong(snapshot: Snapshot, candidates: readonly Pod[]): readonly Suspect[] {
  const wanted = wantedBy(snapshot);
  if (wanted === undefined) return [];
  const siblings = siblingsIn(snapshot);
  return candidates
    .filter((pod) => isUnmarked(pod) && isActive(pod) && !matches(wanted, pod.labels))
    .flatMap((pod) => {
      const sibling = siblings.find((each) => isOfOneTemplate(pod, each));
      return sibling === undefined ? [] : { pod, sibling };
    });
}

/** The owners whose templates tell whether the candidates were in the service. */
export function ownersToAsk(snapshot: Snapshot, candidates: readonly Pod[]): readonly ObjectRef[] {
  const owners = suspectsAmong(snapshot, candidates).flatMap(({ sibling: { owner } }) => owner ?? []);
  return [...new Map(owners.map((owner) => [owner.uid, owner])).values()];
}

/**
 * The pods among the candidates that were in the service, as far as that is sure: the service selects the labels of their
 * template, in which they differ. `controllers` of the snapshot holds the owners that were read.
 */
export function takenOut(snapshot: Snapshot, candidates: readonly Pod[]): readonly TakenOut[] {
  const wanted = wantedBy(snapshot) ?? [];
  return suspectsAmong(snapshot, candidates).flatMap(({ pod, sibling }) => {
    const owner = snapshot.controllers.find(({ uid }) => uid === sibling.owner?.uid);
    const template = owner?.templateLabels;
    if (template === undefined || !matches(wanted, template)) return [];
    const labels = { ...template, ...onlyKeys(sibling.labels, REVISIONS) };
    return { pod, sibling, back: lacking(pod.labels, labels) };
  });
}

/** Without the gate: a pod that only lacks the gate's label is disabled. */
function wantedBy({ service, policy }: Snapshot): Selector | undefined {
  const labels = memberLabels(service, policy);
  return labels && selectorOf(labels);
}

function siblingsIn(snapshot: Snapshot): readonly Pod[] {
  const isSibling = ({ kind, state }: Member): boolean =>
    kind === 'workload pod' && state !== 'drained' && state !== 'terminating';
  return members(snapshot)
    .filter((member) => isSibling(member) && member.pod.owner !== undefined && isBuiltIn(member.pod.owner))
    .map(({ pod }) => pod);
}

function isUnmarked(pod: Pod): boolean {
  const isMarked = [DRAINED_FROM, CANARY].some((label) => valueIn(pod.labels, label) !== undefined);
  return !isMarked && readDrain(pod).kind === 'none' && readDisabled(pod).kind === 'none' && !pod.isGuarded;
}

/** The characters that Kubernetes adds to names have neither vowels nor digits like them (util/rand, alphanums): not `debug`. */
const GENERATED = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** A StatefulSet labels its pods; a name with a number alone may be chosen by hand. */
function isNumbered({ labels }: Pod): boolean {
  return [...REVISIONS, 'statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index'].some((key) =>
    Object.hasOwn(labels, key),
  );
}

function isOfOneTemplate(pod: Pod, sibling: Pod): boolean {
  const { owner } = sibling;
  if (owner === undefined) return false;
  const isOwned = pod.owner?.uid === owner.uid;
  const rest = pod.name.startsWith(`${owner.name}-`) ? pod.name.slice(owner.name.length + 1) : '';
  const isNamed = owner.kind === 'StatefulSet' ? /^\d+$/.test(rest) && isNumbered(pod) : GENERATED.test(rest);
  const isOfRevision = REVISIONS.every(
    (key) => (valueIn(pod.labels, key) ?? valueIn(sibling.labels, key)) === valueIn(sibling.labels, key),
  );
  return isOfRevision && (isOwned || (pod.owner === undefined && isNamed));
}

/** `rng-b85tm was in rng; lacks app=rng`, and what happens once the labels are back. */
export function takenOutText({ service }: Snapshot, { pod, sibling, back }: TakenOut): string {
  const lacks = Object.entries(back).filter(([key]) => valueIn(pod.labels, key) === undefined);
  const has = Object.keys(back).filter((key) => valueIn(pod.labels, key) !== undefined);
  const parts = [
    ...(lacks.length > 0 ? [`lacks ${list(pairs(Object.fromEntries(lacks)))}`] : []),
    ...has.map((key) => `has ${key}=${valueIn(pod.labels, key)} instead of ${key}=${valueIn(back, key)}`),
  ];
  const adopts =
    pod.owner === undefined && sibling.owner !== undefined
      ? ` ${nameOf(sibling.owner)} adopts it once its labels are back, and deletes it or another pod if it has too many.`
      : '';
  return `${pod.name} was in ${service.name}; ${parts.join(' and ')}. It was taken out by hand.${adopts}`;
}

/** Puts the labels back. */
export function putBackLine(snapshot: Snapshot, { pod, back }: TakenOut): string {
  const overwrites = Object.keys(back).some((key) => valueIn(pod.labels, key) !== undefined);
  return kubectlLine('label', snapshot, pod, back, overwrites);
}

/** Selectors that find such pods: by the revisions of the members, and where they have none by what the service selects. */
export function selectorsOfTakenOut(snapshot: Snapshot): readonly string[] {
  const wanted = wantedBy(snapshot) ?? [];
  const siblings = siblingsIn(snapshot);
  const byRevision = REVISIONS.flatMap((key) => {
    const values = [...new Set(siblings.flatMap(({ labels }) => valueIn(labels, key) ?? []))].sort();
    return values.length === 0 ? [] : [{ key, operator: 'In' as const, values }];
  });
  const hasOthers = siblings.some(({ labels }) => REVISIONS.every((key) => valueIn(labels, key) === undefined));
  const [first] = wanted;
  const others = hasOthers && first !== undefined ? [{ ...first, operator: 'NotIn' as const }] : [];
  return [...byRevision, ...others].map((requirement) => formatSelector([requirement]));
}
