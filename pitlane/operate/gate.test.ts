import { beforeEach, describe, expect, test } from 'vitest';
import { installGatePolicy, uninstallGatePolicy } from '../../test/gate-policy.ts';
import { RngOnEmbedded, titles } from '../../test/rng-on-embedded.ts';
import { until } from '../../test/virtual-time.ts';
import type { ReadRequest } from '../command/request.ts';
import { DRAINED_FROM, GATE } from '../rotation/marks.ts';
import { fewestReady } from './process.fixture.ts';
import { shown } from './shown.fixture.ts';

const rng = new RngOnEmbedded();
const ON = { command: 'gate on', service: 'rng', dryRun: false, force: false } as const;
const OFF = { ...ON, command: 'gate off' };
const GATE_READ: ReadRequest = { command: 'gate', service: 'rng' };

const pods = () => rng.cluster.api.list('pods', rng.namespace);
const service = () => rng.cluster.api.get('services', rng.namespace, 'rng');
const uids = () =>
  pods()
    .map(({ metadata }) => metadata.uid)
    .sort();
const labelled = () => pods().filter(({ metadata }) => metadata.labels?.enabled === 'yes').length;
const read = () => rng.pitlane.propose(GATE_READ, { by: 'U042', role: 'viewer', requestId: 'gate' });

