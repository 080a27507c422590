import type { CancelRequest, Request } from '../../command/request.ts';
import type { Outcome } from '../../operate/outcome.ts';
import type { Plan } from '../../rotation/plan.ts';
import { unnamed } from '../blocks/force-button.ts';
import type { Force, Offer } from '../job.ts';
import { sharedView } from '../views/evidence-view.ts';
import { listFile } from '../views/list-file.ts';
import { needsFile } from '../views/list-view.ts';
import { podGoneView } from '../views/notices.ts';
import { outcomeView } from '../views/views.ts';
import { carryOut, offer } from './announced-change.ts';
import { resumedReporter } from './resumed-reporter.ts';
import { askerOf, type Ending, isEcho, setting, type Turn, view } from './turn.ts';

/** What a pressed button adds to its request. */
export interface Expectation {
  /** Another pod of the same name is another pod. */
  readonly uid: string;
  /** What was confirmed. */
  readonly offer?: Offer;
  /** Which refusals are set aside. */
  readonly force?: Force;
}

/** Asks pitlane, and tells the person, or the channel, what comes of it. */
export async function answer(request: Request, turn: Turn, expected?: Expectation): Promise<Ending> {
  const { pitlane, replies } = turn;
  if (request.command === 'cancel') return cancel(request, turn);
  const outcome = await pitlane.propose(request, askerOf(turn));
  if (outcome.kind === 'evidence') {
    await replies.tell(sharedView(outcome, await turn.share(outcome, outcome.report)));
    return outcome.kind;
  }
  if (outcome.kind === 'listed' && needsFile(outcome)) {
    const file = listFile(outcome);
    const isSent = await turn.send(file);
    await replies.tell(outcomeView(outcome, { ...setting(turn), ...(isSent && { file: file.name }) }));
    return outcome.kind;
  }
  if (outcome.kind !== 'proposal') {
    if (!isEcho(outcome, turn)) await replies.tell(view(inSlack(outcome, request), turn));
    return outcome.kind;
  }
  const { plan } = outcome;
  if (expected !== undefined && expected.uid !== plan.operation.pod.uid) {
    await replies.tell(podGoneView(plan.operation.pod.name));
    return 'podGone';
  }
  if (plan.operation.request.dryRun) {
    await offer({ kind: 'proposal', plan, why: 'dryRun' }, turn);
    return 'proposal';
  }
  const isConfirmed =
    expected?.offer?.confirmation.fingerprint === plan.fingerprint ||
    (expected?.force !== undefined && unnamed(plan.checks, expected.force).length === 0);
  const hasNews = expected?.force !== undefined && unnamed(plan.checks, expected.force).length > 0;
  if (!isConfirmed && (hasNews || needsConfirmation(plan))) {
    await offer({ kind: 'proposal', plan, why: expected?.offer || hasNews ? 'changed' : 'needsConfirmation' }, turn);
    return 'proposal';
  }
  return carryOut(plan, turn, isConfirmed);
}

async function cancel(request: CancelRequest, turn: Turn): Promise<Ending> {
  const { pitlane, replies, person, deadline } = turn;
  const outcome = await pitlane.cancel(request, askerOf(turn), {
    deadline,
    reporter: (entry) => resumedReporter(entry, { ...turn, address: person.address }),
  });
  await replies.tell(view(outcome, turn));
  return outcome.kind;
}

/** A message can't grow for ever, as a log in a terminal can. */
function inSlack(outcome: Outcome, request: Request): Outcome {
  if (outcome.kind !== 'logged' || request.command !== 'logs' || !request.follow) return outcome;
  return { ...outcome, notes: [...outcome.notes, 'Slack can not follow a log: this is how it ends now.'] };
}

function needsConfirmation({ checks }: Plan): boolean {
  return checks.some(({ level }) => level === 'warning');
}
