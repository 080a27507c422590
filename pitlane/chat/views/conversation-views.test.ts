import { describe, expect, test } from 'vitest';
import { render } from '../../../sandbox/slack/terminal.ts';
import {
  change,
  DRAIN,
  EXTEND_PLAN,
  ended,
  entry,
  FINISH_PLAN,
  history,
  listed,
  NOW,
  OPERATION,
  operations,
  PLAN,
  POD,
  pod,
  progress,
  RECORD,
} from '../../../test/builders/outcomes.ts';
import type { ChangeRequest, Undone } from '../../command/request.ts';
import type { OutageNews } from '../../operate/tick/courier.ts';
import { asUndo } from '../../operations/as-undo.ts';
import { type Check, proofOf, type Refusal } from '../../rotation/plan.ts';
import type { Message } from '../blocks/blocks.ts';
import { readButtonValue } from '../blocks/button-value.ts';
import { notShown } from '../blocks/buttons.ts';
import { stateOfMessage } from '../blocks/state.ts';
import { startReport } from './change-report.ts';
import { progressView } from './change-view.ts';
import { testMessages } from './golden.fixture.ts';
import { listFile } from './list-view.ts';
import { outageView } from './outage-view.ts';
import {
  digestView,
  type Reminder,
  recordClosedView,
  reminderAnsweredView,
  reminderView,
  spentView,
} from './reminder-view.ts';
import type { Setting } from './setting.ts';
import { outcomeView } from './views.ts';

const SETTING: Setting = { address: '/rng' };
const UNDOES: Undone = {
  id: 'op-0d3f',
  what: `drain of ${POD.name} and ${pod(2).name}`,
  by: 'U0ADA00000',
  at: NOW,
  except: `${pod(2).name}, changed since by restore (op-9c1d)`,
};
const TRIGGER = '13345224609.738474920.8088930838d88f008e0';
const ASKED: Setting = { ...SETTING, offer: { at: NOW, requestId: TRIGGER } };
const ADMIN: Setting = { ...ASKED, mayForce: true };

const REFUSAL: Refusal = {
  kind: 'refusal',
  operation: OPERATION,
  isForceable: true,
  checks: [
    {
      code: 'TooFewInRotation',
      level: 'refusal',
      message: 'rng would have 1 pod in rotation, minimum 2.',
      isForceable: true,
    },
    { code: 'LastOnNode', level: 'refusal', message: 'It is the last one on node-2 & more.', isForceable: true },
    { code: 'RolloutUnderWay', level: 'warning', message: 'Deployment rng is being rolled out.' },
  ],
};

const SET_OF_TWO = {
  subject: { kind: 'pods', pods: [POD, { name: pod(2).name, uid: pod(2).uid }] },
} as const;
const ASKED_UNDO: ChangeRequest = { command: 'undo', service: 'rng', dryRun: false, force: false };
const UNDO_PLAN = asUndo(
  {
    ...PLAN,
    operation: {
      ...OPERATION,
      by: 'U0GRACE000',
      request: { ...ASKED_UNDO, command: 'restore', pods: [POD.name], undoes: UNDOES },
    },
    checks: [],
    effects: [{ code: 'OwnerAdoptsIt', message: 'ReplicaSet rng-7c5d9f8b6 deletes one pod.' }],
    undo: [],
  },
  UNDOES,
);

const OUTAGE: OutageNews = {
  cluster: 'prod-eu',
  channel: 'C0OPS00000',
  services: ['rng', 'hasher'],
  since: NOW - 28 * 60_000,
  retryMinutes: 5,
};
const REMINDER: Reminder = {
  service: 'rng',
  pod: pod(2, { restarts: 3, status: 'CrashLoopBackOff', containers: { ready: 0, total: 1 } }),
  record: { ...RECORD, until: '2026-11-24T03:10:00Z' },
  now: NOW,
};
const gone = proofOf(FINISH_PLAN).map((milestone) => ({ milestone, isMet: true, isLost: false, seen: 'it is gone' }));
const extended = proofOf(EXTEND_PLAN).map((milestone) => ({
  milestone,
  isMet: true,
  isLost: false,
  seen: 'until 05:00',
}));
const WORKING = { kind: 'unfinished', operation: OPERATION, plan: PLAN, proof: progress(true, true, false) } as const;
const REPORTED = { ...OPERATION, report: { channel: 'C0OPS00000', ts: '1796000000.000200' } };

