import { isChange, type ReadRequest, type Request } from '../../command/request.ts';
import type { Outcome } from '../../operate/outcome.ts';
import { sharedView } from '../views/evidence-view.ts';
import { listFile } from '../views/list-file.ts';
import { needsFile } from '../views/list-view.ts';
import { outcomeView } from '../views/views.ts';
import { change, type Expectation } from './change.ts';
import { resumedReporter } from './resumed-reporter.ts';
import { askerOf, type Ending, setting, type Turn, view } from './turn.ts';

/** Asks pitlane, and tells the person, or the channel, what comes of it. */
export function answer(request: Request, turn: Turn, expected: Expectation = {}): Promise<Ending> {
  return isChange(request) ? change(request, turn, expected) : answerRead(request, turn);
}

async function answerRead(request: ReadRequest, turn: Turn): Promise<Ending> {
  const { pitlane, replies, person, deadline } = turn;
  const outcome = await pitlane.propose(request, askerOf(turn), {
    deadline,
    reporterOf: (entry) => resumedReporter(entry, { ...turn, address: person.address }),
  });
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
  await replies.tell(view(inSlack(outcome, request), turn));
  return outcome.kind;
}

/** A message can't grow for ever, as a log in a terminal can. */
function inSlack(outcome: Outcome, request: ReadRequest): Outcome {
  if (outcome.kind !== 'logged' || !('follow' in request && request.follow)) return outcome;
  return { ...outcome, notes: [...outcome.notes, 'Slack can not follow a log: this is how it ends now.'] };
}
