import type { EmbeddedCluster } from '@pitlane/embedded-cluster';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { parseFault } from '@pitlane/embedded-cluster/kubelet/fault';
import type { FaultsEntry, Labels } from './entries.ts';

/** How long a node is silent before its pods are not ready; 50 s by default (pkg/controller/nodelifecycle/config/v1alpha1). */
const SILENT_MS = 5_000;
/** How long GitOps takes to revert a Service. */
const REVERT_MS = 2_000;
/** Longer than the timeout of the requests. */
const NO_ANSWER = 'slow=30s';
const BAD_IMAGE = 'registry.invalid/rng:v2';

export interface FaultsOptions {
  readonly cluster: EmbeddedCluster;
  readonly namespace: string;
  readonly service: string;
  /** The selector that GitOps has in its repository. */
  readonly base: Labels;
  /** The faults at the start, by uid of the pod. */
  readonly pods: ReadonlyMap<string, string>;
  /** Gets a sentence about each fault. */
  readonly onFault: (text: string) => void;
}

/** The faults that people inject into the cluster. */
export class Faults {
  readonly #options: FaultsOptions;
  readonly #pods: Map<string, string>;
  /** With the faults that the pods of each had before, by uid. */
  readonly #lostNodes = new Map<string, ReadonlyMap<string, string>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #image: string | undefined;
  #gitOps = false;
  #isReverting = false;
  secondOnCall = false;

  constructor(options: FaultsOptions) {
    this.#options = options;
    this.#pods = new Map(options.pods);
  }

  /** By uid. */
  get pods(): ReadonlyMap<string, string> {
    return this.#pods;
  }

  get entry(): FaultsEntry {
    const { secondOnCall } = this;
    const lostNodes = [...this.#lostNodes.keys()];
    return { lostNodes, badImage: this.#image !== undefined, gitOps: this.#gitOps, secondOnCall };
  }

  /** Sets the fault of a pod; an empty text removes it. Returns why that can't be. */
  setPod(uid: string, text: string): string | undefined {
    const pod = this.#list('pods').find(({ metadata }) => metadata.uid === uid);
    if (pod === undefined) return 'The pod is gone.';
    const parsed = parseFault(text);
    if ('problem' in parsed) return parsed.problem;
    this.#inject(uid, text);
    this.#options.onFault(text === '' ? `${pod.metadata.name} is healthy again` : `${pod.metadata.name}: ${text}`);
    return undefined;
  }

  /** Cuts a node off, or brings it back. */
  setNode(name: string, isLost: boolean): string | undefined {
    const node = this.#options.cluster.api.get('nodes', undefined, name);
    if (node === undefined) return `Node ${name} does not exist.`;
    if (isLost === this.#lostNodes.has(name)) return undefined;
    const injectAll = (faultOf: (uid: string) => string) => {
      for (const { metadata, spec } of this.#list('pods'))
        if (spec.nodeName === name) this.#inject(metadata.uid, faultOf(metadata.uid));
    };
    const before = this.#lostNodes.get(name);
    if (isLost) {
      this.#lostNodes.set(name, new Map(this.#pods));
      injectAll(() => NO_ANSWER);
      this.#later(SILENT_MS, () => {
        if (!this.#lostNodes.has(name)) return;
        this.#setReady(name, false);
        injectAll(() => `${NO_ANSWER},not-ready`);
      });
    } else {
      this.#lostNodes.delete(name);
      injectAll((uid) => before?.get(uid) ?? '');
      this.#setReady(name, true);
    }
    this.#options.onFault(isLost ? `${name} is lost` : `${name} is back`);
    return undefined;
  }

  /** Starts a rollout of an image that is never pulled, or goes back to the former image. */
  setBadImage(isOn: boolean): string | undefined {
    const { cluster, namespace, service, onFault } = this.#options;
    const deployment = cluster.api.get('deployments', namespace, service);
    const [container] = deployment?.spec.template.spec.containers ?? [];
    if (container === undefined) return `Deployment ${service} does not exist.`;
    if (isOn === (this.#image !== undefined)) return undefined;
    const image = this.#image ?? BAD_IMAGE;
    this.#image = isOn ? container.image : undefined;
    const containers = [{ ...container, image }];
    cluster.api.mergePatch('deployments', namespace, service, { spec: { template: { spec: { containers } } } });
    onFault(isOn ? `Deployment ${service} rolls out ${image}` : `Deployment ${service} is back to ${image}`);
    return undefined;
  }

  setGitOps(isOn: boolean): void {
    this.#gitOps = isOn;
    this.#options.onFault(isOn ? 'GitOps reverts the Service' : 'GitOps is off');
    this.seeService();
  }

  /** Reverts the Service in a while if its selector differs from the repository's. */
  seeService(): void {
    if (!this.#gitOps || this.#isReverting || !this.#differs()) return;
    this.#isReverting = true;
    this.#later(REVERT_MS, () => {
      this.#isReverting = false;
      const differing = this.#gitOps ? this.#differs() : undefined;
      if (differing === undefined) return;
      const { cluster, namespace, service, base, onFault } = this.#options;
      const removed = Object.fromEntries(Object.keys(differing).map((key) => [key, null]));
      cluster.api.mergePatch('services', namespace, service, { spec: { selector: { ...removed, ...base } } });
      onFault(`GitOps reverted the selector of ${service}`);
    });
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** The Service's selector when it is another one than the repository's. */
  #differs(): Labels | undefined {
    const { cluster, namespace, service, base } = this.#options;
    const selector: Labels | undefined = cluster.api.get('services', namespace, service)?.spec.selector;
    if (selector === undefined) return undefined;
    const keys = new Set([...Object.keys(selector), ...Object.keys(base)]);
    return [...keys].some((key) => selector[key] !== base[key]) ? selector : undefined;
  }

  #inject(uid: string, text: string): void {
    this.#options.cluster.kubelet?.fault(uid, text === '' ? undefined : text);
    if (text === '') this.#pods.delete(uid);
    else this.#pods.set(uid, text);
  }

  #setReady(name: string, isReady: boolean): void {
    const { api } = this.#options.cluster;
    const conditions = (api.get('nodes', undefined, name)?.status.conditions ?? []).map((each: { type: string }) =>
      each.type === 'Ready' ? { ...each, ...(isReady ? READY : UNKNOWN) } : each,
    );
    api.mergePatch('nodes', undefined, name, { status: { conditions } }, { subresource: 'status' });
  }

  #list(resource: string): readonly KubeObject[] {
    return this.#options.cluster.api.list(resource, this.#options.namespace);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}

const READY = { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
const UNKNOWN = { status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
