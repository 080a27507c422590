import { beforeEach, expect, test } from 'vitest';
import { ADMISSION_RESOURCES, gatePolicy } from '../../infra/gate-policy.ts';
import { RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { fewestReady, Process } from './process.fixture.ts';

const rng = new RngOnEmbedded({ hasTick: true });
const ON = { command: 'gate on', service: 'rng', dryRun: false, force: false } as const;
const OFF = { ...ON, command: 'gate off' };

beforeEach(async () => {
  for (const object of await gatePolicy()) {
    const resource = ADMISSION_RESOURCES[object.kind];
    if (rng.cluster.api.get(resource, undefined, object.metadata.name) === undefined) rng.create(resource, object);
  }
});

const selector = () => rng.cluster.api.get('services', rng.namespace, 'rng')?.spec.selector;
const labelled = () =>
  rng.cluster.api.list('pods', rng.namespace).filter(({ metadata }) => metadata.labels?.enabled !== undefined).length;

/** A process that dies after so many writes to the service. */
function mortal(most: number): Process {
  const process = new Process(rng);
  let writes = 0;
  process.answered = ({ verb, place, dryRun }) => {
    const isWrite =
      ['patch', 'delete'].includes(verb) && !dryRun && ['pods', 'services'].includes(place.resource.plural);
    if (!isWrite) return;
    writes += 1;
    if (writes === most) process.die();
  };
  return process;
}

// Record, four labels, selector.
test.each([1, 2, 4, 6])('the tick finishes a gate on that died after %i writes', async (most) => {
  const fewest = fewestReady(rng);
  await mortal(most).untilDead(ON);
  const { told } = await new Process(rng).tick();
  expect(told.ended.map(({ kind }) => kind)).toEqual(['done']);
  expect([selector(), labelled(), fewest()]).toEqual([{ app: 'rng', enabled: 'yes' }, 4, 4]);
});

// Selector, four labels, record.
test.each([1, 3, 6])('the tick finishes a gate off that died after %i writes', async (most) => {
  expect((await rng.carryOut(ON)).outcome.kind).toBe('done');
  const fewest = fewestReady(rng);
  await mortal(most).untilDead(OFF);
  const { told } = await new Process(rng).tick();
  expect(told.ended.map(({ kind }) => kind)).toEqual(['done']);
  expect([selector(), labelled(), fewest()]).toEqual([{ app: 'rng' }, 0, 4]);
});

test('gate off supersedes a gate on in progress', async () => {
  await mortal(3).untilDead(ON);
  const { outcome } = await new Process(rng).carryOut(OFF);
  expect([outcome.kind, selector(), labelled()]).toEqual(['done', { app: 'rng' }, 0]);
  const { told } = await new Process(rng).tick();
  expect(told.ended.map(({ kind }) => kind)).toEqual(['cancelled']);
  expect([selector(), labelled()]).toEqual([{ app: 'rng' }, 0]);
});
