import { beforeEach, describe, expect, test } from 'vitest';
import { answerOf } from '../../functions/runbook-answer.ts';
import { greenDeployment } from '../../test/rng-objects.ts';
import { RngOnEmbedded, titles } from '../../test/rng-on-embedded.ts';
import { until } from '../../test/virtual-time.ts';
import type { SwitchRequest } from '../operations/switch/switch.ts';
import { SWITCH } from '../rotation/marks.ts';
import { fewestReady, Process } from './process.fixture.ts';
import { shown } from './shown.fixture.ts';

const rng = new RngOnEmbedded();
const GREEN: SwitchRequest = { command: 'switch', service: 'rng', label: 'version=green', dryRun: false, force: false };
const BLUE: SwitchRequest = { ...GREEN, label: 'version=blue' };
const WIDEN: SwitchRequest = { ...GREEN, widen: true };

const pods = () => rng.cluster.api.list('pods', rng.namespace);
const selector = () => rng.cluster.api.get('services', rng.namespace, 'rng')?.spec.selector;
/** The versions of the pods in rotation. */
const serving = () => {
  const names = rng.inRotation();
  return [
    ...new Set(
      pods().flatMap(({ metadata }) => (names.includes(metadata.name) ? (metadata.labels?.version ?? '') : [])),
    ),
  ];
};

/** A second Deployment beside the first, whose pods get the label version=blue. */
async function deployBoth(): Promise<void> {
  rng.create('deployments', greenDeployment(rng.namespace, 4));
  for (const { metadata } of pods())
    if (metadata.labels?.version === undefined)
      rng.patch('pods', metadata.name, { metadata: { labels: { version: 'blue' } } });
  await rng.untilInRotation(8);
}

async function bySelector(): Promise<void> {
  await deployBoth();
  rng.patch('services', 'rng', { spec: { selector: { app: 'rng', version: 'blue' } } });
  await rng.untilInRotation(4);
}

async function byGate(): Promise<void> {
  await deployBoth();
  for (const { metadata } of pods())
    if (metadata.labels?.version === 'blue')
      rng.patch('pods', metadata.name, { metadata: { labels: { enabled: 'yes' } } });
  rng.patch('services', 'rng', { spec: { selector: { app: 'rng', enabled: 'yes' } } });
  await rng.untilInRotation(4);
}

describe('by the selector', () => {
  beforeEach(bySelector);

  test('switch, its undo and what people see', async () => {
    const fewest = fewestReady(rng);
    const plan = await rng.pitlane.propose({ ...GREEN, dryRun: true }, { by: 'U042', role: 'admin', requestId: 'dry' });
    await expect(shown(rng, plan)).toMatchFileSnapshot('golden/switch-dry-run.golden.txt');
    const { outcome, events } = await rng.carryOut(GREEN);
    expect([outcome.kind, titles(events).length, serving()]).toEqual(['done', 1, ['green']]);
    await expect(shown(rng, outcome)).toMatchFileSnapshot('golden/switch-done.golden.txt');
    const { message, undo } = answerOf(outcome, 'switch');
    await expect(
      JSON.stringify({ message, undo }, undefined, 2)
        .replaceAll(rng.namespace, 'NAMESPACE')
        .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME'),
    ).toMatchFileSnapshot('golden/switch-runbook.golden.json');
    const again = await rng.carryOut(GREEN);
    expect([again.outcome.kind, titles(again.events)]).toEqual(['done', []]);
    await expect(shown(rng, again.outcome)).toMatchFileSnapshot('golden/switch-again.golden.txt');
    const undone = await rng.carryOut({ command: 'undo', service: 'rng', dryRun: false, force: false });
    expect([undone.outcome.kind, serving(), fewest()]).toEqual(['done', ['blue'], 4]);
  });

  test('switch is refused while the target is too small', async () => {
    rng.patch('deployments', 'rng-green', { spec: { replicas: 3 } });
    await until(
      '3 green pods',
      () => pods().filter(({ metadata }) => metadata.labels?.version === 'green').length === 3,
    );
    const { outcome } = await rng.carryOut(GREEN);
    expect(outcome).toMatchObject({ kind: 'refusal', isForceable: true });
    await expect(shown(rng, outcome)).toMatchFileSnapshot('golden/switch-refused.golden.txt');
    expect((await rng.carryOut({ ...GREEN, force: true })).outcome.kind).toBe('done');
    expect(serving()).toEqual(['green']);
  });

  test('switch --widen keeps both sets in the endpoints for 6 seconds', async () => {
    const fewest = fewestReady(rng);
    const since = Date.now();
    const { outcome } = await rng.carryOut(WIDEN, { deadline: Date.now() + 60_000 });
    expect([outcome.kind, serving(), fewest()]).toEqual(['done', ['green'], 4]);
    expect(Date.now() - since).toBeGreaterThanOrEqual(6_000);
    await expect(shown(rng, outcome)).toMatchFileSnapshot('golden/switch-widen-done.golden.txt');
  });

  test('switch --widen that is left waiting serves both sets, and goes back', async () => {
    const { outcome } = await rng.carryOut(WIDEN, { deadline: Date.now() + 3_000 });
    expect([outcome.kind, selector(), rng.inRotation().length]).toEqual(['unfinished', { app: 'rng' }, 8]);
    await expect(shown(rng, outcome)).toMatchFileSnapshot('golden/switch-widen-unfinished.golden.txt');
    const red = await rng.carryOut({ ...GREEN, label: 'version=red' } as SwitchRequest);
    expect(red.outcome.kind).toBe('refusal');
    const back = await rng.carryOut(BLUE);
    expect([back.outcome.kind, serving()]).toEqual(['done', ['blue']]);
  });
});

