import type { PodImage, PodTraits, Rollout, Siblings } from '../rotation/pod-report.ts';
import { count, duration } from '../text/words.ts';
import type { Finding } from './finding.ts';

/** The pod, the other pods of its Service, and the time. */
interface Compared {
  readonly pod: PodTraits;
  readonly others: readonly PodTraits[];
  readonly service: string;
  readonly numbers: Rollout['numbers'];
  readonly at: number;
}

/** What is different about the pod. Nothing is said of what it has in common with at least half of the others. */
export function compareWithSiblings(
  pod: PodTraits,
  { service, pods }: Siblings,
  numbers: Rollout['numbers'],
  at: number,
): readonly Finding[] {
  if (pods.length === 0) return [];
  const compared = { pod, others: pods, service, numbers, at };
  return [readiness, images, revision, restarts, nodeOfUnready, aloneOnNode, age].flatMap((compare) =>
    compare(compared),
  );
}

/** `3 of 4 other rng pods` */
function share(number: number, { others, service }: Compared): string {
  return others.length === 1 ? `the other ${service} pod` : `${number} of ${others.length} other ${service} pods`;
}

function allOthers({ others, service }: Compared): string {
  return others.length === 1 ? `the other ${service} pod` : `the ${others.length} other ${service} pods`;
}

/** The value that most others have, if fewer than half of them have the own one. */
function usual<T, V>(own: T, others: readonly T[], traitOf: (each: T) => V) {
  const groups = [...Map.groupBy(others, traitOf)];
  if (others.filter((other) => traitOf(other) === traitOf(own)).length * 2 >= others.length) return undefined;
  const [first] = groups.sort(([, a], [, b]) => b.length - a.length);
  return first && { value: first[0], number: first[1].length };
}

function readiness(compared: Compared): readonly Finding[] {
  const { pod, others } = compared;
  const ready = others.filter(({ isReady }) => isReady).length;
  if (pod.isReady) return [];
  if (ready * 2 > others.length)
    return [{ code: 'ReadinessDiffers', text: `Not ready; ${share(ready, compared)} ${are(ready)} ready.` }];
  const unready = others.length - ready;
  return [{ code: 'OthersNotReady', text: `Not ready, as ${share(unready, compared)}.` }];
}

function are(number: number): string {
  return number === 1 ? 'is' : 'are';
}

function images(compared: Compared): readonly Finding[] {
  return compared.pod.images.flatMap((own): readonly Finding[] => {
    const same = compared.others.flatMap(({ images: its }) =>
      its.filter(({ container }) => container === own.container),
    );
    const other = usual(own, same, ({ image }) => image);
    if (other === undefined) return digest(own, same, compared);
    const run = `${share(other.number, compared)} ${other.number === 1 ? 'runs' : 'run'} ${other.value}`;
    return [{ code: 'ImageDiffers', text: `Container ${own.container} runs image ${own.image}; ${run}.` }];
  });
}

/** The same tag may be of different builds. */
function digest(own: PodImage, all: readonly PodImage[], compared: Compared): readonly Finding[] {
  const known = all.filter((each) => each.image === own.image && each.digest !== undefined);
  const other = usual(own, known, (each) => each.digest);
  if (own.digest === undefined || other?.value === undefined) return [];
  const [its, theirs] = [own.digest, other.value].map((text) => text.slice(0, 'sha256:'.length + 12));
  const text = `Container ${own.container} runs ${own.image} as ${its}; ${share(other.number, compared)} as ${theirs}: the tag was moved.`;
  return [{ code: 'DigestDiffers', text }];
}

function revision(compared: Compared): readonly Finding[] {
  const { pod, others, numbers } = compared;
  const other = usual(pod, others, (each) => each.revision);
  if (other?.value === undefined || pod.revision === undefined) return [];
  const name = (hash: string) => (numbers[hash] === undefined ? `template ${hash}` : `revision ${numbers[hash]}`);
  const text = `Made from ${name(pod.revision)}; ${share(other.number, compared)} from ${name(other.value)}.`;
  return [{ code: 'RevisionDiffers', text }];
}

function restarts(compared: Compared): readonly Finding[] {
  const { pod, others, at } = compared;
  const counts = others.map((other) => other.restarts);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (pod.restarts <= most) return [];
  const last = pod.lastRestartAt === undefined ? '' : `, the last time ${ago(pod.lastRestartAt, at)}`;
  const range = least === most ? count(most, 'time') : `${least} to ${count(most, 'time')}`;
  const text = `Restarted ${count(pod.restarts, 'time')}${last}; ${allOthers(compared)} ${range}.`;
  return [{ code: 'RestartsDiffer', text }];
}

/** All pods of one node are not ready, and all others are. */
function nodeOfUnready({ pod, others, service }: Compared): readonly Finding[] {
  const isHere = ({ node }: PodTraits) => node === pod.node;
  const [here, elsewhere] = [others.filter(isHere), others.filter((each) => !isHere(each))];
  const isTelling =
    pod.node !== undefined &&
    !pod.isReady &&
    here.length > 0 &&
    elsewhere.length > 0 &&
    here.every(({ isReady }) => !isReady) &&
    elsewhere.every(({ isReady }) => isReady);
  if (!isTelling) return [];
  const rest = elsewhere.length === 1 ? 'the one on another node is' : `the ${elsewhere.length} on other nodes are`;
  const all = here.length === 1 ? 'Both' : `All ${here.length + 1}`;
  const text = `${all} ${service} pods on node ${pod.node} are not ready; ${rest}.`;
  return [{ code: 'NodeOfUnready', text }];
}

/** Nothing special if another pod is alone on its node too. */
function aloneOnNode({ pod: { node }, others, service }: Compared): readonly Finding[] {
  const perNode = [...Map.groupBy(others, (other) => other.node).values()].map(({ length }) => length);
  const isAlone = node !== undefined && others.every((other) => other.node !== node) && Math.min(...perNode) > 1;
  return isAlone ? [{ code: 'AloneOnNode', text: `The only ${service} pod on node ${node}.` }] : [];
}

const HOUR_MS = 3_600_000;
/** Below it, ages are of the same time. */
const TELLING_FACTOR = 10;

function age(compared: Compared): readonly Finding[] {
  const { pod, others, at } = compared;
  if (others.length < 2) return [];
  const ageOf = ({ createdAt }: PodTraits) => Math.max(0, at - createdAt);
  const [own, ages] = [ageOf(pod), others.map(ageOf)];
  const [youngest, oldest] = [Math.min(...ages), Math.max(...ages)];
  const says = (limit: string, ms: number): Finding => ({
    code: 'AgeDiffers',
    text: `Created ${ago(pod.createdAt, at)}; ${allOthers(compared)} ${limit} ${duration(ms / 1000)} ago.`,
  });
  if (own > HOUR_MS && own > TELLING_FACTOR * oldest) return [says('at most', oldest)];
  return youngest > HOUR_MS && youngest > TELLING_FACTOR * own ? [says('at least', youngest)] : [];
}

/** `3 min ago`. The clocks of nodes may be ahead. */
export function ago(then: number, now: number): string {
  return `${duration(Math.max(0, now - then) / 1000)} ago`;
}
