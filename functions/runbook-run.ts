import { isChange } from '../pitlane/command/request.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import type { Asker, Decision, Door } from '../pitlane/operate/asker.ts';
import type { NotUnderstood, Outcome, Proposal } from '../pitlane/operate/outcome.ts';
import type { Pitlane } from '../pitlane/operate/use-case.ts';
import { needsConfirmation } from '../pitlane/operate/words.ts';
import { podsIn } from '../pitlane/rotation/plan.ts';
import { type RunbookInput, requestOf } from './runbook-input.ts';

export interface Ran {
  readonly outcome: Outcome;
  /** Collected after a drain or before a finish. */
  readonly evidence: readonly Evidence[];
}

/** Answers a read, or carries out a change if the input allows that. */
export async function run(input: RunbookInput, asker: Asker, pitlane: Pitlane, deadline: number): Promise<Ran> {
  const request = requestOf(input);
  const evidence: Evidence[] = [];
  const door: Door = {
    deadline,
    decide: async (proposal) => decideOn(proposal, input),
    reporter: {
      event(event) {
        if (event.kind === 'evidence') evidence.push(event.evidence);
      },
    },
  };
  const outcome = isChange(request)
    ? await pitlane.carryOut(request, asker, door)
    : await pitlane.propose(request, asker, { deadline });
  return { outcome: partialName(input, outcome) ?? outcome, evidence };
}

function decideOn(proposal: Proposal, input: RunbookInput): Decision {
  const { plan } = proposal;
  const { confirm } = input;
  const partial = partialName(input, proposal);
  if (partial !== undefined) return { kind: 'refuse', outcome: partial };
  if (proposal.why === 'changed') return { kind: 'leave' };
  if (typeof confirm === 'string' && confirm !== plan.fingerprint) return { kind: 'leave', why: 'changed' };
  if (confirm === undefined) return { kind: needsConfirmation(plan) ? 'leave' : 'carryOut' };
  const { id, request } = plan.operation;
  return { kind: 'carryOut', confirmed: confirm === true ? 'any' : { id, request, fingerprint: plan.fingerprint } };
}

/** Refuses a part of a name, which may match another pod tomorrow. Undefined: the name is complete. */
export function partialName(input: object, outcome: Outcome): NotUnderstood | undefined {
  const { pod, pods = [] } = input as { readonly pod?: string; readonly pods?: readonly string[] };
  const found = namesIn(outcome);
  const meant = [...(pod === undefined ? [] : [pod]), ...pods].find((name) => !found.includes(name));
  if (meant === undefined || found.length === 0) return undefined;
  const [name = ''] = found.filter((each) => each.startsWith(meant) || each.endsWith(meant));
  return {
    kind: 'notUnderstood',
    message: `${meant} is only a part of the pod name ${name}. Runbooks must give the full name.`,
    instead: [name],
  };
}

function namesIn(outcome: Outcome): readonly string[] {
  switch (outcome.kind) {
    case 'proposal':
      return podsIn(outcome.plan.operation.subject).map(({ name }) => name);
    case 'refusal':
      return podsIn(outcome.operation.subject).map(({ name }) => name);
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
