import { randomUUID } from 'node:crypto';
import type { ChangeRequest } from '../pitlane/command/request.ts';
import type { AdvanceOptions, Asker } from '../pitlane/operate.ts';
import type { Confirmation, Outcome, Proposal } from '../pitlane/outcome.ts';
import { narrator } from './progress.ts';
import { render } from './render.ts';
import { isUnattended, type Session, UNANSWERED, type Unanswered } from './session.ts';

/** Carries a change out, says on the standard error what happens, and asks where the plan has warnings. */
export async function change(request: ChangeRequest, session: Session): Promise<Outcome | Unanswered> {
  const { pitlane, options, style, terminal } = session;
  const asker: Asker = { by: terminal.user, role: 'admin', requestId: randomUUID() };
  // Looks first: what can't be done at all is said at once, before anything is locked or tried again and again.
  const proposed = await pitlane.propose(request, asker);
  if (proposed.kind !== 'proposal' || request.dryRun) return proposed;
  let confirmed: AdvanceOptions['confirmed'] = options.yes ? 'any' : undefined;
  for (;;) {
    const outcome = await advance(request, asker, confirmed, session);
    const isOpen = outcome.kind === 'proposal' && outcome.why !== 'dryRun';
    if (!isOpen || isUnattended(session)) return outcome;
    terminal.err(`${render(outcome, style)}\n`);
    const answer = await terminal.ask('Carry it out? [y/N] ');
    if (answer === undefined) return UNANSWERED;
    if (!/^y(es)?$/i.test(answer.trim())) return outcome;
    confirmed = confirmationOf(outcome, request);
  }
}

async function advance(
  request: ChangeRequest,
  asker: Asker,
  confirmed: AdvanceOptions['confirmed'],
  { pitlane, options, style, terminal }: Session,
): Promise<Outcome> {
  const start = terminal.now();
  const narrate = narrator(style, confirmed === 'any' ? undefined : confirmed?.fingerprint);
  const events = pitlane.advance(request, asker, {
    deadline: start + options.timeoutMs,
    signal: terminal.signal,
    ...(confirmed !== undefined && { confirmed }),
  });
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
    for (const line of narrate(next.value, terminal.now() - start)) terminal.err(`${line}\n`);
  }
}

function confirmationOf({ plan }: Proposal, request: ChangeRequest): Confirmation {
  return { id: plan.operation.id, request, pod: plan.operation.pod, fingerprint: plan.fingerprint };
}
