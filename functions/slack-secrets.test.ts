import { expect, test } from 'vitest';
import type { Post } from '../pitlane/aws/secrets.ts';
import { slackSecrets } from './slack-secrets.ts';

const DEADLINE = 1_000;
const ON_LAMBDA = {
  SLACK_SECRETS: 'pitlane/slack',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
};

/** `stored`: the value of the secret in AWS. */
function world(stored: object | string, env: NodeJS.ProcessEnv = ON_LAMBDA) {
  const aws = { stored, reads: 0, now: 0 };
  const send: Post = async () => {
    aws.reads += 1;
    const value = typeof aws.stored === 'string' ? aws.stored : JSON.stringify(aws.stored);
    return { status: 200, body: JSON.stringify({ SecretString: value }) };
  };
  const secrets = slackSecrets({ env, now: () => aws.now, send, onStale: () => {} });
  return { aws, secrets };
}

test('both come from one read of the secret that SLACK_SECRETS names', async () => {
  const { aws, secrets } = world({ signingSecret: 'signs', botToken: ' xoxb-1\n' });
  expect(await secrets.signingSecrets(DEADLINE)).toEqual(['signs']);
  expect(await secrets.botToken(DEADLINE)).toBe('xoxb-1');
  expect(aws.reads).toBe(1);
});

test('the old signing secret is accepted beside the new one while both are stored', async () => {
  const { secrets } = world({ signingSecret: ['new', 'old'], botToken: 'xoxb-1' });
  expect(await secrets.signingSecrets(DEADLINE)).toEqual(['new', 'old']);
});

test('a refused token or signature reads the secret again, at most once a minute', async () => {
  const { aws, secrets } = world({ signingSecret: 'old', botToken: 'xoxb-1' });
  const old = await secrets.signingSecrets(DEADLINE);
  aws.stored = { signingSecret: 'new', botToken: 'xoxb-2' };
  expect(await secrets.signingSecrets(DEADLINE, old)).toEqual(['new']);
  expect(await secrets.botToken(DEADLINE, 'xoxb-1')).toBe('xoxb-2');
  expect(aws.reads).toBe(2);
  for (let i = 0; i < 50; i += 1) await secrets.signingSecrets(DEADLINE, await secrets.signingSecrets(DEADLINE));
  expect(await secrets.botToken(DEADLINE, 'xoxb-2')).toBe('xoxb-2');
  expect(aws.reads).toBe(2);
  aws.now = 60_000;
  aws.stored = { signingSecret: 'new', botToken: 'xoxb-3' };
  expect(await secrets.botToken(DEADLINE, 'xoxb-2')).toBe('xoxb-3');
});

test('without SLACK_SECRETS, for local use, both come from the environment', async () => {
  const { aws, secrets } = world({}, { SLACK_SIGNING_SECRET: 'signs', SLACK_BOT_TOKEN: 'xoxb-1' });
  const known = await secrets.signingSecrets(DEADLINE);
  expect(known).toEqual(['signs']);
  expect(await secrets.signingSecrets(DEADLINE, known)).toBe(known);
  expect(await secrets.botToken(DEADLINE, 'xoxb-1')).toBe('xoxb-1');
  expect(aws.reads).toBe(0);
});

test('a missing field does not hide the other one, and is found once it is there', async () => {
  const { aws, secrets } = world({ signingSecret: 'signs' });
  expect(await secrets.signingSecrets(DEADLINE)).toEqual(['signs']);
  await expect(secrets.botToken(DEADLINE)).rejects.toThrow(/botToken/);
  aws.now = 60_000;
  aws.stored = { signingSecret: 'signs', botToken: 'xoxb-1' };
  expect(await secrets.botToken(DEADLINE)).toBe('xoxb-1');
});

test('what is missing is named, and no value of the secret is told', async () => {
  const WRONG: readonly (object | string)[] = [
    'xoxb-canary',
    '["xoxb-canary"]',
    { bottoken: 'xoxb-canary' },
    { signingSecret: [], botToken: 5 },
    { signingSecret: ['', 7], botToken: '' },
  ];
  const sentences: string[] = [];
  for (const stored of WRONG) {
    const { secrets } = world(stored);
    for (const ask of [secrets.signingSecrets(DEADLINE), secrets.botToken(DEADLINE)])
      sentences.push(await ask.then(String, (error: Error) => error.message));
  }
  const { secrets } = world({}, {});
  for (const ask of [secrets.signingSecrets(DEADLINE), secrets.botToken(DEADLINE)])
    sentences.push(await ask.then(String, (error: Error) => error.message));
  expect(sentences.filter((sentence) => sentence.includes('canary'))).toEqual([]);
  await expect(`${sentences.join('\n')}\n`).toMatchFileSnapshot('golden/slack-secrets.golden.txt');
});
