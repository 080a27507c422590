import { expect, test } from 'vitest';
import { signJob } from '../pitlane/chat/signed-job.ts';
import { workerHandler } from './worker.ts';

const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);
const JOB = signJob({ kind: 'home' } as never, 'old', NOW);
const context = { getRemainingTimeInMillis: () => 60_000 };

function worker(signingSecrets: () => readonly string[]) {
  const logged: unknown[] = [];
  const never = () => {
    throw new Error('not called');
  };
  const people = { standing: never, membersOf: never } as never;
  const log = (...line: readonly unknown[]) => logged.push(line);
  const handler = workerHandler({ house: never, slack: never, people, log, signingSecrets, now: () => NOW });
  return { handler, logged };
}

test('rejects without its signing secret, so that Lambda hands the job to the function that tells the person', async () => {
  const { handler } = worker(() => {
    throw new Error("Can't read the secret");
  });
  await expect(handler(JOB, context)).rejects.toThrow("Can't read the secret");
});

test('ends quietly with a job that was not signed by the Slack function', async () => {
  const { handler, logged } = worker(() => ['new']);
  await handler(JOB, context);
  expect(logged).toMatchObject([['error', { event: 'noJob' }]]);
});
