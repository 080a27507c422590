import { beforeEach, describe, expect, test } from 'vitest';
import type { GateNote } from '../../pitlane/journal/entry.ts';
import { DISABLED, GATE } from '../../pitlane/rotation/marks.ts';
import { installGatePolicy, uninstallGatePolicy } from '../gate-policy.ts';
import { GoldenFile } from '../golden.ts';
import { during, until } from '../virtual-time.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);
const WARNED = 'ops, thread of done: gateWarning';
const DAY_MS = 24 * HOUR_MS;
const RULE = 'pitlane-rng.gate';

const note = (): GateNote | undefined => rng.journal.gates[0];
const told = () => note()?.told?.map(({ code }) => code) ?? [];
const setSelector = (selector: object) => rng.patch('services', 'rng', { spec: { selector } });
const annotate = (value: string | null) =>
  rng.patch('services', 'rng', { metadata: { annotations: { [GATE]: value } } });
const pods = () => rng.cluster.api.list('pods', rng.namespace);
const withoutLabel = () => pods().filter(({ metadata }) => metadata.labels?.enabled === undefined);
const disable = (name: string) =>
  rng.edit(name, {
    labels: { enabled: null },
    annotations: { [DISABLED]: JSON.stringify({ v: 1, by: 'U0BOB00000' }) },
  });

/** A pod is replaced while the policy is not installed. */
async function replaceWithoutPolicy(name: string): Promise<void> {
  await uninstallGatePolicy(rng);
  rng.delete(name);
  await until('a pod without the label', () => withoutLabel().length === 1 && pods().length === 4);
  await installGatePolicy(rng);
}

