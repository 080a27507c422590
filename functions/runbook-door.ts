import type { Context } from 'aws-lambda';
import { referenceOf } from '../pitlane/chat/job.ts';
import { ConfigUnusable } from '../pitlane/config/config.ts';
import { runbookRole } from '../pitlane/config/grants.ts';
import { limitSize } from '../pitlane/evidence/compose.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import type { Confirmation, Outcome } from '../pitlane/operate/outcome.ts';
import type { Asker, Pitlane } from '../pitlane/operate/pitlane.ts';
import type { Plan } from '../pitlane/rotation/plan.ts';
import { partialName } from './full-name.ts';
import type { FunctionHouse } from './house.ts';
import type { Log } from './log.ts';
import { answerOf, type RunbookAnswer } from './runbook-answer.ts';
import { type RunbookInput, readInput, requestOf } from './runbook-input.ts';

export interface RunbookDoor {
  readonly house: () => FunctionHouse;
  readonly log: Log;
  readonly now: () => number;
}

/** Of the time that Lambda has left: to answer. */
const ANSWER_MS = 5_000;

/** Of the evidence beside another answer. Step Functions passes 256 KiB from state to state, and JSON is longer than its text. */
const MOST_BYTES_OF_FILES = 128 * 1024;

type RunbookContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** Answers a direct invocation with data. Never throws: a runbook branches on `ok` and `outcome`. */
export function runbookHandler(door: RunbookDoor): (event: unknown, context: RunbookContext) => Promise<RunbookAnswer> {
  return async (event, context) => {
    const startedAt = door.now();
    const read = readInput(event);
    if (read.kind === 'invalid') return { ok: false, outcome: 'invalidInput', message: read.faults.join(' ') };
    const { input } = read;
    // Another door's id can't be taken: the operation of a Slack command is known by its trigger id.
    const requestId = `runbook ${('requestId' in input ? input.requestId : undefined) ?? context.awsRequestId}`;
    const reference = referenceOf(requestId);
    const { command, service, by } = input;
    const line = { door: 'runbook', operation: reference, command, service, by } as const;
    try {
      const deadline = startedAt + context.getRemainingTimeInMillis() - ANSWER_MS;
      const { pitlane, access } = door.house();
      const asker: Asker = { by: `${by} (runbook)`, role: runbookRole(access), requestId, payload: payloadOf(input) };
      const { outcome, evidence } = await run(input, asker, pitlane, deadline);
      door.log('info', { ...line, event: 'answered', outcome: outcome.kind, tookMs: door.now() - startedAt });
      // Nobody in Slack may be waiting for it: who has asked gets what was known of the pod.
      return {
        ...answerOf(outcome, command),
        ...(evidence !== undefined && { files: limitSize(MOST_BYTES_OF_FILES, evidence.files) }),
      };
    } catch (error) {
      door.log('error', { ...line, event: 'failed', error });
      const message =
        error instanceof ConfigUnusable
          ? `Pitlane's configuration can't be used, so nothing was done. ${error.message}`
          : 'Pitlane broke off with an error of its own; list the service to see how things stand.';
      return { ok: false, outcome: 'error', message, reference };
    }
  };
}

/** What makes two inputs the same request: to be sure of it, or to say so by another name, makes no other of it. */
function payloadOf(input: RunbookInput): string {
  const { by: _, ...meant } = input;
  return JSON.stringify({ ...meant, confirm: undefined });
}

interface Ran {
  readonly outcome: Outcome;
  /** Of a pod that was drained or deleted. */
  readonly evidence?: Evidence;
}

async function run(input: RunbookInput, asker: Asker, pitlane: Pitlane, deadline: number): Promise<Ran> {
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
