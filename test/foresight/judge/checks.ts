import type { Check } from '../../../pitlane/rotation/plan.ts';
import type { Played, Story } from '../play.ts';
import { isLeaving, isReady, labelsOf, nameOf, selects } from '../scene.ts';
import { type Fact, fact } from './fact.ts';
import { desiredPods, isInRotation, minimum, rotationOf } from './numbers.ts';
import { numbersIn } from './plan-facts.ts';

export function checksOf({ plan, outcome }: Played): readonly Check[] {
  if (plan !== undefined) return plan.checks;
  return outcome.kind === 'refusal' ? outcome.checks : [];
}

export function hasCode(story: Played, ...codes: readonly string[]): boolean {
  return checksOf(story).some(({ code }) => codes.includes(code));
}

/** Compares the numbers of the checks with the cluster. */
export function factsOnNumbers(story: Story): Fact[] {
  return checksOf(story).flatMap((check): Fact[] => {
    switch (check.code) {
      case 'TakesNoTraffic':
      case 'StaysAboveMinimum':
      case 'BelowMinimum':
        return [fact('rotation', `${check.code} ${numbersIn(check, 'ready', 'minimum')}`, rotationIn(story))];
      case 'BudgetAllowsIt':
      case 'BudgetExhausted':
      case 'BudgetUnknown':
        return [factOnBudget(story, check)];
      default:
        return [];
    }
  });
}

/** The right code for the rotation, with its numbers. */
function rotationIn(story: Story): string {
  const { before, pod } = story;
  const now = rotationOf(before);
  if (!isInRotation(before, pod)) return `TakesNoTraffic ${now}`;
  const least = minimum(story, desiredPods(story));
  return `${now - 1 >= least ? 'StaysAboveMinimum' : 'BelowMinimum'} ${[now - 1, least]}`;
}

/** Compares with what the disruption controller allows. */
function factOnBudget({ before, pod }: Story, check: Check): Fact {
  const { code, facts } = check;
  const name = String(facts?.budget);
  const budget = before.objects.poddisruptionbudgets.find((object) => nameOf(object) === name);
  const { desiredHealthy = 0, expectedPods = 0, conditions = [] } = budget?.status ?? {};
  // The status gets stale when a pod stops matching (disruption.go, updatePod).
  const currentHealthy = before.objects.pods.filter(
    (other) => selects(budget?.spec.selector, labelsOf(other)) && isReady(other) && !isLeaving(other),
  ).length;
  const hasFailed = conditions.some(({ reason }: { reason: string }) => reason === 'SyncFailed');
  const disruptionsAllowed = expectedPods > 0 && !hasFailed ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const predicted = `${code} ${name} ${numbersIn(check, 'healthy', 'minimum')}`;
  if (!selects(budget?.spec.selector, labelsOf(pod))) return fact('budgets', predicted, `${name} does not select it`);
  if (!isReady(pod)) return fact('budgets', predicted, `BudgetAllowsIt ${name} `);
  if (code === 'BudgetUnknown')
    return fact('budgets', predicted, disruptionsAllowed === 0 ? predicted : `${name} allows ${disruptionsAllowed}`);
  const codeOf = (healthy: number, allowed: number): string =>
    `${allowed > 0 ? 'BudgetAllowsIt' : 'BudgetExhausted'} ${name} ${[healthy, desiredHealthy]}`;
  // Plans read only the status of a budget that may select pods of other Services.
  const byStatus = codeOf(budget?.status.currentHealthy, budget?.status.disruptionsAllowed);
  return fact('budgets', predicted, predicted === byStatus ? byStatus : codeOf(currentHealthy, disruptionsAllowed));
}
