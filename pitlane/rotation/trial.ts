import { list } from '../text/words.ts';
import { valueIn } from './labels.ts';
import { keyAt, metadataIn } from './patch.ts';
import type { Check, Write } from './plan.ts';
import { refusal } from './safety.ts';
import type { Difference, Labels, PodRef, Snapshot, Trial } from './snapshot.ts';

/** Equal for writes that change the same fields of an object. */
export function touchesOf(write: Write): string {
  return JSON.stringify([write.key, write.kind === 'patch' ? write.patch.map(({ op, path }) => [op, path]) : []]);
}

type Metadata = Partial<Record<Difference['field'], Labels>>;

/** What the object of an answer has otherwise than the write asks for: a policy or webhook may change it in the same request. */
export function differencesOf(write: Write, found: Metadata): readonly Difference[] {
  return wantedBy(write).flatMap((wanted) => {
    const value = foundIn(found[wanted.field], wanted.key);
    return value === wanted.wanted ? [] : [{ ...wanted, found: value }];
  });
}

type Wanted = Omit<Difference, 'found'>;

function wantedBy(write: Write): readonly Wanted[] {
  if (write.kind === 'delete') return [];
  const { metadata = {} } = write.kind === 'create' ? (write.object as { readonly metadata?: Metadata }) : {};
  const { labels, annotations } = write.kind === 'patch' ? metadataIn(write.patch) : metadata;
  return [...allOf('labels', labels), ...allOf('annotations', annotations)];
}

function allOf(field: Difference['field'], values: Readonly<Record<string, string | null>> = {}): readonly Wanted[] {
  return Object.entries(values).map(([key, wanted]) => ({ field, key, wanted }));
}

function foundIn(values: Labels = {}, key: string): string | null {
  return valueIn(values, key) ?? null;
}

function trialOf({ trials = [] }: Pick<Snapshot, 'trials'>, write: Write): Trial | undefined {
  const touches = touchesOf(write);
  return trials.find((trial) => trial.uid === write.target.uid && trial.touches === touches);
}

/** Sets of labels that can't be removed from the pod, nor others together with them. */
export function stuckLabels(
  { trials = [] }: Pick<Snapshot, 'trials'>,
  { uid }: PodRef,
): readonly (readonly string[])[] {
  return trials
    .filter((trial) => trial.uid === uid)
    .flatMap(({ unlike, touches, rejected }) => [
      ...unlike.flatMap(({ field, key, wanted }) => (field === 'labels' && wanted === null ? [[key]] : [])),
      ...(rejected === undefined ? [] : [labelsRemovedBy(touches)]),
    ])
    .filter((keys) => keys.length > 0);
}

function labelsRemovedBy(touches: string): readonly string[] {
  const [, operations] = JSON.parse(touches) as [string, readonly (readonly [op: string, path: string])[]];
  const root = '/metadata/labels';
  return operations
    .filter(([op, path]) => op === 'remove' && path.startsWith(`${root}/`))
    .map(([, path]) => keyAt(path, root));
}

/** What the dry runs of these writes have found. A write that was not tried has no finding. */
export function trialFindings(snapshot: Pick<Snapshot, 'trials'>, writes: readonly Write[]): readonly Check[] {
  return writes.flatMap((write) => {
    const trial = trialOf(snapshot, write);
    const { name, uid } = write.target;
    if (trial?.rejected !== undefined)
      return [refusal('RejectedByCluster', `The API server rejects this: ${write.title}. Reason: ${trial.rejected}.`)];
    if (trial === undefined || trial.unlike.length === 0) return [];
    // Other sets of labels were tried before: each is named.
    const all = (snapshot.trials ?? []).filter((other) => other.uid === uid).flatMap(({ unlike }) => unlike);
    const keys = [...new Set(all.map(({ key }) => key))];
    return [refusal('ChangedByCluster', unlikeText(name, all), undefined, { keys })];
  });
}

/** `The API server accepts the change of rng-a, but a policy or webhook of the cluster puts label app=web back.` */
export function unlikeText(name: string, unlike: readonly Difference[]): string {
  const what = [...new Set(unlike.map(describe))];
  return `The API server accepts the change of ${name}, but a policy or webhook of the cluster ${list(what)}.`;
}

function describe({ field, key, wanted, found }: Difference): string {
  const kind = field === 'labels' ? 'label' : 'annotation';
  if (wanted === null) return field === 'labels' ? `puts ${kind} ${key}=${found} back` : `puts ${kind} ${key} back`;
  return found === null ? `removes ${kind} ${key}` : `changes ${kind} ${key}`;
}
