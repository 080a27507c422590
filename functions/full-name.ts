import type { Outcome } from '../pitlane/operate/outcome.ts';
import type { RunbookInput } from './runbook-input.ts';

/** People may type part of a name; what a program means must not depend on which other pods there are. */
export function partialName(input: RunbookInput, outcome: Outcome): Outcome | undefined {
  const meant = 'pod' in input ? input.pod : undefined;
  const found = namesIn(outcome);
  if (meant === undefined || found.length === 0 || found.includes(meant)) return undefined;
  const [name = ''] = found;
  return {
    kind: 'notUnderstood',
    message: `${meant} is only a part of the name ${name}: automation gives full pod names.`,
    instead: [name],
  };
}

function namesIn(outcome: Outcome): readonly string[] {
  switch (outcome.kind) {
    case 'proposal':
      return [outcome.plan.operation.pod.name];
    case 'refusal':
      return [outcome.operation.pod.name];
    case 'inspected':
      return [outcome.member.pod.name];
    case 'evidence':
      return [outcome.pod.name];
    case 'logged':
      return outcome.logs.map(({ pod }) => pod);
    default:
      return [];
  }
}
