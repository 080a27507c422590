import { list } from '../text/words.ts';
import { type Effect, effect } from './effect.ts';
import { THE_POD } from './plan.ts';
import { matches, type Selector, selectorOf, selectorOfLabelSelector } from './selector.ts';
import type { Bystanders, Labels, Pod } from './snapshot.ts';
import type { Workload } from './workload.ts';

/** An object of the namespace that selects pods. */
interface Selecting {
  readonly name: string;
  readonly selector: Selector;
}

/** The effects of the pod's new labels on everything else that selects pods. */
export function effectsOnOthers(
  bystanders: Bystanders,
  pod: Pod,
  after: Labels,
  workload: Workload | undefined,
): readonly Effect[] {
  const starts = ({ selector }: Selecting) => !matches(selector, pod.labels) && matches(selector, after);
  const stops = ({ selector }: Selecting) => matches(selector, pod.labels) && !matches(selector, after);
  const services = servicesOf(bystanders, pod);
  const policies = bystanders.networkPolicies.map(({ name, podSelector }) => selecting(name, podSelector));
  const budgets = bystanders.budgets.flatMap(({ name, selector }) => (selector ? selecting(name, selector) : []));
  return [
    ...about(
      'LeavesServices',
      SERVICE,
      services.filter(stops),
      ['also removes', 'also remove'],
      `${THE_POD} from the endpoints`,
    ),
    ...about(
      'JoinsServices',
      SERVICE,
      services.filter(starts),
      ['also adds', 'also add'],
      `${THE_POD} to the endpoints`,
    ),
    ...about(
      'LeavesPolicies',
      POLICY,
      policies.filter(stops),
      ['no longer applies to', 'no longer apply to'],
      `${THE_POD}: what it can reach, and what can reach it, may change`,
    ),
    ...about('JoinsPolicies', POLICY, policies.filter(starts), ['starts to apply to', 'start to apply to'], THE_POD),
    ...about('LeavesBudgets', BUDGET, budgets.filter(stops), ['no longer counts', 'no longer count'], THE_POD),
    ...about('JoinsBudgets', BUDGET, budgets.filter(starts), ['starts to count', 'start to count'], THE_POD),
    ...effectsOnAutoscalers(bystanders, pod.labels, after, workload),
  ];
}

/** The Services that keep the pod in their endpoints. */
export function effectsOfStaying(bystanders: Bystanders, pod: Pod, after: Labels): readonly Effect[] {
  const stays = servicesOf(bystanders, pod).filter(({ selector }) =>
    [pod.labels, after].every((labels) => matches(selector, labels)),
  );
  return about('StaysInServices', SERVICE, stays, ['still sends', 'still send'], `traffic to ${THE_POD}`);
}

/** The budgets that count a ready pod without traffic. */
export function budgetsStillCounting(bystanders: Bystanders, pod: Pod, after: Labels): readonly Effect[] {
  const counting = bystanders.budgets
    .flatMap(({ name, selector }) => (selector ? selecting(name, selector) : []))
    .filter(({ selector }) => [pod.labels, after].every((labels) => matches(selector, labels)));
  return about(
    'StaysInBudgets',
    BUDGET,
    counting,
    ['still counts', 'still count'],
    `${THE_POD} as healthy, though it is out of rotation`,
  );
}

/** The Services that lose the pod when it is deleted. */
export function effectsOfDeletion(bystanders: Bystanders, pod: Pod): readonly Effect[] {
  const lose = servicesOf(bystanders, pod).filter(({ selector }) => matches(selector, pod.labels));
  return about('LeavesServices', SERVICE, lose, ['removes', 'remove'], `${THE_POD} from the endpoints`);
}

const SERVICE = ['Service', 'Services'] as const;
const POLICY = ['NetworkPolicy', 'NetworkPolicies'] as const;
const BUDGET = ['PodDisruptionBudget', 'PodDisruptionBudgets'] as const;

type OneOrMany = readonly [one: string, many: string];

function about(
  code: string,
  kind: OneOrMany,
  of: readonly Selecting[],
  verb: OneOrMany,
  rest: string,
): readonly Effect[] {
  if (of.length === 0) return [];
  const form = of.length === 1 ? 0 : 1;
  const names = of.map(({ name }) => name).sort();
  return [effect(code, `${kind[form]} ${list(names)} ${verb[form]} ${rest}.`, { names })];
}

function selecting(name: string, selector: Parameters<typeof selectorOfLabelSelector>[0]): Selecting {
  return { name, selector: selectorOfLabelSelector(selector) };
}

/** A pod without a node has no address, so it is in the endpoints of none. */
function servicesOf({ services }: Bystanders, { nodeName }: Pod): readonly Selecting[] {
  return nodeName === undefined ? [] : services.map(({ name, selector }) => ({ name, selector: selectorOf(selector) }));
}

/** An autoscaler averages over the pods that its target's own selector matches (podautoscaler/horizontal.go, computeReplicasForMetrics). */
function effectsOnAutoscalers(
  bystanders: Bystanders,
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
  return bystanders.autoscalers
    .filter(({ target }) => target.kind === root.kind && target.name === root.name)
    .map(({ name }) =>
      effect(code, `HorizontalPodAutoscaler ${name} ${verb} the metrics of ${THE_POD}.`, { names: [name] }),
    );
}
