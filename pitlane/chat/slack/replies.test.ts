import { expect, test } from 'vitest';
import { ada } from '../../../test/builders/person.ts';
import { sentence } from '../blocks/blocks.ts';
import { type SlackApi, SlackRefused } from './api.ts';
import { repliesTo } from './replies.ts';

const ADA = ada();

test('rejects if only the person who asked could be told the result', async () => {
  const told: string[] = [];
  const slack: SlackApi = {
    call: (method) => Promise.reject(new SlackRefused(method, 'fatal_error')),
    respond: async (_, { text }) => {
      told.push(String(text));
    },
    upload: async () => {},
  };
  const person = { ...ADA, responseUrl: 'https://hooks.slack.com/commands/1' };
  const replies = repliesTo({ slack, person, replacesOriginal: false, onError: () => {} });
  const report = replies.adopt({ channel: ADA.channel, ts: '1.2' });
  await expect(report.finish(sentence('done', 'Drained.'))).rejects.toThrow('Slack refused chat.update: fatal_error');
  expect(told).toEqual(['Drained.']);
});

test('posts the result in the thread of the message if the edit fails', async () => {
  const posted: unknown[] = [];
  const slack: SlackApi = {
    call: async (method, { thread_ts }) => {
      if (method === 'chat.update') throw new SlackRefused(method, 'message_not_found');
      posted.push(thread_ts);
      return { ok: true };
    },
    respond: async () => {},
    upload: async () => {},
  };
  const replies = repliesTo({ slack, person: ADA, replacesOriginal: false, onError: () => {} });
  await replies.adopt({ channel: ADA.channel, ts: '1.2' }).finish(sentence('done', 'Drained.'));
  expect(posted).toEqual(['1.2']);
});
