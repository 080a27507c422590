import type { JournalEntry } from '../../journal/entry.ts';
import type { Replies } from '../slack/replies.ts';
import { outcomeView } from '../views/views.ts';
import { SlackReporter } from './reporter.ts';
import type { Share } from './share-evidence.ts';

export interface ResumedReporterOptions {
  readonly replies: Replies;
  readonly share: Share;
  readonly now: () => number;
  /** How the service is addressed. */
  readonly address: string;
  /** Nobody has asked for it: who has drained the pod at the end of whose time it is done. */
  readonly endOfDrainBy?: string;
}

/** For an operation of the journal: its message is edited where it stands, or a new one says how it ended. */
export function resumedReporter(
  entry: Pick<JournalEntry, 'id' | 'report'>,
  { replies, share, now, address, endOfDrainBy }: ResumedReporterOptions,
): SlackReporter {
  const setting = { address, reference: entry.id, ...(endOfDrainBy !== undefined && { endOfDrainBy }) };
  const { report } = entry;
  const standing = report?.ts === undefined ? undefined : { ...report, ts: report.ts };
  return new SlackReporter({
    setting,
    now,
    share,
    announce: async (message) =>
      standing === undefined ? replies.announce(message, report?.channel) : replies.adopt(standing),
    async unannounced(outcome) {
      if (outcome.kind === 'running' || outcome.kind === 'repeated') return;
      // Whoever ends it says so: there is no message yet that could be edited then.
      if (standing === undefined && outcome.kind === 'unfinished' && outcome.goesOn) return;
      const last = outcomeView(outcome, setting);
      if (standing === undefined) await replies.announce(last, report?.channel);
      else await replies.adopt(standing).finish(last);
    },
    amend: replies.amend,
  });
}
