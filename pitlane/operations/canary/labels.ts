import { unscaledOwner } from '../../rotation/budgets.ts';
import { gateOf } from '../../rotation/gate-record.ts';
import { valueIn, withoutKeys } from '../../rotation/labels.ts';
import { CANARY, DRAINED_FROM } from '../../rotation/marks.ts';
import { smallest } from '../../rotation/release.ts';
import { matches, selectorOfLabelSelector } from '../../rotation/selector.ts';
import type { Budget, Controller, Labels, Snapshot } from '../../rotation/snapshot.ts';
import { adoptersBesides, isActive, selects } from '../../rotation/workload.ts';

/** Labels by which a canary joins the service while no controller adopts it. */
export interface CanaryLabels {
  readonly labels: Labels;
  /** Keys of the template's labels that it lacks, so that no controller adopts it or no budget breaks. */
  readonly dropped: readonly string[];
  /**
   * Controllers that select the labels that the service needs. No label keeps them off, so the Service has to be the
   * canary's controller (controller_ref_manager.go, ClaimObject). Empty: no controller selects it.
   */
  readonly guardedFrom: readonly Controller[];
  /** Budgets that would stop counting because of the canary, whatever labels it lacks. */
  readonly breaks: readonly Budget[];
}

/** Labels that controllers give their own pods, and Pitlane's marks. */
const NOT_COPIED = [
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  DRAINED_FROM,
];

/**
 * The template's labels and those of the service's selector, less the fewest that would let a controller adopt the canary.
 * The gate may be switched later, so both states have to be safe.
 *
 * @param isOut without the gate label
 */
export function canaryLabels(snapshot: Snapshot, template: Labels, isOut: boolean): CanaryLabels {
  const { service, policy } = snapshot;
  const needed: Labels = service.selector ?? {};
  const gate = gateOf(service, policy);
  const all: Labels = { ...withoutKeys(template, NOT_COPIED), ...needed, [CANARY]: service.name };
  const optional = Object.keys(all).filter((key) => valueIn(needed, key) === undefined && key !== CANARY);
  const statesWithout = (dropped: readonly string[]): readonly Labels[] => {
    const inside = withoutKeys(all, dropped);
    return gate === undefined ? [inside] : [inside, withoutKeys(inside, [gate.key])];
  };
  const adopters = adoptersBesides(snapshot, undefined);
  const adoptedBy = (dropped: readonly string[]): readonly Controller[] =>
    adopters.filter((controller) => statesWithout(dropped).some((labels) => selects(controller, labels)));
  const result = (dropped: readonly string[], more: Partial<CanaryLabels> = {}): CanaryLabels => {
    const [inside = {}, outside = inside] = statesWithout(dropped);
    return { labels: isOut ? outside : inside, dropped, guardedFrom: [], breaks: [], ...more };
  };

  const mentioned = adoptedBy([]).flatMap(({ selector }) => keysOf(selector));
  const dropped = smallestSubset(
    optional.filter((key) => mentioned.includes(key)),
    (keys) => adoptedBy(keys).length === 0,
  );
  if (dropped !== undefined) return result(dropped);

  const budgets = breakable(snapshot);
  const brokenBy = (keys: readonly string[]): readonly Budget[] =>
    budgets.filter(({ selector = {} }) =>
      statesWithout(keys).some((labels) => matches(selectorOfLabelSelector(selector), labels)),
    );
  const counted = brokenBy([]).flatMap(({ selector }) => keysOf(selector));
  const uncounted = smallestSubset(
    optional.filter((key) => counted.includes(key)),
    (keys) => brokenBy(keys).length === 0,
  );
  const guardedFrom = adoptedBy(uncounted ?? []);
  return uncounted === undefined
    ? result([], { guardedFrom, breaks: brokenBy([]) })
    : result(uncounted, { guardedFrom });
}

/**
 * Budgets that ask the controller of each of their pods for its scale, which a Service does not have (disruption.go,
 * getScaleController). Those whose pods have such a controller already, such as a DaemonSet, count nothing anyway.
 */
function breakable({ pods, bystanders }: Snapshot): readonly Budget[] {
  const budgets = bystanders.kind === 'seen' ? bystanders.value.budgets : [];
  const others = pods.filter((pod) => isActive(pod) && pod.labels[CANARY] === undefined);
  return budgets.filter(({ selector, minAvailable }) => {
    if (selector === undefined || typeof minAvailable === 'number') return false;
    const own = others.filter(({ labels }) => matches(selectorOfLabelSelector(selector), labels));
    return unscaledOwner(own) === undefined;
  });
}

function keysOf({ matchLabels = {}, matchExpressions = [] }: NonNullable<Controller['selector']> = {}): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}

/** More keys than a few workloads use: 1,024 sets are tried. */
const MOST_KEYS = 10;

/** The smallest safe set of keys, the first by name where there are several. Undefined: none is safe. */
function smallestSubset(
  items: readonly string[],
  isSafe: (keys: readonly string[]) => boolean,
): readonly string[] | undefined {
  const keys = [...new Set(items)].sort().slice(0, MOST_KEYS);
  return isSafe([]) ? [] : smallest(keys, keys.length, isSafe)[0];
}