const MESSAGES: Record<string, Message> = {
  denied: outcomeView(
    {
      kind: 'denied',
      request: DRAIN,
      needed: 'operator',
      message: 'drain is for operators, and you are a viewer. Who may: S0123456789, U0GRACE000 and runbooks.',
    },
    SETTING,
  ),
  running: outcomeView(
    { kind: 'running', entry: entry(1, { report: { channel: 'C0OPS00000', ts: '1796000000.000200' } }) },
    SETTING,
  ),
  repeated: outcomeView({ kind: 'repeated', entry: ended(1) }, SETTING),
  'repeated-failed': outcomeView(
    { kind: 'repeated', entry: ended(1, 'failed', 'The cluster refused the patch (403).') },
    SETTING,
  ),
  cancelled: outcomeView(
    {
      kind: 'cancelled',
      entry: {
        ...ended(1, 'cancelled', 'The label app is off, and the replacement is not ready yet.'),
        cancel: { by: 'U0GRACE000', at: NOW },
      },
      undo: PLAN.undo,
    },
    SETTING,
  ),
  'cancelled-told': outcomeView(
    { kind: 'cancelled', entry: entry(1, { cancel: { by: 'U0GRACE000', at: NOW } }), undo: [] },
    SETTING,
  ),
  operations: outcomeView(
    {
      ...operations(0, 6),
      underWay: [
        entry(3, { written: ['drain uid'] }),
        entry(2, { heldUntil: 0 }),
        entry(1, { cancel: { by: 'U0GRACE000', at: NOW } }),
      ],
    },
    SETTING,
  ),
  'operations-left-out': outcomeView(
    {
      ...operations(0, 0),
      underWay: [entry(1, { ...SET_OF_TWO, leftOut: [pod(2).uid] })],
      ended: [{ ...ended(2), ...SET_OF_TWO, leftOut: [pod(1).uid, pod(2).uid] }],
    },
    SETTING,
  ),
  history: outcomeView(history(), SETTING),
  'history-50': outcomeView(
    { ...history(Array.from({ length: 45 }, (_, index) => change(index + 10, 100))), last: 50 },
    SETTING,
  ),
  'history-none': outcomeView({ ...history(), changes: [] }, SETTING),
  'undo-confirm': outcomeView({ kind: 'proposal', plan: UNDO_PLAN, why: 'needsConfirmation' }, ASKED),
  'undo-done': outcomeView(
    { kind: 'done', operation: UNDO_PLAN.operation, plan: UNDO_PLAN, proof: [], tookMs: [], notes: [] },
    SETTING,
  ),
  'undo-refusal': outcomeView(
    {
      kind: 'refusal',
      operation: { ...OPERATION, request: { ...ASKED_UNDO, operation: OPERATION.id } },
      isForceable: false,
      checks: [
        {
          code: 'AlreadyUndone',
          level: 'refusal',
          message: `The restore of ${POD.name} (op-9c1d) by U0GRACE000 at 2026-11-24 03:20:00 UTC has already undone the drain of ${POD.name} (op-0d3f).`,
          instead: 'undo op-9c1d',
        },
      ],
    },
    ADMIN,
  ),
  'operations-none': outcomeView(operations(0, 0), SETTING),
  'operations-300': outcomeView(operations(300, 300), SETTING),
  'refusal-force': outcomeView(REFUSAL, ADMIN),
  'unfinished-goes-on': outcomeView({ ...WORKING, operation: REPORTED, goesOn: true }, SETTING),
  'unfinished-half-goes-on': outcomeView(
    { ...WORKING, left: [`take the label app off ${POD.name}`], goesOn: true },
    SETTING,
  ),
  'unfinished-half': outcomeView(
    { ...WORKING, left: [`take the label app off ${POD.name}`], trouble: 'The cluster did not answer.' },
    SETTING,
  ),
  'extend-dry-run': outcomeView({ kind: 'proposal', plan: EXTEND_PLAN, why: 'dryRun', tried: [] }, SETTING),
  'extend-progress': progressView(startReport(EXTEND_PLAN), SETTING),
  'extend-done': outcomeView(
    {
      kind: 'done',
      operation: EXTEND_PLAN.operation,
      plan: EXTEND_PLAN,
      proof: extended,
      tookMs: [120],
      notes: [],
    },
    SETTING,
  ),
  'finish-confirm': outcomeView({ kind: 'proposal', plan: FINISH_PLAN, why: 'needsConfirmation' }, ASKED),
  'finish-refused': outcomeView(
    {
      kind: 'refusal',
      operation: FINISH_PLAN.operation,
      isForceable: false,
      checks: [
        {
          code: 'NotDrained',
          level: 'refusal',
          message: 'rng-7c5d9f8b6-qbrfg is in rotation: only drained pods are finished.',
          instead: 'drain rng-7c5d9f8b6-qbrfg',
        },
      ],
    },
    SETTING,
  ),
  'finish-done': outcomeView(
    { kind: 'done', operation: FINISH_PLAN.operation, plan: FINISH_PLAN, proof: gone, tookMs: [31_000], notes: [] },
    SETTING,
  ),
  reminder: reminderView(REMINDER, SETTING),
  'reminder-not-restored': reminderView(
    { ...REMINDER, reason: 'It was not restored automatically: it has had 2 restarts since it was drained.' },
    { address: '@pitlane rng' },
  ),
  'reminder-spent': spentView(reminderView(REMINDER, SETTING), {
    request: EXTEND_PLAN.operation.request,
    by: 'U0GRACE000',
  }),
  'reminder-answered': reminderAnsweredView(pod(2).name, { command: 'extend', by: 'U0GRACE000' }),
  'record-closed': recordClosedView(
    { pod: pod(2), by: 'U0ADA00000', at: NOW - 3_600_000 },
    'rng',
    { sentence: 'It has ended (Evicted) and will never take traffic again.', left: `finish ${pod(2).name}` },
    SETTING,
  ),
  reminders: digestView([
    { ...REMINDER, reason: 'It was not restored automatically: it has had 2 restarts since it was drained.' },
    { ...REMINDER, service: 'hasher', pod: pod(3), kind: 'disabled' },
    { ...REMINDER, service: 'hasher', pod: pod(4), isServiceGone: true, isUnproven: true },
  ]),
  'cluster-unreachable': outageView(
    { ...OUTAGE, reason: "Can't list pods in namespace coins: connection refused." },
    NOW,
  ),
  'cluster-reachable': outageView(OUTAGE, NOW),
};

