import { expect, test } from 'vitest';
import { PLAN } from '../../../test/builders/outcomes.ts';
import type { Done, Unfinished } from '../../operate/outcome.ts';
import type { Announcement, Replies } from '../slack/replies.ts';
import { resumedReporter } from './resumed-reporter.ts';

const ADDRESS = '/rng';
const { operation } = PLAN;
const DONE: Done = { kind: 'done', operation, plan: PLAN, proof: [], tookMs: [], notes: [] };
const GOES_ON: Unfinished = { kind: 'unfinished', operation, plan: PLAN, proof: [], goesOn: true };

/** Keeps the headings of what is posted; edits go wrong. */
function slackThatEditsNothing(): Replies & { readonly posted: string[] } {
  const posted: string[] = [];
  const announcement = (report: Announcement['report']): Announcement => ({
    report,
    update: () => {},
    finish: () => Promise.reject(new Error('Slack is away')),
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
  const share = async () => ({ kind: 'notShared', why: 'Nobody wants it.' }) as const;
  const entry = { id: '0123456789', report: { channel: 'C0OPS00000' } };
  return resumedReporter(entry, { replies, share, now: () => 0, address: ADDRESS });
}

test('a last word that could not be said is no error of its own: the tick says it', async () => {
  const reporter = reporterOn(slackThatEditsNothing());
  await reporter.begun(PLAN, undefined);
  await expect(reporter.ended(DONE)).rejects.toThrow('Slack is away');
  expect(await reporter.brokeOff()).toBe(true);
});

test('where nothing is announced, that it goes on is not said: whoever ends it could not edit that', async () => {
  const replies = slackThatEditsNothing();
  const reporter = reporterOn(replies);
  await reporter.ended(GOES_ON);
  expect(replies.posted).toEqual([]);
  await reporter.ended(DONE);
  expect(replies.posted).toHaveLength(1);
});
