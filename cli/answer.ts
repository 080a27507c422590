import { randomUUID } from 'node:crypto';
import type { Request } from '../pitlane/command/request.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import type { Choice, Outcome } from '../pitlane/operate/outcome.ts';
import { change } from './change.ts';
import { dataOf } from './data.ts';
import { EvidenceWriteError, evidenceBase, writeEvidence } from './evidence-folder.ts';
import { DONE, exitCode, FAILED, INTERRUPTED, REFUSED } from './exit-code.ts';
import { render } from './render.ts';
import { logRemarks } from './render-logs.ts';
import { isUnattended, type Session, UNANSWERED, type Unanswered } from './session.ts';
import { yamlText } from './yaml.ts';

/** Carries a request out and shows how it ended; the answer is the exit code. */
export async function answer(request: Request, session: Session): Promise<number> {
  const outcome = await ask(request, session);
  if (outcome.kind === 'unanswered') {
    session.terminal.err('\nThere was no answer, so nothing was done.\n');
    return REFUSED;
  }
  const code = outcome.kind === 'evidence' ? written(outcome, session) : exitCode(outcome, request);
  show(outcome, code === DONE, session);
  return session.terminal.signal.aborted ? INTERRUPTED : code;
}

/** Evidence is written down, unless a program reads it; the answer is the exit code. */
function written(evidence: Evidence, { options, terminal }: Session): number {
  if (options.output === 'json' || options.output === 'yaml') return DONE;
  try {
    terminal.out(`${writeEvidence(evidence, evidenceBase(options.to, terminal.env))}\n`);
    return DONE;
  } catch (error) {
    if (!(error instanceof EvidenceWriteError)) throw error;
    terminal.err(`${error.message}\n`);
    return FAILED;
  }
}

/** Where a person is there and more than one pod is meant, asks which one. */
async function ask(request: Request, session: Session): Promise<Outcome | Unanswered> {
  const outcome = await carryOut(request, session);
  if (outcome.kind !== 'choice' || isUnattended(session)) return outcome;
  session.terminal.err(`${render(outcome, session.style)}\n`);
  const answered = await session.terminal.ask('Which one? Its number or name: ');
  if (answered === undefined) return UNANSWERED;
  const pod = chosen(outcome, answered.trim());
  return pod === undefined ? outcome : ask({ ...request, pod } as Request, session);
}

function chosen({ candidates }: Choice, answered: string): string | undefined {
  const names = candidates.map(({ pod }) => pod.name);
  return /^\d{1,4}$/.test(answered) ? names[Number(answered) - 1] : names.find((name) => name === answered);
}

async function carryOut(request: Request, session: Session): Promise<Outcome | Unanswered> {
  const { pitlane, terminal } = session;
  if ('dryRun' in request) return change(request, session);
  if (request.command !== 'logs' || !request.follow)
    return pitlane.propose(request, { by: terminal.user, role: 'admin', requestId: randomUUID() });
  const lines = pitlane.followLogs(request, terminal.signal);
  for (;;) {
    const next = await lines.next();
    if (next.done) return next.value;
    terminal.out(`${next.value}\n`);
  }
}

/** Answers go to the standard output, what went wrong to the standard error; what a program reads always to the output. */
function show(outcome: Outcome, isDone: boolean, { options, style, terminal }: Session): void {
  if (options.output === 'json') {
    terminal.out(`${JSON.stringify(dataOf(outcome, terminal.now()), null, 2)}\n`);
  } else if (options.output === 'yaml') {
    terminal.out(yamlText(dataOf(outcome, terminal.now())));
  } else {
    const text = render(outcome, style);
    // Where the evidence is stands alone on the output; what is missing from it is a remark.
    const isAnswer = (isDone && outcome.kind !== 'evidence') || outcome.kind === 'proposal';
    if (text !== '') (isAnswer ? terminal.out : terminal.err)(`${text}\n`);
    if (outcome.kind === 'logged') for (const remark of logRemarks(outcome)) terminal.err(`${remark}\n`);
    if (outcome.kind === 'proposal' && outcome.why !== 'dryRun') terminal.err('To carry it out, add --yes.\n');
  }
}
