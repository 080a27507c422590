import { changeJournal } from '../../cluster/journal.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import { ended, isSameOperation, underWay } from '../../journal/journal.ts';
import { subjectText } from '../../rotation/plan.ts';
import type { Round } from './round.ts';

/** An operation that keeps failing with an internal error is given up after that time. */
const PATIENCE_MS = 30 * 60_000;

/** Continues every operation of the service that no process works on. */
export async function finishOperations(round: Round): Promise<void> {
  const { journal, house } = round;
  const left = underWay(journal).filter(({ heldUntil }) => heldUntil <= house.now());
  await Promise.all(left.map((entry) => finish(round, entry)));
}

async function finish(round: Round, entry: JournalEntry): Promise<void> {
  const { pitlane, service, options, journals } = round;
  const { courier, deadline } = options;
  const what = `${entry.request.command} of ${subjectText(entry.subject)} (${entry.id})`;
  try {
    const reporter = courier.reporterOf(entry, service);
    const outcome = await pitlane.resume(service.key, entry, isAsked(entry, journals), { deadline, reporter });
    // Another tick is faster.
    if (outcome.kind !== 'running' && outcome.kind !== 'repeated') round.did(`resumed ${what}: ${outcome.kind}`);
  } catch (error) {
    round.trouble(error);
    if (round.house.now() - entry.at > PATIENCE_MS) await giveUp(round, entry).catch(round.trouble);
  }
}

/** An admin asked for exactly this: the journal that only admins may write has it too. */
function isAsked(entry: JournalEntry, journals: Round['journals']): boolean {
  if (entry.role !== 'admin') return false;
  const asked = journals?.admin?.journal.operations.find(({ id }) => id === entry.id);
  return asked !== undefined && isSameOperation(asked, entry);
}

async function giveUp({ house, connection, service, patience }: Round, { id }: JournalEntry): Promise<void> {
  const message = 'Pitlane could not finish it, or could not report how it ended, and has given up.';
  await changeJournal(
    connection,
    service,
    (journal) => {
      const isLeft = underWay(journal).some((entry) => entry.id === id && entry.heldUntil <= house.now());
      return isLeft ? ended(journal, id, { kind: 'givenUp', at: house.now(), message }, { isTold: false }) : undefined;
    },
    patience,
  );
}
