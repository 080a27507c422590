import { randomUUID } from 'node:crypto';
import type { ChangeRequest } from '../pitlane/command/request.ts';
import type { Confirmation, Outcome, Proposal } from '../pitlane/operate/outcome.ts';
import type { AdvanceOptions, Asker, Reporter } from '../pitlane/operate/pitlane.ts';
import { evidenceBase, writeEvidence } from './evidence-folder.ts';
import { narrator, stamped } from './progress.ts';
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
  session: Session,
): Promise<Outcome> {
  const { pitlane, options, style, terminal } = session;
  const start = terminal.now();
  const narrate = narrator(style, confirmed === 'any' ? undefined : confirmed?.fingerprint);
  const events = pitlane.advance(request, asker, {
    deadline: start + options.timeoutMs,
    signal: terminal.signal,
    reporter: { keep: keeper(session, start) },
    ...(confirmed !== undefined && { confirmed }),
  });
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
    for (const line of narrate(next.value, terminal.now() - start)) terminal.err(`${line}\n`);
  }
}

/** Writes the evidence down where it is not unwanted, and says where. What it throws keeps a pod from being deleted. */
function keeper({ options, style, terminal }: Session, start: number): NonNullable<Reporter['keep']> {
  return async (evidence) => {
    if (!options.keepsEvidence) return;
    const folder = writeEvidence(evidence, evidenceBase(options.to, terminal.env));
    terminal.err(`${stamped(`evidence kept in ${folder}`, terminal.now() - start, style)}\n`);
  };
}

function confirmationOf({ plan }: Proposal, request: ChangeRequest): Confirmation {
  return { id: plan.operation.id, request, pod: plan.operation.pod, fingerprint: plan.fingerprint };
}
