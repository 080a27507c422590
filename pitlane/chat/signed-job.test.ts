import { expect, test } from 'vitest';
import type { Job } from './job.ts';
import { readSignedJob, signJob } from './signed-job.ts';

const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);
const SECRET = 'secret of Slack';
const JOB: Job = {
  kind: 'request',
  request: { command: 'list', service: 'rng', all: false },
  asker: {
    userId: 'U0ADA00000',
    teamId: 'T0SANDBOX0',
    channel: 'C0OPS00000',
    isDirectMessage: false,
    requestId: '1.2.3',
    address: '/rng',
  },
};
const SECRETS = () => [SECRET];
const SIGNED = signJob(JOB, SECRET, NOW);
const OTHERS = JSON.stringify({ ...JOB, asker: { ...JOB.asker, userId: 'U0ADMIN000' } });

test('a signed job is read as it was, after a journey as JSON', async () => {
  expect(await readSignedJob(JSON.parse(JSON.stringify(SIGNED)), SECRETS, NOW)).toEqual({ kind: 'job', job: JOB });
});

test.each<[string, number, 'job' | 'refused']>([
  ['120 s ago', 120_000, 'job'],
  ['more than 120 s ago', 120_001, 'refused'],
  ['by a clock that is 120 s ahead', -120_000, 'job'],
  ['by a clock that is further ahead', -120_001, 'refused'],
])('a job that was signed %s: %s', async (_, ageMs, kind) => {
  expect((await readSignedJob(SIGNED, SECRETS, NOW + ageMs)).kind).toBe(kind);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a bare job', JOB],
  ['a job without a signature', { ...SIGNED, signature: undefined }],
  ['a signature of another length', { ...SIGNED, signature: SIGNED.signature.slice(2) }],
  ['the signature of another secret', signJob(JOB, 'another secret', NOW)],
  ["another person's job under a signature", { ...SIGNED, job: OTHERS }],
  ['an old job with a new time', { ...signJob(JOB, SECRET, NOW - 3_600_000), signedAt: NOW }],
  ['a time that is no number', { ...SIGNED, signedAt: String(NOW) }],
  ['an unknown field', { ...SIGNED, role: 'admin' }],
])('%s is refused', async (_, event) => {
  expect(await readSignedJob(event, SECRETS, NOW)).toMatchObject({ kind: 'refused', why: expect.any(String) });
});

test('a job that is signed with the old secret, or with one that the worker has not read yet, is read', async () => {
  expect(await readSignedJob(SIGNED, () => ['new secret', SECRET], NOW)).toMatchObject({ kind: 'job' });
  const renewed: (readonly string[])[] = [];
  const secrets = (refused?: readonly string[]) => {
    if (refused !== undefined) renewed.push(refused);
    return refused === undefined ? ['old secret'] : [SECRET];
  };
  expect(await readSignedJob(SIGNED, secrets, NOW)).toMatchObject({ kind: 'job' });
  expect(renewed).toEqual([['old secret']]);
});
