import { aboutPod, isChange, type Request } from '../pitlane/command/request.ts';
import { hasField } from '../pitlane/command/syntax.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import type { Choice, Outcome } from '../pitlane/operate/outcome.ts';
import { specOf } from '../pitlane/operations/table.ts';
import { escapeUnprintable } from '../pitlane/text/printable.ts';
import { change } from './change.ts';
import { dataOf } from './data.ts';
import { EvidenceWriteError, evidenceBase, writeEvidence } from './evidence-folder.ts';
import { DONE, exitCode, FAILED, INTERRUPTED, REFUSED } from './exit-code.ts';
import { render } from './render.ts';
import { logListener, logRemarks } from './render-logs.ts';
import { isUnattended, type Session } from './session.ts';
import { watched } from './watch.ts';

/** Carries a request out and shows how it ended. Returns the exit code. */
export async function answer(request: Request, session: Session): Promise<number> {
  const isWatched = session.options.watch && !isChange(request);
  const outcome = await (isWatched ? watched(request, session) : ask(request, session));
  if (outcome === undefined && isWatched) return INTERRUPTED;
  if (outcome === undefined) {
    session.terminal.err('\nThere was no answer, so nothing was done.\n');
    return REFUSED;
  }
  const code = outcome.kind === 'evidence' ? written(outcome, session) : exitCode(outcome, request);
  await show(outcome, code === DONE || outcome.kind === 'done', session);
  return session.terminal.signal.aborted ? INTERRUPTED : code;
}

/** Writes the evidence to a folder, unless a program reads the output. Returns the exit code. */
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

/** Asks for the pods if the request does not name them. Undefined: the input ended without an answer. */
async function ask(request: Request, session: Session): Promise<Outcome | undefined> {
  const outcome = await carryOut(request, session);
  if (outcome?.kind !== 'choice' || isUnattended(session)) return outcome;
  session.terminal.err(`${render(outcome, session.style)}\n`);
  const answered = await session.terminal.ask(takesSeveral(request) ? WHICH_ONES : WHICH_ONE);
  if (answered === undefined) return undefined;
  const pods = chosen(outcome, answered);
  const [pod, ...others] = pods;
  if (pod === undefined || (others.length > 0 && !takesSeveral(request))) return outcome;
  return ask({ ...aboutPod(request, pod), ...(isChange(request) && { pods }) }, session);
}

const WHICH_ONE = 'Which one? Its number or name: ';
const WHICH_ONES = 'Which ones? Numbers or names, separated by spaces or commas: ';

function takesSeveral(request: Request): boolean {
  return hasField(specOf(request), 'pods');
}

/** The pods in an answer of numbers and names. Empty if one of them is not in the list. */
function chosen({ candidates }: Choice, answered: string): readonly string[] {
  const names = candidates.map(({ pod }) => pod.name);
  const words = answered.split(/[\s,]+/).filter((word) => word !== '');
  const found = words.map((word) =>
    /^\d{1,4}$/.test(word) ? names[Number(word) - 1] : names.find((name) => name === word),
  );
  return found.includes(undefined) ? [] : [...new Set(found.filter((name) => name !== undefined))];
}

async function carryOut(request: Request, session: Session): Promise<Outcome | undefined> {
  const { pitlane, terminal, user } = session;
  if (isChange(request)) return change(request, session);
  if ('follow' in request && request.follow) return pitlane.followLogs(request, logListener(session), terminal.signal);
  // Nothing is recorded under the id of a read.
  return pitlane.propose(request, { by: user, role: 'admin', requestId: '' });
}

/** Prints answers on the standard output and errors on the standard error; for programs, everything on the standard output. */
async function show(outcome: Outcome, isDone: boolean, { options, style, terminal }: Session): Promise<void> {
  if (options.output === 'json') {
    terminal.out(`${escapeUnprintable(JSON.stringify(dataOf(outcome, terminal.now()), null, 2))}\n`);
  } else if (options.output === 'yaml') {
    const { yamlText } = await import('./yaml.ts');
    terminal.out(yamlText(dataOf(outcome, terminal.now())));
  } else {
    const text = render(outcome, style);
    // The evidence folder stands alone on the standard output; notes about it go to the standard error.
    const isAnswer = (isDone && outcome.kind !== 'evidence') || outcome.kind === 'proposal';
    if (text !== '') (isAnswer ? terminal.out : terminal.err)(`${text}\n`);
    if (outcome.kind === 'logged') for (const remark of logRemarks(outcome)) terminal.err(`${remark}\n`);
    if (outcome.kind === 'proposal' && outcome.why !== 'dryRun') terminal.err('To carry it out, add --yes.\n');
    // The context's namespace is a guess.
    if (outcome.kind === 'notUnderstood' && outcome.code === 'ServiceMissing' && options.namespace === undefined)
      terminal.err('For a Service in another namespace, add -n NAMESPACE.\n');
  }
}
