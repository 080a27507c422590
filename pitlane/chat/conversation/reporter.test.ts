import { expect, test } from 'vitest';
import { PLAN } from '../../../test/builders/outcomes.ts';
import type { Done, Unfinished } from '../../operate/outcome.ts';
import type { Announcement, Replies } from '../slack/replies.ts';
import { resumedReporter } from './reporter.ts';

const ADDRESS = '/rng';
const { operation } = PLAN;
const DONE: Done = { kind: 'done', operation, plan: PLAN, proof: [], tookMs: [], notes: [] };
const GOES_ON: Unfinished = { kind: 'unfinished', operation, plan: PLAN, proof: [], goesOn: true };

/** Records the texts of posts and refuses edits. */
function slackWithoutEdits(): Replies & { readonly posted: string[] } {
  const posted: string[] = [];
  const announcement = (report: Announcement['report']): Announcement => ({
    report,
    update: () => {},
    finish: () => Promise.reject(new Error('Slack is down')),
  });
  return {
    posted,
    tell: async () => {},
    async announce({ text }) {
      posted.push(text);
      return announcement({ channel: 'C0OPS00000', ts: '1.2' });
    },
    adopt: announcement,
    amend: async () => {},
  };
}

function reporterOn(replies: Replies) {
  const share = async () => ({ kind: 'notShared', why: 'No place.' }) as const;
  const entry = { id: '0123456789', report: { channel: 'C0OPS00000' } };
  return resumedReporter(entry, { replies, share, now: () => 0, address: ADDRESS });
}

test('leaves the result to the tick if Slack refuses the edit', async () => {
  const reporter = reporterOn(slackWithoutEdits());
  await reporter.begun(PLAN, undefined);
  await expect(reporter.ended(DONE, [])).rejects.toThrow('Slack is down');
  expect(await reporter.reportInternalError()).toBe(true);
});

test('posts nothing before the result if there is no message to edit', async () => {
  const replies = slackWithoutEdits();
  const reporter = reporterOn(replies);
  await reporter.ended(GOES_ON, []);
  expect(replies.posted).toEqual([]);
  await reporter.ended(DONE, []);
  expect(replies.posted).toHaveLength(1);
});
