import type { JournalEntry } from '../../journal/entry.ts';
import type { Replies } from '../slack/replies.ts';
import { outcomeView } from '../views/views.ts';
import { SlackReporter } from './reporter.ts';
import type { Share } from './share-evidence.ts';

export interface ResumedReporterOptions {
  readonly replies: Replies;
  readonly share: Share;
  readonly now: () => number;
  /** How people address the service. */
  readonly address: string;
  /** For an automatic change at the end of a drain: who drained the pod. */
  readonly endOfDrainBy?: string;
}

/** For an operation of the journal: edits its message, or tells the outcome in a new one. */
export function resumedReporter(
  entry: Pick<JournalEntry, 'id' | 'report'>,
  { replies, share, now, address, endOfDrainBy }: ResumedReporterOptions,
): SlackReporter {
  const setting = { address, reference: entry.id, ...(endOfDrainBy !== undefined && { endOfDrainBy }) };
  const { report } = entry;
  const posted = report?.ts === undefined ? undefined : { ...report, ts: report.ts };
  return new SlackReporter({
    setting,
    now,
    share,
    announce: async (message) =>
      posted === undefined ? replies.announce(message, report?.channel) : replies.adopt(posted),
    async unannounced(outcome) {
      if (outcome.kind === 'running' || outcome.kind === 'repeated') return;
      // The process that ends it tells the outcome; a message now could not be edited then.
      if (posted === undefined && outcome.kind === 'unfinished' && outcome.goesOn) return;
      const last = outcomeView(outcome, setting);
      if (posted === undefined) await replies.announce(last, report?.channel);
      else await replies.adopt(posted).finish(last);
    },
    amend: replies.amend,
  });
}
