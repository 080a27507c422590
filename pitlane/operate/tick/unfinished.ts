import { changeJournal } from '../../cluster/journal.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import { ended, underWay } from '../../journal/journal.ts';
import { patienceOf } from '../house.ts';
import type { Round } from './round.ts';

/** What fails with an error of pitlane's own again and again is given up after that. */
const PATIENCE_MS = 30 * 60_000;

/** Goes on with every operation of the service that no process is at work on. */
export async function finishOperations(round: Round): Promise<void> {
  const { found, house } = round;
  if (found === undefined) return;
  const left = underWay(found.journal).filter(({ heldUntil }) => heldUntil <= house.now());
  await Promise.all(left.map((entry) => finish(round, entry)));
}

async function finish(round: Round, entry: JournalEntry): Promise<void> {
  const { pitlane, service, options } = round;
  const { courier, deadline } = options;
  const what = `${entry.request.command} of ${entry.pod.name} (${entry.id})`;
  try {
    const outcome = await pitlane.resume(service.key, entry, {
      deadline,
      reporter: courier.reporterOf(entry, service),
    });
    // Another tick is faster.
    if (outcome.kind !== 'running' && outcome.kind !== 'repeated') round.did(`went on with ${what}: ${outcome.kind}`);
  } catch (error) {
    round.trouble(error);
    if (round.house.now() - entry.at > PATIENCE_MS) await giveUp(round, entry).catch(round.trouble);
  }
}

async function giveUp({ house, connection, service, options }: Round, { id }: JournalEntry): Promise<void> {
  const message = 'Pitlane could not go on with it, or could not tell anybody how it ended, and has given it up.';
  await changeJournal(
    connection,
    service,
    (journal) => {
      const isLeft = underWay(journal).some((entry) => entry.id === id && entry.heldUntil <= house.now());
      return isLeft ? ended(journal, id, { kind: 'givenUp', at: house.now(), message }, false) : undefined;
    },
    patienceOf(house, options.deadline),
  );
}
