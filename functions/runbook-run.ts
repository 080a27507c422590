import type { Evidence } from '../pitlane/evidence/evidence.ts';
import type { Confirmation, Outcome } from '../pitlane/operate/outcome.ts';
import type { Asker, Pitlane } from '../pitlane/operate/pitlane.ts';
import type { Plan } from '../pitlane/rotation/plan.ts';
import { type RunbookInput, requestOf } from './runbook-input.ts';

export interface Ran {
  readonly outcome: Outcome;
  /** Of a pod that was drained or deleted. */
  readonly evidence?: Evidence;
}

/** Proposes, and carries out where the input allows it. */
export async function run(input: RunbookInput, asker: Asker, pitlane: Pitlane, deadline: number): Promise<Ran> {
  const request = requestOf(input);
  const outcome = await pitlane.propose(request, asker);
  const partial = partialName(input, outcome);
  if (partial !== undefined) return { outcome: partial };
  if (outcome.kind !== 'proposal' || !('dryRun' in input)) return { outcome };
  const { plan } = outcome;
  const { confirm } = input;
  if (input.dryRun) return { outcome };
  if (typeof confirm === 'string' && confirm !== plan.fingerprint) return { outcome: { ...outcome, why: 'changed' } };
  if (confirm === undefined && plan.checks.some(({ level }) => level === 'warning')) return { outcome };
  const confirmation: Confirmation = {
    id: plan.operation.id,
    request: plan.operation.request,
    pod: plan.operation.pod,
    fingerprint: plan.fingerprint,
  };
  const confirmed = confirm === true ? 'any' : confirm === undefined ? undefined : confirmation;
  return lastOf(pitlane, plan, asker, confirmed, deadline);
}

async function lastOf(
  pitlane: Pitlane,
  plan: Plan,
  asker: Asker,
  confirmed: Confirmation | 'any' | undefined,
  deadline: number,
): Promise<Ran> {
  const events = pitlane.advance(plan.operation.request, asker, {
    deadline,
    hasTick: true,
    proposed: plan,
    ...(confirmed !== undefined && { confirmed }),
  });
  let evidence: Evidence | undefined;
  for (;;) {
    const next = await events.next();
    if (next.done) return { outcome: next.value, ...(evidence !== undefined && { evidence }) };
    if (next.value.kind === 'evidence') evidence = next.value.evidence;
  }
}

/** People may type part of a name; what a program means must not depend on which other pods there are. */
function partialName(input: RunbookInput, outcome: Outcome): Outcome | undefined {
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
