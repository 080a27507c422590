import type { Connection } from '../cluster/connection.ts';
import { limited } from '../cluster/limited.ts';
import { readPod } from '../cluster/observe.ts';
import { aboutPod, type ChangeRequest, isChange, type Request } from '../command/request.ts';
import { MOST_PODS, POD_NAME } from '../command/rules.ts';
import { format } from '../operations/commands.ts';
import { podsFor } from '../operations/table.ts';
import { readDrain } from '../rotation/marks.ts';
import { bySuspicion, type Member, members } from '../rotation/membership.ts';
import { matches, parseSelector } from '../rotation/selector.ts';
import type { Pod, Service, Snapshot } from '../rotation/snapshot.ts';
import { putBackLine, takenOutText } from '../rotation/taken-out.ts';
import { resolvePod } from '../rotation/target.ts';
import { nearestNames } from '../text/nearest.ts';
import { alternatives, count, list } from '../text/words.ts';
import type { Choice, NotUnderstood } from './outcome.ts';
import { notUnderstood, selectorInvalid } from './problems.ts';
import { amongRead, readTakenOut } from './taken-out.ts';

export type PodRequest = Extract<Request, { pod?: string }>;

export type FoundPod = { readonly kind: 'found'; readonly pod: Pod } | Choice | NotUnderstood;

export type FoundPods =
  /** `by`: the selection, if it was not by name. */
  { readonly kind: 'found'; readonly pods: readonly Pod[]; readonly by?: string } | Choice | NotUnderstood;

/** The pod of the request, or the question to ask. */
export async function findPod(connection: Connection, snapshot: Snapshot, request: PodRequest): Promise<FoundPod> {
  return request.pod === undefined ? choose(snapshot, request) : findNamed(connection, snapshot, request, request.pod);
}

/** The pods of the request, all or none, or the question to ask. */
export async function findPods(connection: Connection, snapshot: Snapshot, request: ChangeRequest): Promise<FoundPods> {
  const { pods: patterns = [], selector, node } = request;
  if (selector !== undefined) return findBySelector(snapshot, request, selector);
  if (node !== undefined) return findOnNode(snapshot, request, node);
  if (patterns.length === 0) return choose(snapshot, request);
  if (patterns.length > MOST_PODS) return tooMany(snapshot.service, patterns.length, `${patterns.length} names`);
  const outside = new Set<string>();
  const found = await limited(patterns, async (pattern) => {
    const one = await findNamed(connection, snapshot, request, pattern, outside);
    return { pattern, one };
  });
  const [first, ...others] = found.flatMap(({ pattern, one }) => (one.kind === 'found' ? [] : [{ pattern, one }]));
  if (first !== undefined)
    return patterns.length === 1 ? first.one : severalUnknown(snapshot, request, [first, ...others], outside);
  const pods = found.flatMap(({ one }) => (one.kind === 'found' ? one.pod : []));
  return { kind: 'found', pods: [...new Map(pods.map((pod) => [pod.uid, pod])).values()] };
}

/** `outside`: gets the name if it is that of a pod outside of the service. */
async function findNamed(
  connection: Connection,
  snapshot: Snapshot,
  request: Request,
  pattern: string,
  outside?: Set<string>,
): Promise<FoundPod> {
  const all = members(snapshot);
  const pods = all.map(({ pod }) => pod);
  const resolved = resolvePod(pattern, pods);
  switch (resolved.kind) {
    case 'found':
      return resolved;
    case 'ambiguous': {
      const names = new Set(resolved.candidates.map(({ name }) => name));
      return {
        kind: 'choice',
        request,
        message: `${pattern} matches ${names.size} pods of ${snapshot.service.name}. Which one?`,
        candidates: all.filter(({ pod }) => names.has(pod.name)).sort(bySuspicion),
      };
    }
    case 'unknown': {
      // Only a valid pod name can be a pod outside of the service.
      const pod = POD_NAME.test(pattern) ? await readPod(connection, snapshot.service.namespace, pattern) : undefined;
      if (pod !== undefined && isDrained(pod, request, snapshot.service)) return { kind: 'found', pod };
      if (pod !== undefined) outside?.add(pattern);
      const taken = await takenOutNamed(connection, snapshot, pattern, pod);
      if (taken !== undefined) return taken;
      const { includes } = podsFor(request);
      // No other pod is meant by the name of a pod that exists.
      const near = (pod === undefined ? resolved.nearest : []).filter((name) =>
        all.some((member) => member.pod.name === name && includes(member)),
      );
      const instead = near.length > 0 ? near.map((name) => format(aboutPod(request, name))) : undefined;
      return notUnderstood('PodUnknown', whyUnknown(snapshot, pattern, pod), instead);
    }
  }
}

