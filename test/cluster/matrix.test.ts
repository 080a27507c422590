import { afterAll, describe, expect, test } from 'vitest';
import { TestCluster } from '../contract/cluster.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { casesOf } from '../matrix/fate.ts';
import { DRAINED, RESTORED } from '../matrix/operations.ts';
import { Plane } from '../matrix/plane.ts';

const { kubeconfig, kubeletCert, stop } = await startControlPlane();
const cluster = await TestCluster.open({ kubeConfig: kubeconfig, tls: kubeletCert, stop });
const plane = new Plane(cluster);
afterAll(() => cluster.close());

const DRAIN = { name: 'drain', ...DRAINED };
const RESTORE = { name: 'restore', ...RESTORED };
const drain = await plane.play('drain', DRAIN);
const restore = await plane.play('restore', RESTORE);

const WRITES = /^(killed before|killed after|no answer, carried out, to) "(create|update|patch|delete) /;

/** A part of `npm run test:matrix`, on a cluster where only the kubelet is imitated. */
describe('on a real control plane', () => {
  test('drain and restore succeed without disturbance', () => expect([drain.wrongs, restore.wrongs]).toEqual([[], []]));

  test('20 concurrent drains of 10 pods with minReady 6 never leave fewer than 6 in rotation', async () => {
    expect(await plane.crowd({ drains: 20, pods: 10, least: 6 })).toEqual([]);
  });

  test.concurrent.each(casesOf(drain.requests).filter(({ name }) => WRITES.test(name)))(
    'drain ends correctly: $name',
    async ({ fate }) => expect((await plane.play('drain', DRAIN, fate)).wrongs).toEqual([]),
  );

  test.concurrent.each(casesOf(restore.requests).filter(({ name }) => /^killed after "patch/.test(name)))(
    'restore ends correctly: $name',
    async ({ fate }) => expect((await plane.play('restore', RESTORE, fate)).wrongs).toEqual([]),
  );
});
