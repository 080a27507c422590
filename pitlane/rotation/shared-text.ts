import { list } from '../text/words.ts';
import {
  type Check,
  type Milestone,
  type Phase,
  type Plan,
  podsChanged,
  podsIn,
  proofOf,
  THE_POD,
  writesOf,
} from './plan.ts';
import { podOf } from './pod-rows.ts';

/** More writes than these are one step, with the phase's title. */
const MOST_STEPS = 3;

/** The steps of a phase. A phase with many writes is one step. */
export function titlesOf({ title, writes }: Pick<Phase, 'title' | 'writes'>): readonly string[] {
  return writes.length > MOST_STEPS ? [title] : writes.map((write) => write.title);
}

interface AboutPod {
  readonly text: string;
  readonly pod?: string;
}

/** The steps of a plan, the same step of several pods once. */
export function sharedSteps(plan: Plan): readonly string[] {
  const steps = writesOf(plan).map(({ title, target }) => ({ text: title, pod: target.name }));
  return sharedTexts(steps, podsChanged(plan).length);
}

/** The proof of a plan, each milestone in the words of `say`, the same one of several pods once. */
export function sharedProof(plan: Plan, say: (milestone: Milestone) => string): readonly string[] {
  const proof = proofOf(plan).map((milestone) => ({ text: say(milestone), pod: podOf({ milestone })?.name }));
  return sharedTexts(proof, podsChanged(plan).length);
}

/** Texts that differ only by the name of their pod become one. With all `total` pods it is about "each pod". */
export function sharedTexts(texts: readonly AboutPod[], total: number): readonly string[] {
  const templates = texts.map(({ text, pod }) => ({ text: unnamed(text, pod), pod }));
  return sharedTemplates(templates, total);
}

/** The same for texts that hold THE_POD in place of the name. */
export function sharedTemplates(texts: readonly AboutPod[], total: number): readonly string[] {
  return [...Map.groupBy(texts, ({ text }) => text)].map(([text, same]) => about(text, namesIn(same), total));
}

/**
 * The findings of a plan or refusal. Those that differ only by the name of their pod become one. Skips other findings
 * about pods that are left out: nothing happens to those pods.
 */
export function sharedFindings({ operation, checks }: Pick<Plan, 'operation' | 'checks'>): readonly Check[] {
  const all = podsIn(operation.subject);
  const changed = podsChanged({ operation, checks });
  const isAboutAll = ({ level }: Check) => level === 'leftOut' || level === 'refusal';
  const shown = checks.filter(
    (check) => isAboutAll(check) || check.pod === undefined || changed.some(({ name }) => name === check.pod),
  );
  const named = shown.map((check) =>
    check.pod === undefined || check.message.includes(check.pod)
      ? check
      : { ...check, message: `${check.pod}: ${check.message}` },
  );
  const groups = Map.groupBy(named, ({ level, pod, message, instead = '' }) =>
    JSON.stringify([level, unnamed(message, pod), unnamed(instead, pod)]),
  );
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first?.pod === undefined || others.length === 0) return first ?? [];
    const { pod, message, instead } = first;
    const pods = namesIn([first, ...others]);
    return {
      ...first,
      message: about(unnamed(message, pod), pods, (isAboutAll(first) ? all : changed).length),
      // A command takes several pods or one.
      instead: instead?.replaceAll(pod, pods.length > MOST_TYPED ? pod : pods.join(' ')),
    };
  });
}

const MOST_TYPED = 5;

function namesIn(texts: readonly { readonly pod?: string }[]): readonly string[] {
  return [...new Set(texts.flatMap(({ pod }) => pod ?? []))];
}

function unnamed(text: string, pod: string | undefined): string {
  return pod === undefined ? text : text.replaceAll(pod, THE_POD);
}

function about(text: string, pods: readonly string[], total: number): string {
  const isAll = pods.length === total && total > 1;
  const label = `${THE_POD}: `;
  // `rng-a and rng-b: rng would have 2 pods in rotation`
  if (pods.length > 1 && text.startsWith(label))
    return `${isAll ? 'Each pod' : list(pods)}: ${about(text.slice(label.length), pods, total)}`;
  const some = pods.length === 1 ? (pods[0] ?? '') : `each of ${list(pods)}`;
  return text.replaceAll(THE_POD, isAll ? 'each pod' : some).replace(/^each/, 'Each');
}
