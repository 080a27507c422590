import type { ListRequest } from '../command/request.ts';
import { format } from '../operations/commands.ts';
import { onlyKeys, valueIn } from '../rotation/labels.ts';
import { readDrain } from '../rotation/marks.ts';
import { inRotation, type Member, type MemberState, members } from '../rotation/membership.ts';
import { matches, parseSelector } from '../rotation/selector.ts';
import { sliceNotes } from '../rotation/slices.ts';
import type { Labels, Snapshot } from '../rotation/snapshot.ts';
import { putBackLine, type TakenOut, takenOutText } from '../rotation/taken-out.ts';
import { isHeld, terminatingText } from '../rotation/terminating.ts';
import { editDistance } from '../text/nearest.ts';
import { count, pairs, percent } from '../text/words.ts';
import type { Listed, NotUnderstood } from './outcome.ts';
import { selectorInvalid } from './problems.ts';

/** `othersLabels`: the labels of other pods in the namespace, if the service selects no pod. */
export function listed(
  snapshot: Snapshot,
  request: ListRequest,
  othersLabels: readonly Labels[] | undefined,
  taken: readonly TakenOut[] = [],
): Listed | NotUnderstood {
  const parsed = parseSelector(request.selector ?? '');
  if (parsed.kind === 'invalid') {
    const { selector: _, ...whole } = request;
    return selectorInvalid(parsed.message, format(whole));
  }
  const all = members(snapshot);
  return {
    kind: 'listed',
    service: snapshot.service,
    at: snapshot.at,
    members: all.filter(({ pod }) => matches(parsed.selector, pod.labels)),
    selector: request.selector,
    all: request.all,
    counts: countsOf(all),
    notes: [
      ...selectionNotes(snapshot, othersLabels),
      ...sliceNotes(snapshot),
      ...recordNotes(snapshot),
      ...heldNotes(all, snapshot.at),
      ...takenNotes(snapshot, taken),
    ],
  };
}

function countsOf(all: readonly Member[]): Listed['counts'] {
  const counts: Partial<Record<MemberState, number>> = {};
  for (const { state } of all) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** The canaries of the service, and the part of the traffic that they get. */
export function canariesListed(snapshot: Snapshot): Listed {
  const all = members(snapshot);
  const canaries = all.filter(({ kind }) => kind === 'canary');
  const number = inRotation(snapshot).length;
  const theirs = canaries.filter(({ state }) => state === 'in rotation').length;
  const share = `${theirs} of ${count(number, 'pod')} in rotation ${theirs === 1 ? 'is a canary' : 'are canaries'}`;
  return {
    kind: 'listed',
    service: snapshot.service,
    at: snapshot.at,
    members: canaries,
    all: true,
    counts: countsOf(all),
    notes:
      canaries.length === 0
        ? [`${snapshot.service.name} has no canaries.`]
        : [`${share}: ${percent(theirs, number)} of the traffic.`],
  };
}

/** The service's selector matches no pod. */
export function selectsNothing({ service, pods }: Snapshot): boolean {
  const selector = Object.entries(service.selector ?? {});
  return (
    selector.length > 0 && !pods.some(({ labels }) => selector.every(([key, value]) => valueIn(labels, key) === value))
  );
}

function selectionNotes({ service }: Snapshot, othersLabels: readonly Labels[] | undefined): readonly string[] {
  const selector = service.selector ?? {};
  if (Object.keys(selector).length === 0) {
    return [
      service.type === 'ExternalName'
        ? `${service.name} is an ExternalName: an alias of another host name, without pods.`
        : `${service.name} has no selector: Kubernetes keeps no endpoints for it.`,
    ];
  }
  if (othersLabels === undefined) return [];
  const wanted = labelText(selector);
  const nearest = nearestLabels(selector, othersLabels);
  return [
    `${service.name} selects no pod: none has ${wanted}.`,
    ...nearest.map(({ text, pods }) => `Nearest: ${pods} ${pods === 1 ? 'pod has' : 'pods have'} ${text}.`),
  ];
}

/**
 * The nearest label sets, at most 2, each with its number of pods. Order: more equal labels, fewer edits in the others, more
 * pods, text.
 */
function nearestLabels(
  selector: Labels,
  others: readonly Labels[],
): readonly { readonly text: string; readonly pods: number }[] {
  const keys = Object.keys(selector);
  const own = others.map((labels) => onlyKeys(labels, keys)).filter((labels) => labelText(labels) !== '');
  const sets = Map.groupBy(own, labelText);
  const edits = (labels: Labels = {}): number =>
    keys.reduce((sum, key) => sum + editDistance(valueIn(selector, key) ?? '', valueIn(labels, key) ?? ''), 0);
  const asAsked = (labels: Labels = {}): number =>
    keys.filter((key) => valueIn(labels, key) === valueIn(selector, key)).length;
  return [...sets]
    .map(([text, alike]) => ({ text, pods: alike.length, edits: edits(alike[0]), asAsked: asAsked(alike[0]) }))
    .sort((a, b) => b.asAsked - a.asAsked || a.edits - b.edits || b.pods - a.pods || (a.text < b.text ? -1 : 1))
    .slice(0, 2);
}

function labelText(labels: Labels): string {
  return [...pairs(labels)].sort().join(',');
}

function takenNotes(snapshot: Snapshot, taken: readonly TakenOut[]): readonly string[] {
  return taken.map((each) => `${takenOutText(snapshot, each)} Put it back: ${putBackLine(snapshot, each)}`);
}

function heldNotes(all: readonly Member[], at: number): readonly string[] {
  return all.flatMap(({ pod }) => (isHeld(pod, at) ? `${pod.name} is ${terminatingText(pod, at)}.` : []));
}

function recordNotes({ pods }: Snapshot): readonly string[] {
  return pods
    .filter((pod) => readDrain(pod).kind === 'unreadable')
    .map(
      ({ name }) => `The drain record on ${name} can't be read (another version, or edited by hand): it is left alone.`,
    );
}