testMessages(MESSAGES);

test('a list as a file reads as in its golden file', async () => {
  const file = listFile(listed(30, { notes: ["The record on rng-7c5d9f8b6-dkvzv can't be read."] }));
  await expect(`${file.name}\n\n${file.text}`).toMatchFileSnapshot('golden/list-file.golden.txt');
});

describe('the Force button', () => {
  const pressed = render(MESSAGES['refusal-force']?.blocks ?? []).pressables[0];

  test('is red, and its dialog names the refusals that it overrides', () => {
    const [block] = MESSAGES['refusal-force']?.blocks.filter(({ type }) => type === 'actions') ?? [];
    expect(block).toMatchObject({
      elements: [
        {
          style: 'danger',
          action_id: 'pitlane.force',
          confirm: {
            style: 'danger',
            text: {
              text: expect.stringContaining(
                'rng would have 1 pod in rotation, minimum 2. It is the last one on node-2 & more.',
              ),
            },
          },
        },
      ],
    });
  });

  test('carries the request with force, the pod, and the codes of the findings shown', () => {
    const codes = ['TooFewInRotation', 'LastOnNode', 'RolloutUnderWay'];
    expect(readButtonValue(pressed?.value ?? '')).toEqual({
      request: { ...DRAIN, force: true },
      pod: POD,
      address: '/rng',
      offer: { by: 'U0ADA00000', at: NOW, requestId: TRIGGER, codes },
    });
  });

  test('is not shown to others, nor under a refusal without force', () => {
    const buttons = (refusal: Refusal, setting: Setting) => render(outcomeView(refusal, setting).blocks).pressables;
    expect(buttons(REFUSAL, ASKED)).toEqual([]);
    expect(buttons({ ...REFUSAL, isForceable: false }, ADMIN)).toEqual([]);
  });

  test('is replaced by --force to type if the reason is too long for it', () => {
    const operation = { ...OPERATION, request: { ...DRAIN, because: '&'.repeat(500) } };
    const { lines, pressables } = render(outcomeView({ ...REFUSAL, operation }, ADMIN).blocks);
    expect(pressables).toEqual([]);
    expect(lines.join('\n')).toContain('--force');
  });

  test('tells which findings were not shown with it', () => {
    const codes = readButtonValue(pressed?.value ?? '')?.offer?.codes ?? [];
    const check = (code: string, level: Check['level']) => ({ code, level, message: code });
    const shown = [check('LastOnNode', 'overridden'), check('RolloutUnderWay', 'warning'), check('Replaced', 'ok')];
    const news = [check('TooManyDrained', 'overridden'), check('NoHeadroom', 'warning')];
    expect(notShown(shown, codes)).toEqual([]);
    expect(notShown([...shown, ...news], codes)).toEqual(news);
  });
});

