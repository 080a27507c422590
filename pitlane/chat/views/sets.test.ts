import { describe, expect, test } from 'vitest';
import { messageFaults } from '../../../sandbox/slack/limits.ts';
import { render } from '../../../sandbox/slack/terminal.ts';
import { NOW } from '../../../test/builders/outcomes.ts';
import { drainOfSet, proofAfter } from '../../../test/builders/sets.ts';
import type { OperationEvent } from '../../operate/outcome.ts';
import { podsChanged, podsIn } from '../../rotation/plan.ts';
import type { Message } from '../blocks/blocks.ts';
import { readButtonValue } from '../blocks/button-value.ts';
import { ACT } from '../blocks/buttons.ts';
import { stateOfMessage } from '../blocks/state.ts';
import { type ChangeReport, follow, startReport } from './change-report.ts';
import { askedView, progressView } from './change-view.ts';
import { testMessages } from './golden.fixture.ts';
import type { Setting } from './setting.ts';
import { outcomeView } from './views.ts';

const SETTING: Setting = {
  address: '/rng',
  offer: { at: NOW, requestId: '13345224609.738474920.8088930838d88f008e0' },
  mayForce: true,
};

type Drain = ReturnType<typeof drainOfSet>;

/** The report once the first pods are written and done. */
function reportOf({ plan, titles }: Drain, written: number, met: number): ChangeReport {
  const events = [
    ...titles.slice(0, written).map((title) => ({ kind: 'wrote', key: title, title }) as const),
    { kind: 'progress', proof: proofAfter(plan, met) } as const,
  ];
  return events.reduce(
    (report, event, index) => follow(report, event, NOW + index * 100),
    startReport(plan, 'U0GRACE000'),
  );
}

/** Each message in the life of the change. `written`, `met`: how far it is half way. */
function messagesOf(name: string, drain: Drain, written: number, met: number): Record<string, Message> {
  const half: Setting = { ...SETTING, report: reportOf(drain, written, met) };
  const over: Setting = {
    ...SETTING,
    report: reportOf(drain, drain.titles.length, podsIn(drain.plan.operation.subject).length),
  };
  const messages = {
    confirm: outcomeView({ kind: 'proposal', plan: drain.plan, why: 'needsConfirmation' }, SETTING),
    refusal: outcomeView(drain.refusal, SETTING),
    asked: askedView(startReport(drain.plan), SETTING),
    progress: progressView(reportOf(drain, written, met), SETTING),
    done: outcomeView(drain.done, over),
    'goes-on': outcomeView({ ...drain.unfinished(met, written), goesOn: true }, half),
    'partly-done': outcomeView(drain.unfinished(met, written), half),
    failed: outcomeView(drain.failed(written), half),
    cancelled: outcomeView(drain.cancelled(), half),
  };
  return Object.fromEntries(Object.entries(messages).map(([state, message]) => [`set-${name}-${state}`, message]));
}

const SELECTOR = 'app=rng,track!=canary';
const TWO = drainOfSet(2, { leftOut: 1 });
const HUNDRED = drainOfSet(100, { leftOut: 30, sideBySide: 1, selector: SELECTOR });
const LONG = drainOfSet(100, {
  leftOut: 30,
  warned: 70,
  because: '&'.repeat(500),
  nameOf: (index) => `${'p'.repeat(249)}-${String(index).padStart(3, '0')}`,
});

const MESSAGES: Record<string, Message> = {
  ...messagesOf('1', drainOfSet(1), 0, 0),
  ...messagesOf('2', drainOfSet(2, { sideBySide: 1 }), 1, 1),
  ...messagesOf('2-left-out', TWO, 1, 0),
  ...messagesOf('30', drainOfSet(30, { leftOut: 4, warned: 2 }), 15, 12),
  ...messagesOf('100', HUNDRED, 41, 40),
  'set-30-second-turn': secondTurn(drainOfSet(30)),
};

/** The second turn has begun; its events are about its own pods only. */
function secondTurn({ plan, titles }: Drain): Message {
  const [first = [], second = []] = plan.phases.map(({ until }) => new Set(until.map(({ key }) => key)));
  const proofIn = (turn: typeof first, met: number) =>
    proofAfter(plan, met).filter(({ milestone: { key } }) => new Set(turn).has(key));
  const events: readonly OperationEvent[] = [
    ...titles.slice(0, 5).map((title) => ({ kind: 'wrote', key: title, title }) as const),
    { kind: 'progress', proof: proofIn(first, 5) },
    ...titles.slice(5, 10).map((title) => ({ kind: 'wrote', key: title, title }) as const),
    { kind: 'progress', proof: proofIn(second, 7) },
  ];
  const report = events.reduce((before, event) => follow(before, event, NOW), startReport(plan));
  return progressView(report, SETTING);
}

const LONGEST = messagesOf('long', LONG, 41, 40);

