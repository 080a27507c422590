import { describe, expect, test } from 'vitest';
import { ADMISSION_RESOURCES, gatePolicy } from '../../infra/gate-policy.ts';
import { RngOnEmbedded, titles } from '../../test/rng-on-embedded.ts';
import { GATE } from '../rotation/marks.ts';

const rng = new RngOnEmbedded();
const GATE_ON = { command: 'gate on', service: 'rng', dryRun: false, force: false } as const;
const GATE_OFF = { ...GATE_ON, command: 'gate off' };
const pods = () => rng.cluster.api.list('pods', rng.namespace);
const service = () => rng.cluster.api.get('services', rng.namespace, 'rng');

async function install() {
  for (const object of await gatePolicy())
    if (rng.cluster.api.get(ADMISSION_RESOURCES[object.kind], undefined, object.metadata.name) === undefined)
      rng.create(ADMISSION_RESOURCES[object.kind], object);
}

describe('gate on by the admission policy', () => {
  test('restarts nothing', async () => {
    await install();
    const before = pods()
      .map(({ metadata }) => metadata.uid)
      .sort();
    const { outcome, events } = await rng.carryOut(GATE_ON);
    console.log(JSON.stringify(outcome, undefined, 1).slice(0, 6000), titles(events), rng.calls.length, rng.calls);
    expect(outcome.kind).toBe('done');
    expect(
      pods()
        .map(({ metadata }) => metadata.uid)
        .sort(),
    ).toEqual(before);
    expect(service()?.metadata.annotations?.[GATE]).toBeDefined();
    const off = await rng.carryOut(GATE_OFF);
    console.log(JSON.stringify(off.outcome, undefined, 1).slice(0, 3000), titles(off.events));
    expect(off.outcome.kind).toBe('done');
  });
});
