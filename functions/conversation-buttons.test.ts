import { expect, test } from 'vitest';
import { DRAIN, NOW, OPERATION } from '../pitlane/chat/fixtures.ts';
import type { ActJob, ForceJob, Person } from '../pitlane/chat/job.ts';
import { pressedRequest } from './conversation-buttons.ts';

const PRESS = '13345224609.738474920.aaaa';
const asker = (requestId = PRESS): Person => ({
  userId: 'U0GRACE000',
  teamId: 'T0SANDBOX0',
  channel: 'C0OPS00000',
  isDirectMessage: false,
  requestId,
  address: '/rng',
});
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
const acted = (by: Person): ActJob => ({ kind: 'act', act: { request: DRAIN, pod, address: '/rng' }, asker: by });

test('a button asks for what it carries, of the pod that it was about', () => {
  expect(pressedRequest(forced(asker()))).toMatchObject({ request: { ...DRAIN, force: true }, uid: pod.uid });
  expect(pressedRequest(acted(asker()))).toMatchObject({ request: DRAIN, uid: pod.uid });
});

test.each([forced, acted])('each press is a request of its own, however often Slack delivers it', (job) => {
  const id = (press?: string) => pressedRequest(job(asker(press))).requestId;
  expect(id()).toBe(id());
  expect(id()).not.toBe(id('13345224609.738474920.bbbb'));
  expect(id()).not.toBe(PRESS);
});