describe('with the admission policy', () => {
  beforeEach(() => installGatePolicy(rng));

  test('gate on and gate off restart nothing, write one Event a phase, and read well', async () => {
    const before = uids();
    const fewest = fewestReady(rng);
    const plan = await rng.pitlane.propose({ ...ON, dryRun: true }, { by: 'U042', role: 'admin', requestId: 'dry' });
    await expect(shown(rng, plan)).toMatchFileSnapshot('golden/gate-on-dry-run.golden.txt');
    const on = await rng.carryOut(ON);
    expect(on.outcome.kind).toBe('done');
    expect([uids(), labelled(), service()?.spec.selector]).toEqual([before, 4, { app: 'rng', enabled: 'yes' }]);
    const events = rng.cluster.api.list('events', rng.namespace).filter(({ reason }) => reason === 'GateOn');
    expect(events).toHaveLength(3);
    await expect(shown(rng, on.outcome)).toMatchFileSnapshot('golden/gate-on-done.golden.txt');
    const report = await read();
    expect(report).toMatchObject({ kind: 'gate', inRotation: 4, stragglers: [], troubles: [], hasRule: true });
    await expect(shown(rng, report)).toMatchFileSnapshot('golden/gate.golden.txt');
    const again = await rng.carryOut(ON);
    expect([again.outcome.kind, titles(again.events)]).toEqual(['done', []]);
    await expect(shown(rng, again.outcome)).toMatchFileSnapshot('golden/gate-on-again.golden.txt');
    const off = await rng.carryOut(OFF);
    expect(off.outcome.kind).toBe('done');
    await expect(shown(rng, off.outcome)).toMatchFileSnapshot('golden/gate-off-done.golden.txt');
    expect([uids(), labelled(), service()?.spec.selector]).toEqual([before, 0, { app: 'rng' }]);
    expect(service()?.metadata.annotations?.[GATE]).toBeUndefined();
    expect(rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng.gate')).toBeUndefined();
    expect(fewest()).toBe(4);
    expect(await read()).toMatchObject({ kind: 'gate', labelled: [] });
  });

  test('gate on needs at most 75 requests besides one for each pod', async () => {
    rng.patch('deployments', 'rng', { spec: { replicas: 20 } });
    await rng.untilInRotation(20);
    rng.calls = [];
    expect((await rng.carryOut(ON)).outcome.kind).toBe('done');
    expect(rng.calls.filter((call) => call.startsWith('patch /api/v1/namespaces/NS/pods'))).toHaveLength(20);
    expect(rng.calls.length).toBeLessThanOrEqual(95);
  });

  test('gate off takes the label off drained pods too', async () => {
    expect((await rng.carryOut(ON)).outcome.kind).toBe('done');
    const name = await rng.somePod();
    const drain = { command: 'drain', service: 'rng', pods: [name], dryRun: false, force: false };
    expect((await rng.carryOut(drain)).outcome.kind).toBe('done');
    expect(rng.pod(name)?.metadata.labels).toMatchObject({ [DRAINED_FROM]: 'rng', enabled: 'yes' });
    expect((await rng.carryOut(OFF)).outcome.kind).toBe('done');
    expect(labelled()).toBe(0);
  });

  test('gate off deletes the rule that a failed gate on has left', async () => {
    rng.cluster.setIntercept(({ method, path }) =>
      method === 'PATCH' && path.endsWith('/services/rng') ? { status: 403 } : 'pass',
    );
    expect((await rng.carryOut(ON)).outcome.kind).toBe('failed');
    rng.cluster.setIntercept(undefined);
    const rule = () => rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng.gate');
    expect([rule() !== undefined, service()?.metadata.annotations?.[GATE]]).toEqual([true, undefined]);
    expect((await rng.carryOut(OFF)).outcome.kind).toBe('done');
    expect([rule(), service()?.metadata.annotations?.[GATE], labelled()]).toEqual([undefined, undefined, 0]);
  });

  test('gate says what was changed behind its back', async () => {
    expect((await rng.carryOut(ON)).outcome.kind).toBe('done');
    rng.patch('services', 'rng', { spec: { selector: { enabled: null } } });
    rng.cluster.api.delete('configmaps', rng.namespace, 'pitlane-rng.gate');
    const report = await read();
    expect(report.kind === 'gate' && report.troubles.map(({ code }) => code)).toEqual([
      'GateNotInSelector',
      'GateRuleGone',
    ]);
    await expect(shown(rng, report)).toMatchFileSnapshot('golden/gate-reverted.golden.txt');
    expect((await rng.carryOut(ON)).outcome.kind).toBe('done');
    expect(await read()).toMatchObject({ troubles: [], inRotation: 4 });
  });

  test('gate names a pod whose label was emptied instead of removed', async () => {
    expect((await rng.carryOut(ON)).outcome.kind).toBe('done');
    rng.patch('pods', await rng.somePod(), { metadata: { labels: { enabled: '' } } });
    await rng.untilInRotation(3);
    const report = await read();
    expect(report).toMatchObject({ otherValue: [expect.stringContaining('(enabled=)')], stragglers: [] });
    await expect(shown(rng, report)).toMatchFileSnapshot('golden/gate-other-value.golden.txt');
  });

  test('gate says that a selector which was changed before the labels selects no pod', async () => {
    rng.patch('services', 'rng', { spec: { selector: { enabled: 'yes' } } });
    await rng.untilInRotation(0);
    const report = await read();
    expect(report.kind === 'gate' && report.troubles.map(({ code }) => code)).toEqual([
      'GateNotRecorded',
      'GateBeforeLabels',
    ]);
    await expect(shown(rng, report)).toMatchFileSnapshot('golden/gate-before-labels.golden.txt');
  });
});

describe('without the admission policy', () => {
  beforeEach(() => uninstallGatePolicy(rng));

  test('gate on asks before it rolls the template out, and gate off rolls it back', async () => {
    const fewest = fewestReady(rng);
    const asked = await rng.carryOut(ON, { confirmed: 'not yet' });
    expect(asked.outcome.kind).toBe('proposal');
    await expect(shown(rng, asked.outcome)).toMatchFileSnapshot('golden/gate-on-template-confirm.golden.txt');
    const on = await rng.carryOut(ON, { deadline: Date.now() + 60_000 });
    expect(on.outcome.kind).toBe('done');
    await rng.untilInRotation(4);
    expect(labelled()).toBeGreaterThanOrEqual(4);
    expect(await read()).toMatchObject({ troubles: [], hasRule: false, templates: [{ hasLabel: true }] });
    const off = await rng.carryOut(OFF, { deadline: Date.now() + 60_000 });
    expect(off.outcome.kind).toBe('done');
    await until('no label', () => labelled() === 0);
    expect(fewest()).toBeGreaterThanOrEqual(3);
  });

  test('gate on refuses a rollout that goes below the minimum', async () => {
    rng.patch('deployments', 'rng', { spec: { strategy: { rollingUpdate: { maxUnavailable: 3 } } } });
    const { outcome } = await rng.carryOut(ON);
    expect(outcome).toMatchObject({ kind: 'refusal', isForceable: true });
    await expect(shown(rng, outcome)).toMatchFileSnapshot('golden/gate-on-refused.golden.txt');
    expect(service()?.metadata.annotations?.[GATE]).toBeUndefined();
  });
});
