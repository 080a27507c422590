import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll } from 'vitest';
import { inVirtualTime } from '../test/contract/in-virtual-time.ts';
import { describeContract } from '../test/contract/suite.ts';
import { bundleEntry } from './bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitlane-contract-'));
await bundleEntry(join(import.meta.dirname, '../test/contract/bundled.ts'), folder);
const { pitlane } = createRequire(import.meta.url)(join(folder, 'index.cjs'));

inVirtualTime();
afterAll(() => rmSync(folder, { recursive: true }));

describeContract(
  'the code as it is bundled for the functions',
  async () => {
    const { kubeConfig, stop } = await startEmbeddedCluster({ kubelet: false });
    return { kubeConfig, stop, pitlane };
  },
  { isOfProduct: true },
);
