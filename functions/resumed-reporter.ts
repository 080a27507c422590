import type { Replies } from '../pitlane/chat/replies.ts';
import type { Share } from '../pitlane/chat/share-evidence.ts';
import { outcomeView } from '../pitlane/chat/views.ts';
import type { JournalEntry } from '../pitlane/journal.ts';
import { SlackReporter } from './slack-reporter.ts';

export interface ResumedReporterOptions {
  readonly replies: Replies;
  readonly share: Share;
  readonly now: () => number;
  /** How the service is addressed. */
  readonly address: string;
}

/** For an operation of the journal: its message is edited where it stands, or a new one says how it ended. */
export function resumedReporter(
  entry: Pick<JournalEntry, 'id' | 'report'>,
  { replies, share, now, address }: ResumedReporterOptions,
): SlackReporter {
  const setting = { address, reference: entry.id };
  const { channel, ts } = entry.report ?? {};
  const isThere = channel !== undefined && ts !== undefined;
  return new SlackReporter({
    setting,
    now,
    share,
    announce: async (message) => (isThere ? replies.adopt({ channel, ts }) : replies.announce(message, channel)),
    async unannounced(outcome) {
      const last = outcomeView(outcome, setting);
      if (outcome.kind === 'running' || outcome.kind === 'repeated') return;
      if (isThere) await replies.adopt({ channel, ts }).finish(last);
      else await replies.announce(last, channel);
    },
  });
}
