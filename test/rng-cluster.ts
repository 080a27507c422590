import { randomUUID } from 'node:crypto';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { removeNamespace } from './remove-namespace.ts';
import { barePod, deployRng } from './rng-objects.ts';
import { during, pass, startVirtualTime, stopVirtualTime, until } from './virtual-time.ts';

type Created = Parameters<EmbeddedCluster['api']['create']>[1];

const START_MS = 5;

/** For each test of a file: DockerCoins' rng with four pods in rotation, in a namespace of its own on one embedded cluster. */
export class RngCluster {
  cluster!: EmbeddedCluster;
  namespace!: string;
  /** Milliseconds from scheduled to running, for pods that start later. */
  startMs = START_MS;

  constructor() {
    beforeAll(async () => {
      startVirtualTime();
      await during(this.open());
    });
    afterAll(async () => {
      await during(this.close());
      stopVirtualTime();
    });
    beforeEach(() => this.deploy());
    afterEach(() => {
      this.cluster.setIntercept(undefined);
      removeNamespace(this.cluster.api, this.namespace);
    });
  }

  protected async open(): Promise<void> {
    this.cluster = await startEmbeddedCluster({ kubelet: { startMs: () => this.startMs } });
  }

  protected close(): Promise<void> {
    return this.cluster.stop();
  }

  protected async deploy(): Promise<void> {
    this.startMs = START_MS;
    // Ages are shown in whole seconds: they are the same in each run.
    await pass(1_000 - (Date.now() % 1_000));
    this.namespace = `test-${randomUUID().slice(0, 8)}`;
    deployRng(this.cluster.api, this.namespace);
    await this.untilInRotation(4);
    // Pods that are created from now on are younger, by a whole second at least.
    await pass(1_000);
    this.cluster.requests.clear();
  }

  create(resource: string, object: object): void {
    this.cluster.api.create(resource, object as Created);
  }

  /** A pod that no controller owns. */
  createPod(name: string, labels: Record<string, string>, annotations?: Record<string, string>): void {
    this.create('pods', barePod(name, this.namespace, labels, annotations));
  }

  patch(resource: string, name: string, patch: object, subresource?: 'status'): void {
    this.cluster.api.mergePatch(resource, this.namespace, name, patch as never, subresource && { subresource });
  }

  pod(name: string) {
    return this.cluster.api.get('pods', this.namespace, name);
  }

  /** Names of the pods that the Service lists as ready. */
  inRotation(): readonly string[] {
    return this.cluster.api
      .list('endpointslices', this.namespace)
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'rng')
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready)
      .map(({ targetRef }) => targetRef?.name ?? '')
      .sort();
  }

  async untilInRotation(count: number): Promise<void> {
    await until(`${count} pods in rotation`, () => this.inRotation().length === count);
  }
}
