import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMISSION_RESOURCES, gatePolicy } from '../../infra/gate-policy.ts';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import { RngOnEmbedded } from '../rng-on-embedded.ts';
import { during } from '../virtual-time.ts';
import { byClient, inChapterOrder, inWrongOrder, type Recipe, withoutLabels, withTemplate } from './by-hand.ts';
import { type ProbeReport, probed } from './probe.ts';

const PODS = 6;
const rng = new RngOnEmbedded();
let api: KubeApi;

beforeEach(async () => {
  api = new KubeApi(rng.cluster.kubeConfig);
  rng.patch('deployments', 'rng', { spec: { replicas: PODS } });
  await rng.untilInRotation(PODS);
});
afterEach(() => api.close());

/** Under traffic, with data planes that lag 0, 1 and 5 s behind the slices. */
function underTraffic(change: () => Promise<unknown>): Promise<ProbeReport> {
  const { kubeConfig, kubelet } = rng.cluster;
  return during(
    probed(
      {
        kubeConfig,
        namespace: rng.namespace,
        service: 'rng',
        findServer: (uid, port) => kubelet?.endpoint(uid, port),
        ratePerSecond: 20,
        behindMs: [0, 1_000, 5_000],
        marginMs: 1_000,
      },
      change,
    ),
  );
}

/** A person needs a second for each command. */
const byHand = (recipe: Recipe) => underTraffic(() => recipe(byClient(api, rng.namespace, 1_000)));

async function gate(command: 'gate on' | 'gate off'): Promise<void> {
  const { outcome } = await rng.carryOut({ command, service: 'rng', dryRun: false, force: false });
  expect(outcome.kind).toBe('done');
}

const failed = ({ planes }: ProbeReport) => planes.map((plane) => plane.failed);

test('gate on and gate off by the admission policy lose no request and no pod, whatever the lag', async () => {
  for (const object of await gatePolicy()) rng.create(ADMISSION_RESOURCES[object.kind], object);
  const on = await underTraffic(() => gate('gate on'));
  const off = await underTraffic(() => gate('gate off'));
  for (const report of [on, off]) {
    expect(report.planes.every(({ requests }) => requests > 100)).toBe(true);
    expect(failed(report)).toEqual([0, 0, 0]);
    expect(report).toMatchObject({ before: PODS, lowest: PODS, atEnd: PODS, started: 0 });
  }
});

test('canary start and canary stop lose no request, whatever the lag', async () => {
  const report = await underTraffic(async () => {
    const change = { service: 'rng', dryRun: false, force: false };
    const start = await rng.carryOut({ ...change, command: 'canary start', count: 3, out: false } as ChangeRequest);
    const pods = rng.inRotation().filter((name) => name.includes('canary'));
    expect([start.outcome.kind, pods.length]).toEqual(['done', 3]);
    const stop = await rng.carryOut({ ...change, command: 'canary stop', pods }, { confirmed: 'any' });
    expect(stop.outcome.kind).toBe('done');
  });
  expect(failed(report)).toEqual([0, 0, 0]);
  expect(report).toMatchObject({ before: PODS, lowest: PODS, atEnd: PODS, started: 3 });
});

test('the recipe of the training loses nothing in its own order', async () => {
  const report = await byHand(inChapterOrder);
  expect(failed(report)).toEqual([0, 0, 0]);
  expect(report).toMatchObject({ lowest: PODS, atEnd: PODS, started: 0 });
});

test.each<[string, Recipe, number]>([
  ['with the selector before the labels', inWrongOrder, 0],
  ['with the selector during the rollout', withoutLabels, PODS],
])('the recipe %s loses requests at each data plane', async (_, recipe, started) => {
  rng.startMs = 2_000;
  const report = await byHand(recipe);
  expect(Math.min(...failed(report))).toBeGreaterThan(0);
  expect(report).toMatchObject({ atEnd: PODS, started });
  expect(report.lowest).toBeLessThan(PODS);
});

test('a rollout for the template costs the requests of data planes that lag', async () => {
  const report = await byHand(withTemplate);
  const [atOnce, ...late] = failed(report);
  expect(atOnce).toBe(0);
  expect(Math.min(...late)).toBeGreaterThan(0);
  expect(report).toMatchObject({ atEnd: PODS, started: PODS });
});
