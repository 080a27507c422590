import type { Shown } from '../../sandbox/slack/workspace.ts';
import { isReadable } from '../bad-days/what-is-read.ts';
import { claimOf, isPublic, linesOf } from './claims.ts';
import type { Operation } from './operations.ts';
import { endOf, journalOf, leaseHolder, type Scene, stateOf } from './state.ts';
import { isCanary, type Witness } from './witness.ts';
import type { World } from './world.ts';

/** The default minimum of four pods. */
const LEAST = 3;

type Judged = Omit<Operation, 'begin'>;

type Seen = Scene & { readonly witness: Witness };

/** The operation's subject when the case began. */
export interface Before {
  readonly state: string;
  readonly end: string;
}

export function beforeOf(scene: Scene, operation: Judged): Before {
  return { state: stateIn(scene, operation), end: endOf(scene) };
}

/** The state of the operation's subject. */
function stateIn(scene: Scene, { state = stateOf }: Judged): string {
  return state(scene);
}

/** Everything that is wrong at the end of a case, a sentence each. */
export function wrongs(world: World, operation: Judged, before: Before): readonly string[] {
  return [
    ...wrongInCluster(world, operation, before),
    ...wrongInJournal(world),
    ...wrongInSlack(world, operation, before),
  ];
}

/** As the cluster's objects show it. */
export function isDone(scene: Scene, operation: Judged, before: Before): boolean {
  return stateIn(scene, operation) === operation.after && (!operation.isLonger || endOf(scene) > before.end);
}

export function isUntouched(scene: Scene, operation: Judged, before: Before): boolean {
  return stateIn(scene, operation) === before.state && endOf(scene) === before.end;
}

/** Some of its writes are made. */
export function isHalfDone(scene: Scene, operation: Judged, before: Before): boolean {
  return !isDone(scene, operation, before) && !isUntouched(scene, operation, before);
}

/** With the changes of pods and of the Service. */
export function wrongInCluster(scene: Seen, operation: Judged, before: Before): string[] {
  const { fewest, deeds } = scene.witness;
  const { least = LEAST, others = {}, takenBack } = operation;
  const found: string[] = [];
  if (fewest < least) found.push(`only ${fewest} pods took traffic, expected ${least}`);
  if (takenBack === undefined && isHalfDone(scene, operation, before))
    found.push(`it is ${stateIn(scene, operation)}, and was ${before.state}`);
  const isMine = ({ name }: { name: string }) => name === scene.pod.name;
  for (const [deed, all] of Map.groupBy(deeds, (each) => each.deed)) {
    const mine = all.filter(isMine);
    if (mine.length > (operation.deeds[deed] ?? 0)) found.push(`the pod was ${deed} ${mine.length} times`);
    const rest = all.filter((each) => !isMine(each)).map(({ name }) => name);
    if (rest.length > (others[deed] ?? 0))
      found.push(`${rest.join(', ')} ${rest.length === 1 ? 'was' : 'were'} ${deed}`);
    if (deed !== 'given another selector' && new Set(rest).size < rest.length)
      found.push(`${rest.join(', ')}: one was ${deed} twice`);
  }
  return found;
}

/** With the journal and the lease. */
export function wrongInJournal(scene: Scene): string[] {
  const { operations, drains } = journalOf(scene);
  const open = operations.filter(({ ended }) => ended === undefined).map(({ id }) => `operation ${id} is still open`);
  const ids = operations.map(({ id }) => id);
  const holder = leaseHolder(scene);
  const notes = drains.filter(({ pod }) => pod.uid === scene.pod.uid).length;
  const isDrained = stateOf(scene) === 'drained';
  const noted = journalOf(scene).canaries.map(({ pod }) => pod.uid);
  const orphans = scene.pods().filter((pod) => isCanary(pod) && !noted.includes(pod.metadata.uid));
  return [
    ...open,
    ...(new Set(ids).size === ids.length ? [] : ['the journal has an operation twice']),
    ...(holder === undefined ? [] : [`${holder} holds the lease`]),
    ...orphans.map(({ metadata }) => `no tick deletes canary ${metadata.name}`),
    ...(isDrained === (notes === 1) ? [] : [`there are ${notes} notes of the pod, and it is ${stateOf(scene)}`]),
  ];
}

function wrongInSlack(world: World, operation: Judged, before: Before): string[] {
  const found: string[] = [];
  const touched = new Set(world.said.map(({ message }) => message.ts));
  const now = world.slack.workspace.messages.filter(({ ts }) => touched.has(ts));
  for (const message of now) {
    const text = linesOf(message).join('\n');
    if (!isReadable(text)) found.push(`a message is not for people: ${text}`);
  }
  const shared = now.filter(isPublic);
  const reports = shared.filter((message) => claimOf(message) !== 'no claim');
  const telling = reports.filter((message) => !['asked', 'tried again'].includes(claimOf(message)));
  const last = lastOf(world, reports);
  found.push(...reports.filter((each) => claimOf(each) === 'unexpected').map((each) => `unexpected: ${heading(each)}`));
  for (const message of telling) {
    // A message that can not be edited any more is answered in its thread.
    const isAnswered = telling.some(({ thread }) => thread === message.ts);
    if (claimOf(message) === 'in progress' && !isAnswered) found.push(`still in progress: ${heading(message)}`);
  }
  const first = telling.filter(
    (message) =>
      !telling.some(({ ts }) => ts === message.thread) &&
      !(operation.isRetriedByTick && message !== last && claimOf(message) === 'nothing changed'),
  );
  if (first.length > (operation.reports ?? 1))
    found.push(`${first.length} messages report it: ${first.map(heading).join(' / ')}`);
  if (last === undefined || claimOf(last) === 'asked') {
    if (!isUntouched(world, operation, before) && !operation.isUnreported)
      found.push(`no report says that it is ${stateIn(world, operation)} now`);
    return found;
  }
  const claim = claimOf(last);
  const isTrue =
    (claim === 'done' && (isDone(world, operation, before) || hasLeftOut(world))) ||
    (claim === 'nothing changed' && isUntouched(world, operation, before)) ||
    (claim === 'something changed' && !isUntouched(world, operation, before)) ||
    (claim === 'not proven' && isDone(world, operation, before)) ||
    claim === 'unknown' ||
    claim === 'in progress';
  if (!isTrue) found.push(`it is ${stateIn(world, operation)}, and the last report is: ${heading(last)}`);
  const files = shared.filter(({ files: each }) => each !== undefined).length;
  if (files > world.invocations.length * (operation.others?.deleted ?? 1))
    found.push(`the evidence was posted ${files} times`);
  return found;
}

/** A pod that could not be changed was left out, which the report of the others says. */
function hasLeftOut(world: World): boolean {
  return journalOf(world).operations.some(({ leftOut = [] }) => leftOut.length > 0);
}

/** The report that was posted or edited last. */
function lastOf(world: World, reports: readonly Shown[]): Shown | undefined {
  const told = world.said.findLast(({ message }) => reports.some(({ ts }) => ts === message.ts));
  return reports.find(({ ts }) => ts === told?.message.ts);
}

function heading(message: Shown): string {
  return linesOf(message).slice(0, 3).join(' ⏎ ');
}