test('the buttons of a reminder carry the full name, the uid and the address of the service', () => {
  const { pressables } = render(MESSAGES.reminder?.blocks ?? []);
  const settled = { service: 'rng', pods: [pod(2).name], dryRun: false, force: false };
  const about = { pod: { name: pod(2).name, uid: pod(2).uid }, address: '/rng' };
  expect(pressables.map(({ label }) => label)).toEqual(['Extend 1h', 'Restore', 'Finish']);
  expect(pressables.map(({ value }) => readButtonValue(value))).toEqual([
    { request: { command: 'extend', forSeconds: 3_600, ...settled }, ...about },
    { request: { command: 'restore', ...settled }, ...about },
    { request: { command: 'finish', ...settled }, ...about },
  ]);
});

test('each operation in progress has a Cancel button, unless it is being cancelled', () => {
  const { pressables } = render(MESSAGES.operations?.blocks ?? []);
  expect(pressables.map(({ value }) => readButtonValue(value))).toEqual([
    { request: { command: 'cancel', service: 'rng', operation: entry(3).id }, address: '/rng' },
    { request: { command: 'cancel', service: 'rng', operation: entry(2).id }, address: '/rng' },
  ]);
});

test.each(['', '{', '{"v":2}', '{"v":1}', '{"v":1,"request":{"command":"drain"},"pod":{"name":"a"}}', 'null', '[]'])(
  'does not read a button of another version: %s',
  (value) => {
    expect(readButtonValue(value)).toBeUndefined();
  },
);

test('the buttons of an undo carry the operation that it undoes', () => {
  const [confirm] = render(MESSAGES['undo-confirm']?.blocks ?? []).pressables;
  expect(readButtonValue(confirm?.value ?? '')).toMatchObject({
    request: { ...ASKED_UNDO, operation: UNDOES.id },
    pod: POD,
  });
});

test('the report of a change stays one once its button is spent', () => {
  const done = MESSAGES['undo-done'] as Message;
  const spent = spentView(done, { request: ASKED_UNDO, by: 'U0GRACE000' });
  expect(stateOfMessage(spent)).toBe('done');
  expect(render(done.blocks).pressables).toHaveLength(1);
  expect(render(spent.blocks).pressables).toEqual([]);
});