testMessages(MESSAGES);

describe.each(Object.entries(LONGEST))('with 100 names of 253 characters and a reason of 500, %s', (_, message) => {
  test('stays within the limits of Block Kit', () => {
    expect(messageFaults(message)).toEqual([]);
    expect(stateOfMessage(message)).toBeDefined();
  });

  test('has no command that was cut', () => {
    for (const command of commandsIn(message)) expect(command).not.toContain('…');
  });
});

test.each(Object.entries({ ...MESSAGES, ...LONGEST }))('%s can be read on a phone', (name, message) => {
  const lines = render(message.blocks).lines.filter(
    (line) => !/^(Undo|Instead)/.test(line) && !line.includes('kubectl'),
  );
  expect(lines.length).toBeLessThanOrEqual(30);
  if (!name.includes('long')) expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(500);
});

/** The commands in inline code. */
function commandsIn({ blocks }: Message): readonly string[] {
  return [...JSON.stringify(blocks).matchAll(/`([^`]+)`/g)].flatMap(([, command]) => command ?? []);
}

/** The pods that the undo command of the message names. */
function undoneBy(message: Message | undefined): readonly string[] {
  const [, ...names] =
    (message ? commandsIn(message) : [])
      .find((each) => each.startsWith('/rng restore '))
      ?.split(' ')
      .slice(1) ?? [];
  return names;
}

/** The data of the buttons that undo an operation. */
function undoButtonsOf(message: Message | undefined): readonly unknown[] {
  return (message?.blocks ?? []).flatMap((block) =>
    block.type === 'actions'
      ? block.elements.flatMap((element) =>
          element.type === 'button' && element.action_id === `${ACT}:undo`
            ? (readButtonValue(element.value ?? '') ?? [])
            : [],
        )
      : [],
  );
}

test('shows a line once if two milestones wait for the same', () => {
  const proof = proofAfter(TWO.plan, 0).map((each) => ({ ...each, isMet: false, seen: 'rng has 3 pods' }));
  const report = follow(reportOf(TWO, 1, 0), { kind: 'progress', proof }, NOW);
  expect(proof.length).toBeGreaterThan(1);
  expect(JSON.stringify(progressView(report, SETTING).blocks).split('rng has 3 pods')).toHaveLength(2);
});

describe('the undo command', () => {
  const names = (drain: Drain) => podsChanged(drain.plan).map(({ name }) => name);

  test('names the pods that were changed, not those that are left out', () => {
    expect(names(TWO)).toHaveLength(1);
    expect(undoneBy(MESSAGES['set-2-left-out-done'])).toEqual(names(TWO));
    expect(JSON.stringify(MESSAGES['set-2-left-out-done']?.blocks.slice(-1))).not.toContain(
      podsIn(TWO.plan.operation.subject)[1]?.name,
    );
  });

  test('names each pod while the operation is in progress, since others may have drained pods with the same labels', () => {
    const message = MESSAGES['set-100-goes-on'];
    expect(undoneBy(message)).toEqual(names(HUNDRED).slice(0, 41));
    expect(undoButtonsOf(message)).toEqual([]);
  });

  test.each(['done', 'partly-done', 'failed', 'cancelled'])('has the id in place of many names: %s', (state) => {
    const message = MESSAGES[`set-100-${state}`];
    const { id } = HUNDRED.plan.operation;
    expect(commandsIn(message as Message)).toContain(`/rng undo ${id}`);
    expect(undoneBy(message)).toEqual([]);
    expect(undoButtonsOf(message)).toMatchObject([{ request: { command: 'undo', operation: id } }]);
  });

  test.each(['set-1', 'set-2', 'set-30', 'set-100'])('%s has a button once it is done', (size) => {
    expect(undoButtonsOf(MESSAGES[`${size}-done`])).toHaveLength(1);
    expect(undoButtonsOf(MESSAGES[`${size}-progress`])).toEqual([]);
    expect(undoButtonsOf(MESSAGES[`${size}-confirm`])).toEqual([]);
  });

  test('names only the pods that stand as changed if the process has no report', () => {
    const drain = drainOfSet(2, { sideBySide: 1 });
    const text = JSON.stringify(outcomeView(drain.failed(1), SETTING).blocks);
    expect(names(drain).map((name) => text.includes(`label pod ${name} `))).toEqual([true, false]);
  });

  test.each(Object.entries({ ...MESSAGES, ...LONGEST }))('never selects pods: %s', (_, message) => {
    for (const command of commandsIn(message)) expect(command).not.toMatch(/restore.* (-l|--node)/);
  });

  test('has the id if the names do not fit into a line', () => {
    expect(undoneBy(LONGEST['set-long-done'])).toEqual([]);
    expect(commandsIn(LONGEST['set-long-done'] as Message)).toContain(`/rng undo ${LONG.plan.operation.id}`);
  });
});