/** A pod that was taken out of the service by hand: only its labels bring it back. */
async function takenOutNamed(
  connection: Connection,
  snapshot: Snapshot,
  pattern: string,
  pod: Pod | undefined,
): Promise<NotUnderstood | undefined> {
  const taken =
    pod === undefined ? await readTakenOut(connection, snapshot) : await amongRead(connection, snapshot, [pod]);
  const pods = taken.map((each) => each.pod);
  const resolved = resolvePod(pattern, pods);
  const found = resolved.kind === 'found' ? taken.find((each) => each.pod === resolved.pod) : undefined;
  return found && notUnderstood('PodTakenOut', takenOutText(snapshot, found), [putBackLine(snapshot, found)]);
}

function severalUnknown(
  { service }: Snapshot,
  request: ChangeRequest,
  unknown: readonly { readonly pattern: string; readonly one: Choice | NotUnderstood }[],
  outside: ReadonlySet<string>,
): NotUnderstood {
  const messages = unknown.map(({ one }) => one.message);
  const patterns = unknown.map(({ pattern }) => pattern);
  const [first, ...others] = request.pods ?? [];
  // `drain b85tm 5xx again`: the words after the pod are a reason without `because`.
  const isReason =
    first !== undefined && !patterns.includes(first) && patterns.length === others.length && outside.size === 0;
  const reason = { ...aboutPod(request, first ?? ''), because: others.join(' ') };
  return notUnderstood(
    'PodsUnknown',
    `${list(messages, 3)} Nothing was changed on any pod of ${service.name}.`,
    isReason && request.because === undefined ? [format(reason), 'list'] : ['list'],
  );
}

function findBySelector(snapshot: Snapshot, request: ChangeRequest, text: string): FoundPods {
  const parsed = parseSelector(text);
  if (parsed.kind === 'invalid') return selectorInvalid(parsed.message, 'list');
  const found = candidates(snapshot, request).filter((member) => matches(parsed.selector, labelsOf(member)));
  return chosen(snapshot, request, found, { by: `-l ${text}`, where: `matches ${text}` });
}

/** People know a drained pod by the labels that it had. */
function labelsOf({ pod, drained }: Member) {
  return { ...pod.labels, ...drained?.labels };
}

function findOnNode(snapshot: Snapshot, request: ChangeRequest, node: string): FoundPods {
  const found = candidates(snapshot, request).filter(({ pod }) => pod.nodeName === node);
  const nodes = [...new Set(members(snapshot).flatMap(({ pod }) => pod.nodeName ?? []))].sort();
  if (nodes.includes(node)) return chosen(snapshot, request, found, { by: `--node ${node}`, where: `is on ${node}` });
  const likely = nearestNames(node, nodes);
  const expected = alternatives(likely.length > 0 ? likely : nodes.slice(0, 5));
  return notUnderstood(
    'NodeUnknown',
    `No pod of ${snapshot.service.name} is on node ${node}${expected === '' ? '' : `, expected ${expected}`}.`,
    likely.map((name) => format({ ...request, node: name })),
  );
}

function candidates(snapshot: Snapshot, request: Request): readonly Member[] {
  return members(snapshot).filter(podsFor(request).includes);
}

function chosen(
  { service }: Snapshot,
  request: ChangeRequest,
  found: readonly Member[],
  { by, where }: { readonly by: string; readonly where: string },
): FoundPods {
  if (found.length > MOST_PODS) return tooMany(service, found.length, by);
  if (found.length > 0) return { kind: 'found', pods: [...found].sort(bySuspicion).map(({ pod }) => pod), by };
  return notUnderstood('NoPods', `No pod of ${service.name} to ${podsFor(request).verb ?? request.command} ${where}.`);
}

function tooMany({ name }: Service, number: number, what: string): NotUnderstood {
  const message = `${what} matches ${count(number, 'pod')} of ${name}, expected at most ${MOST_PODS} at a time.`;
  return notUnderstood('TooManyPods', message);
}

/**
 * A pod with a record, whose labels no longer match: they were edited, or the service's selector was. Only a change accepts
 * a pod that was drained from another service, to refuse it with that reason.
 */
function isDrained(pod: Pod, request: Request, service: Service): boolean {
  const drain = readDrain(pod);
  return drain.kind === 'record' && (isChange(request) || drain.record.service === service.name);
}

function choose(snapshot: Snapshot, request: Request): Choice | NotUnderstood {
  const { service } = snapshot;
  const found = candidates(snapshot, request);
  return found.length === 0
    ? notUnderstood('NoPods', podsFor(request).none(service.name))
    : { kind: 'choice', request, message: `Which pod of ${service.name}?`, candidates: [...found].sort(bySuspicion) };
}

function whyUnknown({ service }: Snapshot, pattern: string, pod: Pod | undefined): string {
  if (Object.keys(service.selector ?? {}).length === 0)
    return `Service ${service.name} has no selector, so no pod belongs to it.`;
  return pod === undefined
    ? `No pod of ${service.name} has a name that starts or ends with ${pattern}.`
    : `${pod.name} is not a pod of ${service.name}, but of namespace ${service.namespace}.`;
}