describe('a gate by the admission policy', () => {
  beforeEach(async () => {
    await installGatePolicy(rng);
    expect((await rng.type('/rng gate on')).states.at(-1)).toBe('ops done');
    await rng.tickIdle(MINUTE_MS);
  });

  test('is noted until it is removed', async () => {
    expect(note()).toMatchObject({ label: 'enabled=yes', via: 'admission', newPods: 'in', by: 'U0ADA00000' });
    expect((await rng.type('/rng gate off')).states.at(-1)).toBe('ops done');
    expect(rng.journal.gates).toEqual([]);
    await rng.tickIdle(MINUTE_MS);
  });

  test('offers no Undo where there is nothing to remove, and the history has no such line', async () => {
    await rng.type('/rng gate off');
    const { states, text } = await rng.type('/rng gate off');
    expect(states.at(-1)).toBe('ops done');
    golden.expect(text, ...(await rng.cli('rng', 'gate', 'off')).printed.split('\n').slice(1));
    expect((await rng.runbook({ command: 'gate off' })).undo).toEqual([]);
    const { changes = [] } = await rng.runbook({ command: 'history' });
    expect(changes.map(({ command }) => command)).toEqual(['gate off', 'gate on']);
  });

  test('has its stragglers labelled, which is not told at the first time', async () => {
    await replaceWithoutPolicy('rng-a');
    const { news, did } = await rng.ticked(MINUTE_MS);
    expect([news, did]).toEqual([[], ['test/ns rng: labelled 1 straggler: rng-new']]);
    await rng.untilInRotation(4);
    await rng.tickIdle(MINUTE_MS);
  });

  test('is told once if stragglers keep coming, and again if they come back later', async () => {
    await replaceWithoutPolicy('rng-a');
    await rng.ticked(MINUTE_MS);
    await replaceWithoutPolicy('rng-b');
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect([news, told()]).toEqual([[WARNED], ['GateStragglers']]);
    golden.expect(text);
    await replaceWithoutPolicy('rng-c');
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
    await rng.tick(HOUR_MS);
    expect(told()).toEqual([]);
    await replaceWithoutPolicy('rng-d');
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
  });

  test('leaves a disabled pod, a drained pod and a terminating pod alone', async () => {
    expect((await rng.type('/rng drain rng-b')).states).toEqual(['ops done']);
    rng.edit('rng-b', { labels: { enabled: null } });
    disable('rng-a');
    rng.patch('pods', rng.withRealNames('rng-c'), { metadata: { finalizers: ['example.com/hold'] } });
    rng.delete('rng-c', true);
    rng.edit('rng-c', { labels: { enabled: null } });
    const { did } = await rng.ticked(MINUTE_MS);
    expect(did).toEqual([]);
    expect(withoutLabel()).toHaveLength(3);
    rng.patch('pods', rng.withRealNames('rng-c'), { metadata: { finalizers: null } });
  });

  test('is told once, and daily, if the selector lost it, with the disabled pods that get traffic again', async () => {
    disable('rng-a');
    disable('rng-b');
    await until('two in rotation', () => rng.inRotation().length === 2);
    setSelector({ enabled: null });
    await rng.untilInRotation(4);
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect([news, told()]).toEqual([[WARNED], ['GateNotInSelector']]);
    golden.expect(text);
    await rng.tickIdle(MINUTE_MS);
    await rng.tickIdle(DAY_MS - 2 * MINUTE_MS);
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([WARNED]);
    expect(withoutLabel()).toHaveLength(2);
  });

  test('is told again if the trouble was over meanwhile, and gate on repairs it', async () => {
    setSelector({ enabled: null });
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([WARNED]);
    setSelector({ enabled: 'yes' });
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
    setSelector({ enabled: null });
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([WARNED]);
    expect((await rng.type('/rng gate on')).states.at(-1)).toBe('ops done');
    await rng.tickIdle(MINUTE_MS);
    expect(told()).toEqual([]);
  });

  test.each([
    ['its rule is gone', ['GateRuleGone'], () => rng.cluster.api.delete('configmaps', rng.namespace, RULE)],
    ['its rule is edited', ['GateRuleChanged'], () => rng.patch('configmaps', RULE, { data: { gate: 'other=yes' } })],
    ['its annotation is gone', ['GateRecordGone'], () => annotate(null)],
    ['its annotation is unreadable', ['GateUnreadable'], () => annotate('{')],
    ['the selector has another value', ['GateValueChanged'], () => setSelector({ enabled: 'no' })],
    [
      'all is gone',
      ['GateRecordGone', 'GateNotInSelector', 'GateRuleGone'],
      () => {
        annotate(null);
        setSelector({ enabled: null });
        rng.cluster.api.delete('configmaps', rng.namespace, RULE);
      },
    ],
    ['the Service is gone', ['GateServiceGone'], () => rng.cluster.api.delete('services', rng.namespace, 'rng')],
  ])('is told once if %s', async (_, codes, revert) => {
    revert();
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect([news, told()]).toEqual([[WARNED], codes]);
    golden.expect(text);
    await rng.tickIdle(MINUTE_MS);
  });

  test('labels stragglers also if its annotation is gone', async () => {
    annotate(null);
    rng.edit('rng-a', { labels: { enabled: null } });
    const { did } = await rng.ticked(MINUTE_MS);
    expect(did).toContain('test/ns rng: labelled 1 straggler: rng-a');
    await rng.untilInRotation(4);
  });

  test('is labelled once and told once by two ticks at the same time', async () => {
    rng.edit('rng-a', { labels: { enabled: null } });
    rng.cluster.api.delete('configmaps', rng.namespace, RULE);
    rng.news();
    const answers = await during(Promise.all([rng.tick(MINUTE_MS), rng.tick()]));
    expect(answers.flatMap(({ answer }) => answer.trouble)).toEqual([]);
    expect(rng.news()).toEqual([WARNED]);
    expect(answers.flatMap(({ answer }) => answer.did).filter((did) => did.includes('labelled'))).toHaveLength(1);
  });

  test('is told by a later tick if Slack refuses', async () => {
    setSelector({ enabled: null });
    rng.slack.workspace.refuses = () => 'internal_error';
    const { answer } = await rng.tick(MINUTE_MS);
    expect(answer.trouble).toHaveLength(1);
    rng.slack.workspace.refuses = undefined;
    expect((await rng.ticked(3 * MINUTE_MS)).news).toEqual([WARNED]);
    await rng.tickIdle(MINUTE_MS);
  });

  test('is told, and drained pods are looked after, if its stragglers can not be labelled', async () => {
    expect((await rng.type('/rng drain rng-b')).states).toEqual(['ops done']);
    rng.edit('rng-a', { labels: { enabled: null } });
    rng.cluster.api.delete('configmaps', rng.namespace, RULE);
    rng.failAll(rng.isPodPatch, { status: 403 });
    rng.news();
    const { answer } = await rng.tick(HOUR_MS + MINUTE_MS);
    expect(answer.trouble).toHaveLength(1);
    expect(rng.news().toSorted()).toEqual([WARNED, 'ops, thread of done: reminder']);
  });

  test('is not looked after while its note is not understood', async () => {
    rng.editJournal({ gates: JSON.stringify({ v: 2, items: [{ ...note(), label: 'enabled=not a value' }] }) });
    setSelector({ enabled: null });
    const { answer } = await rng.tick(MINUTE_MS);
    expect([answer.did, answer.trouble.length]).toEqual([[], 1]);
    expect((await rng.type('/rng gate on')).states.at(-1)).toBe('ops done');
    expect(rng.journal.gates).toHaveLength(2);
  });
});

test('a gate by template is told of once if the template loses the label, before the rollout takes the pods out', async () => {
  await uninstallGatePolicy(rng);
  await rng.type('/rng gate on');
  expect((await rng.press(1)).states).toContain('ops done');
  await rng.tickIdle(MINUTE_MS);
  rng.patch('deployments', 'rng', { spec: { paused: true, template: { metadata: { labels: { enabled: null } } } } });
  const { news, text } = await rng.ticked(MINUTE_MS);
  expect([news, told()]).toEqual([[WARNED], ['GateNotInTemplate']]);
  golden.expect(text);
  await rng.tickIdle(MINUTE_MS);
});
