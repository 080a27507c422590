import { randomUUID } from 'node:crypto';
import type { ChangeRequest } from '../pitlane/command/request.ts';
import type { Asker, Decision, Door, Reporter } from '../pitlane/operate/asker.ts';
import type { Outcome, Proposal } from '../pitlane/operate/outcome.ts';
import { needsConfirmation } from '../pitlane/operate/words.ts';
import { evidenceBase, writeEvidence } from './evidence-folder.ts';
import { narrator, stamped } from './progress.ts';
import { render } from './render.ts';
import { isUnattended, type Session } from './session.ts';

/**
 * Carries out a change, reports progress on the standard error, and asks if the plan has warnings. Undefined: the input
 * ended without an answer.
 */
export async function change(request: ChangeRequest, session: Session): Promise<Outcome | undefined> {
  const { pitlane, options, style, terminal, user } = session;
  const asker: Asker = { by: user, role: 'admin', requestId: randomUUID() };
  let isUnanswered = false;
  let startedAt = terminal.now();
  let narrate = narrator(style);
  const door: Door = {
    // The time that a person takes to answer does not count.
    get deadline() {
      return startedAt + options.timeoutMs;
    },
    signal: terminal.signal,
    async decide(proposal) {
      const decision = await decide(proposal, session);
      isUnanswered = decision === undefined;
      if (decision === undefined) return { kind: 'leave' };
      startedAt = terminal.now();
      narrate = narrator(style, wasShown(decision) ? proposal.plan.fingerprint : undefined);
      return decision;
    },
    reporter: {
      event(event) {
        for (const line of narrate(event, terminal.now() - startedAt)) terminal.err(`${line}\n`);
      },
      keep: keeper(session, () => terminal.now() - startedAt),
    },
  };
  const outcome = await pitlane.carryOut(request, asker, door);
  return isUnanswered ? undefined : outcome;
}

async function decide(proposal: Proposal, session: Session): Promise<Decision | undefined> {
  const { options, style, terminal } = session;
  const { operation, fingerprint } = proposal.plan;
  if (options.yes) return { kind: 'carryOut', confirmed: 'any' };
  if (!needsConfirmation(proposal.plan)) return { kind: 'carryOut' };
  if (isUnattended(session)) return { kind: 'leave' };
  terminal.err(`${render(proposal, style)}\n`);
  const answer = await terminal.ask('Carry it out? [y/N] ');
  if (answer === undefined) return undefined;
  if (!/^y(es)?$/i.test(answer.trim())) return { kind: 'leave' };
  return { kind: 'carryOut', confirmed: { id: operation.id, request: operation.request, fingerprint } };
}

/** True if the person confirmed exactly this plan after seeing it. */
function wasShown(decision: Decision): boolean {
  return decision.kind === 'carryOut' && typeof decision.confirmed === 'object';
}

/** Writes the evidence to a folder and says where, unless --no-evidence is set. If it throws, no pod is deleted. */
function keeper({ options, style, terminal }: Session, elapsedMs: () => number): NonNullable<Reporter['keep']> {
  return async (evidence) => {
    if (!options.keepsEvidence) return;
    const folder = writeEvidence(evidence, evidenceBase(options.to, terminal.env));
    terminal.err(`${stamped(`evidence kept in ${folder}`, elapsedMs(), style)}\n`);
  };
}
