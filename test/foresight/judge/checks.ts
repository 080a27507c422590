import { SERVICE } from '../case.ts';
import type { Story } from '../play.ts';
import { isLeaving, isReady, labelsOf, nameOf, selects } from '../scene.ts';
import { type Fact, fact } from './fact.ts';
import { desiredPods, isInRotation, minimum, rotationOf } from './numbers.ts';

type Check = { readonly code: string; readonly level: string; readonly message: string };

export function checksOf({ plan, outcome }: Story): readonly Check[] {
  if (plan !== undefined) return plan.checks;
  return outcome.kind === 'refusal' ? outcome.checks : [];
}

export function hasCode(story: Story, ...codes: readonly string[]): boolean {
  return checksOf(story).some(({ code }) => codes.includes(code));
}

/** What the findings say of numbers, against the numbers of the cluster. */
export function factsOnNumbers(story: Story): Fact[] {
  return checksOf(story).flatMap((check): Fact[] => {
    switch (check.code) {
      case 'TakesNoTraffic':
      case 'StaysAboveMinimum':
      case 'BelowMinimum':
        return [fact('rotation', shortened(check), saysRotation(story))];
      case 'BudgetAllowsIt':
      case 'BudgetExhausted':
      case 'BudgetUnknown':
        return [factOnBudget(story, check)];
      default:
        return [];
    }
  });
}

/** Without the advice on how to go on. */
function shortened({ code, message }: Check): string {
  return `${code}: ${message.replace(': scale it up first', '')}`;
}

function saysRotation(story: Story): string {
  const { before, pod } = story;
  const now = rotationOf(before);
  if (!isInRotation(before, pod))
    return `TakesNoTraffic: ${nameOf(pod)} takes no traffic now; ${now} pod${now === 1 ? '' : 's'} in rotation.`;
  const desired = desiredPods(story);
  const least = minimum(story, desired);
  return now - 1 >= least
    ? `StaysAboveMinimum: ${SERVICE} has ${now} in rotation, ${now - 1} after, and must keep ${least}.`
    : `BelowMinimum: ${SERVICE} has ${now} pod${now === 1 ? '' : 's'} in rotation and must keep ${least} of ${desired}.`;
}

/** The disruption controller has the last word on what a budget allows. */
function factOnBudget({ before, pod }: Story, { code, message }: Check): Fact {
  const name = / PodDisruptionBudget (\S+) |^PodDisruptionBudget (\S+) /
    .exec(message)
    ?.slice(1)
    .find((part) => part !== undefined);
  const budget = before.objects.poddisruptionbudgets.find((object) => nameOf(object) === name);
  const { desiredHealthy = 0, expectedPods = 0, conditions = [] } = budget?.status ?? {};
  // Its status goes stale when a pod stops matching (disruption.go, updatePod).
  const currentHealthy = before.objects.pods.filter(
    (other) => selects(budget?.spec.selector, labelsOf(other)) && isReady(other) && !isLeaving(other),
  ).length;
  const hasFailed = conditions.some(({ reason }: { reason: string }) => reason === 'SyncFailed');
  const disruptionsAllowed = expectedPods > 0 && !hasFailed ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const start = `PodDisruptionBudget ${name}`;
  const foretold = `${code}: ${message}`;
  if (!selects(budget?.spec.selector, labelsOf(pod))) return fact('budgets', foretold, `${start} does not select it`);
  if (!isReady(pod)) return fact('budgets', foretold, `BudgetAllowsIt: ${start} does not count it: it is not ready.`);
  if (code === 'BudgetUnknown')
    return fact(
      'budgets',
      `${start} allows no eviction at all`,
      `${start} allows ${disruptionsAllowed === 0 ? 'no eviction at all' : disruptionsAllowed}`,
    );
  const says = (healthy: number, allowed: number): string =>
    allowed > 0
      ? `BudgetAllowsIt: ${start} allows it: ${healthy} healthy, ${desiredHealthy} must stay.`
      : `BudgetExhausted: ${start} allows no disruption: ${healthy} healthy and ${desiredHealthy} must stay.`;
  // Of a budget that may select pods of other Services only the status is read.
  const byStatus = says(budget?.status.currentHealthy, budget?.status.disruptionsAllowed);
  return fact('budgets', foretold, foretold === byStatus ? byStatus : says(currentHealthy, disruptionsAllowed));
}
