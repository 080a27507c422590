import { list } from '../text/words.ts';
import { type Effect, effect } from './effect.ts';
import { THE_POD } from './plan.ts';
import { matches, type Selector, selectorOf, selectorOfLabelSelector } from './selector.ts';
import { type Bystanders, ifSeen, type Labels, type Pod, type Seen } from './snapshot.ts';
import type { Workload } from './workload.ts';

/** The kinds of objects that select pods, and their plurals. */
const KINDS = {
  Service: 'Services',
  NetworkPolicy: 'NetworkPolicies',
  PodDisruptionBudget: 'PodDisruptionBudgets',
} as const;

/** An object of the namespace that selects pods. */
export interface Selecting {
  readonly kind: keyof typeof KINDS;
  readonly name: string;
  readonly selector: Selector;
}

/** Everything that was seen to select pods, Services first. A budget without a selector selects none. */
export function selectingIn(bystanders: Seen<Bystanders>): readonly Selecting[] {
  const { services = [], networkPolicies = [], budgets = [] } = ifSeen(bystanders) ?? {};
  return [
    ...services.map(({ name, selector }) => ({ kind: 'Service' as const, name, selector: selectorOf(selector) })),
    ...budgets.flatMap(({ name, selector }) =>
      selector ? { kind: 'PodDisruptionBudget' as const, name, selector: selectorOfLabelSelector(selector) } : [],
    ),
    ...networkPolicies.map(({ name, podSelector }) => ({
      kind: 'NetworkPolicy' as const,
      name,
      selector: selectorOfLabelSelector(podSelector),
    })),
  ];
}

type OneOrMany = readonly [one: string, many: string];

/** What the objects do that stop to select the pod, or start to. */
const CHANGES: readonly (readonly [code: string, kind: Selecting['kind'], verb: OneOrMany, rest: string])[] = [
  ['LeavesServices', 'Service', ['also removes', 'also remove'], `${THE_POD} from the endpoints`],
  ['JoinsServices', 'Service', ['also adds', 'also add'], `${THE_POD} to the endpoints`],
  [
    'LeavesPolicies',
    'NetworkPolicy',
    ['no longer applies to', 'no longer apply to'],
    `${THE_POD}: what it can reach, and what can reach it, may change`,
  ],
  ['JoinsPolicies', 'NetworkPolicy', ['starts to apply to', 'start to apply to'], THE_POD],
  ['LeavesBudgets', 'PodDisruptionBudget', ['no longer counts', 'no longer count'], THE_POD],
  ['JoinsBudgets', 'PodDisruptionBudget', ['starts to count', 'start to count'], THE_POD],
];

/** The effects of the pod's new labels on everything else that selects pods. */
export function effectsOnOthers(
  bystanders: Seen<Bystanders>,
  pod: Pod,
  after: Labels,
  workload: Workload | undefined,
): readonly Effect[] {
  const selecting = selectingPod(bystanders, pod);
  const changes = CHANGES.flatMap(([code, kind, verb, rest]) => {
    const [from, to] = code.startsWith('Joins') ? [after, pod.labels] : [pod.labels, after];
    const changing = selecting.filter(({ selector }) => matches(selector, from) && !matches(selector, to));
    return about(code, kind, changing, verb, rest);
  });
  return [...changes, ...effectsOnAutoscalers(bystanders, pod.labels, after, workload)];
}

/** The Services that keep the pod in their endpoints. */
export function effectsOfStaying(bystanders: Seen<Bystanders>, pod: Pod, after: Labels): readonly Effect[] {
  const staying = stayingWith(bystanders, pod, after);
  return about('StaysInServices', 'Service', staying, ['still sends', 'still send'], `traffic to ${THE_POD}`);
}

/** The budgets that count a ready pod without traffic. */
export function budgetsStillCounting(bystanders: Seen<Bystanders>, pod: Pod, after: Labels): readonly Effect[] {
  const rest = `${THE_POD} as healthy, though it is out of rotation`;
  const staying = stayingWith(bystanders, pod, after);
  return about('StaysInBudgets', 'PodDisruptionBudget', staying, ['still counts', 'still count'], rest);
}

/** The Services that lose the pod when it is deleted. */
export function effectsOfDeletion(bystanders: Seen<Bystanders>, pod: Pod): readonly Effect[] {
  const losing = stayingWith(bystanders, pod, pod.labels);
  return about('LeavesServices', 'Service', losing, ['removes', 'remove'], `${THE_POD} from the endpoints`);
}

function stayingWith(bystanders: Seen<Bystanders>, pod: Pod, after: Labels): readonly Selecting[] {
  return selectingPod(bystanders, pod).filter(({ selector }) =>
    [pod.labels, after].every((labels) => matches(selector, labels)),
  );
}

/** A pod without a node has no address, so it is in the endpoints of none. */
function selectingPod(bystanders: Seen<Bystanders>, { nodeName }: Pod): readonly Selecting[] {
  return selectingIn(bystanders).filter(({ kind }) => kind !== 'Service' || nodeName !== undefined);
}

function about(
  code: string,
  kind: Selecting['kind'],
  selecting: readonly Selecting[],
  verb: OneOrMany,
  rest: string,
): readonly Effect[] {
  const names = selecting
    .filter((each) => each.kind === kind)
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) return [];
  const [noun, does] = names.length === 1 ? [kind, verb[0]] : [KINDS[kind], verb[1]];
  return [effect(code, `${noun} ${list(names)} ${does} ${rest}.`, { names })];
}

/** An autoscaler averages over the pods that its target's own selector matches (podautoscaler/horizontal.go, computeReplicasForMetrics). */
function effectsOnAutoscalers(
  bystanders: Seen<Bystanders>,
  before: Labels,
  after: Labels,
  workload: Workload | undefined,
): readonly Effect[] {
  const root = workload?.root;
  if (!root?.selector) return [];
  const [was, is] = [before, after].map((labels) => matches(selectorOfLabelSelector(root.selector ?? {}), labels));
  if (!was && !is) return [];
  const [code, verb] =
    was && is
      ? ['StaysInAutoscaler', 'still counts']
      : was
        ? ['LeavesAutoscaler', 'no longer counts']
        : ['JoinsAutoscaler', 'starts to count'];
  return (ifSeen(bystanders)?.autoscalers ?? [])
    .filter(({ target }) => target.kind === root.kind && target.name === root.name)
    .map(({ name }) =>
      effect(code, `HorizontalPodAutoscaler ${name} ${verb} the metrics of ${THE_POD}.`, { names: [name] }),
    );
}
