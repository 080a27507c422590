import { SERVICE } from '../case.ts';
import type { Story } from '../play.ts';
import { isReady, labelsOf, nameOf, selects } from '../scene.ts';
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
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = budget?.status ?? {};
  const start = `PodDisruptionBudget ${name}`;
  const foretold = `${code}: ${message}`;
  if (!selects(budget?.spec.selector, labelsOf(pod))) return fact('budgets', foretold, `${start} does not select it`);
  if (!isReady(pod)) return fact('budgets', foretold, `BudgetAllowsIt: ${start} does not count it: it is not ready.`);
  const happened =
    disruptionsAllowed > 0
      ? `BudgetAllowsIt: ${start} allows it: ${currentHealthy} healthy, ${desiredHealthy} must stay.`
      : `BudgetExhausted: ${start} allows no disruption: ${currentHealthy} healthy and ${desiredHealthy} must stay.`;
  return fact('budgets', foretold, happened);
}
