import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TestCluster } from '../contract/cluster.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { generate } from '../foresight/generate/generate.ts';
import { addNodes, realWorld } from '../foresight/real-world.ts';
import { Report } from '../foresight/report.ts';
import { tryCase } from '../foresight/try-case.ts';

const { FORESIGHT_SEED = '1', FORESIGHT_CASES = '40', FORESIGHT_CASE } = process.env;
const seed = Number(FORESIGHT_SEED);
const cases = (
  FORESIGHT_CASE === undefined
    ? Array.from({ length: Number(FORESIGHT_CASES) }, (_, index) => index)
    : [Number(FORESIGHT_CASE)]
).map((index) => generate(seed, index));

vi.setConfig({ maxConcurrency: 8 });

/** `npm run test:foresight` runs thousands of such cases on embedded clusters. */
describe('on a real control plane', () => {
  let cluster: TestCluster;
  const report = new Report();

  beforeAll(async () => {
    const { kubeconfig, kubeletCert, stop } = await startControlPlane();
    cluster = await TestCluster.open({ kubeConfig: kubeconfig, tls: kubeletCert, stop });
    await addNodes(cluster, cases);
  });

  afterAll(async () => {
    await cluster?.close();
    for (const line of report.lines(seed)) console.log(line);
  });

  test.concurrent.each(cases)('the effects of case $index are those of its plan', async (foreseen) => {
    const tried = await tryCase(foreseen, () => realWorld(cluster, foreseen));
    report.add(tried);
    expect(tried.miss).toBeUndefined();
  });
});
