import { expect, test } from 'vitest';
import { DRAIN, NOW, OPERATION } from '../../../test/builders/outcomes.ts';
import { ada } from '../../../test/builders/person.ts';
import type { ActJob, ForceJob, Person } from '../job.ts';
import { pressedRequest } from './job-request.ts';

const PRESS = '13345224609.738474920.aaaa';
const asker = (requestId = PRESS) => ada({ userId: 'U0GRACE000', requestId });
const { pod } = OPERATION;
const forced = (by: Person): ForceJob => ({
  kind: 'force',
  force: {
    request: { ...DRAIN, force: true },
    pod,
    codes: [],
    by: 'U0ADA00000',
    at: NOW,
    requestId: 'refused',
    address: '/rng',
  },
  asker: by,
});
const acted = (by: Person, reminder?: string): ActJob => ({
  kind: 'act',
  act: { request: DRAIN, pod, address: '/rng' },
  ...(reminder !== undefined && { reminder: { ts: reminder, text: '', blocks: [] } }),
  asker: by,
});

test('a button requests what it carries, for the pod that it shows', () => {
  expect(pressedRequest(forced(asker()))).toMatchObject({ request: { ...DRAIN, force: true }, uid: pod.uid });
  expect(pressedRequest(acted(asker()))).toMatchObject({ request: DRAIN, uid: pod.uid });
});

test('a button has one request id however often it is pressed, and another message has another', () => {
  const other = asker('13345224609.738474920.bbbb');
  expect(pressedRequest(forced(other)).requestId).toBe(pressedRequest(forced(asker())).requestId);
  expect(pressedRequest(forced(asker())).requestId).not.toBe('refused');
  const [first, again, next] = [acted(asker(), '1.1'), acted(other, '1.1'), acted(asker(), '1.2')].map(
    (job) => pressedRequest(job).requestId,
  );
  expect(again).toBe(first);
  expect(next).not.toBe(first);
});

test('each press has its own request id if Slack does not return the reminder', () => {
  const id = (press?: string) => pressedRequest(acted(asker(press))).requestId;
  expect(id()).toBe(id());
  expect(id()).not.toBe(id('13345224609.738474920.bbbb'));
});