describe('by the gate', () => {
  beforeEach(byGate);

  test('switch, its undo and what people see', async () => {
    const fewest = fewestReady(rng);
    const { outcome } = await rng.carryOut(GREEN);
    expect([outcome.kind, serving(), fewest()]).toEqual(['done', ['green'], 4]);
    await expect(shown(rng, outcome)).toMatchFileSnapshot('golden/switch-gate-done.golden.txt');
    const undone = await rng.carryOut({ command: 'undo', service: 'rng', dryRun: false, force: false });
    expect([undone.outcome.kind, serving()]).toEqual(['done', ['blue']]);
  });

  test('undo of a switch from several values is refused', async () => {
    const [red] = pods().filter(({ metadata }) => metadata.labels?.version === 'blue');
    rng.patch('pods', red?.metadata.name ?? '', { metadata: { labels: { version: 'red' } } });
    const { outcome } = await rng.carryOut(GREEN);
    expect([outcome.kind, serving()]).toEqual(['done', ['green']]);
    const undone = await rng.carryOut({ command: 'undo', service: 'rng', dryRun: false, force: false });
    expect(undone.outcome).toMatchObject({ kind: 'refusal', checks: [{ code: 'CannotBeUndone' }] });
  });

  test('switch goes back while some of the former pods are out already', async () => {
    const process = new Process(rng);
    let written = 0;
    process.answered = ({ verb, place }) => {
      if (verb === 'patch' && place.resource.plural === 'pods') written += 1;
      if (written === 4) process.die();
    };
    await process.untilDead(GREEN);
    const blue = pods().filter(({ metadata }) => metadata.labels?.version === 'blue');
    for (const { metadata } of blue.slice(0, 2))
      rng.patch('pods', metadata.name, { metadata: { labels: { enabled: null } } });
    await rng.untilInRotation(6);
    const { outcome } = await rng.carryOut(BLUE, { deadline: Date.now() + 120_000 });
    expect([outcome.kind, serving()]).toEqual(['done', ['blue']]);
  });
});

describe.each([
  ['the selector', bySelector, GREEN, 1],
  ['the selector with --widen', bySelector, WIDEN, 3],
  ['the gate', byGate, GREEN, 9],
] as const)('the tick finishes a switch by %s', (_, deploy, request, writes) => {
  beforeEach(deploy);

  test.each(Array.from({ length: Math.min(writes, 6) }, (__, index) => index + 1))(
    'that died after write %i',
    async (last) => {
      const fewest = fewestReady(rng);
      const process = new Process(rng);
      let written = 0;
      process.answered = ({ verb, place, dryRun }) => {
        if (verb === 'patch' && ['pods', 'services'].includes(place.resource.plural) && !dryRun) written += 1;
        if (written === last) process.die();
      };
      await process.untilDead(request);
      const { told } = await new Process(rng).tick();
      expect(told.ended.map(({ kind }) => kind)).toEqual(['done']);
      expect([serving(), fewest()]).toEqual([['green'], 4]);
      expect(rng.cluster.api.get('services', rng.namespace, 'rng')?.metadata.annotations?.[SWITCH]).toContain('green');
    },
  );
});
