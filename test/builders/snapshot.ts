import { valueIn, withoutKeys } from '../../pitlane/rotation/labels.ts';
import {
  CANARY,
  DISABLED,
  type DisabledRecord,
  DRAIN,
  DRAINED_FROM,
  type DrainRecord,
} from '../../pitlane/rotation/marks.ts';
import type { Operation } from '../../pitlane/rotation/plan.ts';
import type {
  Budget,
  Bystanders,
  Controller,
  Endpoint,
  GateFacts,
  Headroom,
  LabelSelector,
  Labels,
  NodeRoom,
  PlacedPod,
  Pod,
  PodDetail,
  PodTemplate,
  Policy,
  Replacement,
  RuleObject,
  Service,
  Snapshot,
  TargetPod,
} from '../../pitlane/rotation/snapshot.ts';
import { podNeeds } from './pod-needs.ts';

/** 2026-11-24 03:12:07 UTC, when all of these snapshots are taken. */
export const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);

const MINUTE = 60_000;
const SUFFIXES = ['b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn', 'm4c6v', 'zl5jt', 'r9gsk', 'w6d8p', 'c3nvh'];

const NO_HEADROOM: Headroom = { nodes: [], quotas: [], claimsInUse: [], budgets: { kind: 'seen', value: {} } };

type Change<T> = Partial<{ -readonly [Key in keyof T]: T[Key] }>;

/** A healthy `rng`: a Deployment of 4 on three nodes, in rotation for an hour. Each method changes one thing. */
export function rng(): SnapshotBuilder {
  return new SnapshotBuilder();
}

export class SnapshotBuilder {
  #service: Service = {
    name: 'rng',
    namespace: 'dockercoins',
    uid: '5e1c3a52-0000-4000-8000-00000000f001',
    selector: { app: 'rng' },
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    publishNotReadyAddresses: false,
    ports: [],
    annotations: {},
  };
  #policy: Policy = {
    maxDrained: 3,
    gate: { key: 'enabled', value: 'yes' },
    drain: { forSeconds: 3600, then: 'remind' },
  };
  #pods: Pod[] = [];
  #controllers: Controller[] = [];
  #bystanders: Bystanders = { services: [], budgets: [], networkPolicies: [], autoscalers: [] };
  #bystandersNotSeen: string | undefined;
  #headroom: Headroom | undefined;
  #replacements: Snapshot['replacements'];
  #gate: GateFacts | undefined;
  #unlisted = new Set<string>();
  #readyIn = new Map<string, boolean>();

  constructor() {
    this.#controllers = [deployment(4), replicaSet(4)];
    this.pods(4);
  }

  /** Replaces the pods by that many of the ReplicaSet, and wants as many. */
  pods(number: number): this {
    this.#pods = Array.from({ length: number }, (_, index) => podOf(index));
    return this.desired(number);
  }

  desired(number: number): this {
    this.#controllers = this.#controllers.map((controller) => ({ ...controller, desired: number }));
    return this;
  }

  /** The chapter's other form: a DaemonSet with a pod on each of as many nodes. */
  daemonSet(nodes: number): this {
    this.#controllers = [daemonSet(nodes)];
    this.#pods = Array.from({ length: nodes }, (_, index) => ({
      ...podOf(index),
      name: `rng-${SUFFIXES[index]}`,
      labels: { app: 'rng', 'controller-revision-hash': '59bb7b5b6c', 'pod-template-generation': '1' },
      owner: { kind: 'DaemonSet', name: 'rng', uid: DAEMON_SET_UID, apiVersion: 'apps/v1' },
      nodeName: `node-${index + 1}`,
    }));
    return this;
  }

  statefulSet(replicas: number): this {
    const uid = '5e1c3a52-0000-4000-8000-00000000a004';
    this.#controllers = [
      { ...deployment(replicas), kind: 'StatefulSet', name: 'rng', uid, templateLabels: { app: 'rng' } },
    ];
    this.#pods = Array.from({ length: replicas }, (_, index) => ({
      ...podOf(index),
      name: `rng-${index}`,
      labels: { app: 'rng', 'apps.kubernetes.io/pod-index': String(index) },
      owner: { kind: 'StatefulSet', name: 'rng', uid, apiVersion: 'apps/v1' },
    }));
    return this;
  }

  /** Changes the pod whose name ends so. */
  pod(suffix: string, change: Change<Pod>, detail: Change<PodDetail> = {}): this {
    this.#pods = this.#pods.map((pod) =>
      pod.name.endsWith(suffix) ? { ...pod, ...change, detail: { ...(pod.detail as PodDetail), ...detail } } : pod,
    );
    return this;
  }

  /** Changes the pod template of every workload. */
  template(change: Change<PodTemplate>): this {
    this.#controllers = this.#controllers.map((controller) => ({
      ...controller,
      ...(controller.template && { template: { ...controller.template, ...change } }),
    }));
    return this;
  }

  /** Adds a pod like the first, under the suffix's name. */
  another(suffix: string, change: Change<Pod> = {}): this {
    const index = this.#pods.length;
    this.#pods.push({ ...podOf(index), name: `rng-5f69c6b7d8-${suffix}`, ...change });
    return this;
  }

  notReady(suffix: string): this {
    return this.pod(suffix, { containers: { ready: 0, total: 1 } }, { isReady: false, readyChangedAt: NOW - MINUTE });
  }

  terminating(suffix: string): this {
    return this.pod(suffix, { deletedAt: NOW - 5_000, status: 'Terminating' });
  }

  bare(suffix: string): this {
    this.#pods = this.#pods.map(({ owner, ...pod }) => (owner && !pod.name.endsWith(suffix) ? { ...pod, owner } : pod));
    return this;
  }

  canary(suffix: string): this {
    return this.bare(suffix).pod(suffix, { labels: { app: 'rng', [CANARY]: 'rng' } });
  }

  /** As `drain` leaves the pod: labels off, marks on, released. */
  drained(suffix: string, change: Change<DrainRecord> = {}): this {
    const pod = this.#find(suffix);
    const record: DrainRecord = {
      v: 1,
      id: 'op-earlier',
      service: 'rng',
      labels: { app: 'rng' },
      was: 'in rotation',
      annotations: {
        'cluster-autoscaler.kubernetes.io/safe-to-evict': null,
        'karpenter.sh/do-not-disrupt': null,
      },
      ...(pod.owner ? { owner: pod.owner } : {}),
      by: 'alice',
      because: '5xx',
      at: '2026-11-24T03:02:07Z',
      until: '2026-11-24T04:02:07Z',
      then: 'remind',
      ...change,
    };
    const labels = Object.fromEntries(Object.entries(pod.labels).filter(([key]) => !(key in record.labels)));
    this.#unlisted.add(pod.uid);
    return this.bare(suffix).pod(suffix, {
      labels: { ...labels, [DRAINED_FROM]: record.service },
      annotations: {
        ...pod.annotations,
        [DRAIN]: JSON.stringify(record),
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
        'karpenter.sh/do-not-disrupt': 'true',
      },
    });
  }

  /** The service selects by a gate label, which every pod has. */
  gated(): this {
    this.#pods = this.#pods.map((pod) => ({ ...pod, labels: { ...pod.labels, enabled: 'yes' } }));
    return this.service({ selector: { ...this.#service.selector, enabled: 'yes' } });
  }

  /** As `disable` leaves the pod, or with null as a straggler: without the gate label. */
  disabled(suffix: string, change: Change<DisabledRecord> | null = {}): this {
    const { labels, annotations } = this.#find(suffix);
    const rest = withoutKeys(labels, ['enabled']);
    const record: DisabledRecord = {
      v: 1,
      id: 'op-earlier',
      service: 'rng',
      by: 'alice',
      because: '5xx',
      at: '2026-11-24T03:02:07Z',
      ...change,
    };
    const marked = { ...annotations, [DISABLED]: JSON.stringify(record) };
    return this.pod(suffix, { labels: rest, annotations: change === null ? annotations : marked });
  }

  /** Sets the state of the pod in the slices, which lag behind labels and readiness. */
  listed(suffix: string, ready: boolean | 'not at all'): this {
    const { uid } = this.#find(suffix);
    if (ready === 'not at all') this.#unlisted.add(uid);
    else this.#readyIn.set(uid, ready);
    return this;
  }

  service(change: Change<Service>): this {
    this.#service = { ...this.#service, ...change };
    return this;
  }

  withoutSelector(): this {
    const { selector: _, ...service } = this.#service;
    this.#service = service;
    return this;
  }

  policy(change: Change<Policy>): this {
    this.#policy = { ...this.#policy, ...change };
    return this;
  }

  /** Changes every controller of the kind. */
  controller(kind: string, change: Change<Controller>): this {
    this.#controllers = this.#controllers.map((controller) =>
      controller.kind === kind ? { ...controller, ...change } : controller,
    );
    return this;
  }

  withController(controller: Change<Controller> & { kind: string; name: string }): this {
    this.#controllers.push({ ...daemonSet(1), uid: `uid-of-${controller.name}`, ...controller });
    return this;
  }

  withoutController(kind: string): this {
    this.#controllers = this.#controllers.filter((controller) => controller.kind !== kind);
    return this;
  }

  budget(name: string, change: Change<Budget>): this {
    const budget: Budget = {
      name,
      selector: { matchLabels: { app: 'rng' } },
      status: { disruptionsAllowed: 1, currentHealthy: 4, desiredHealthy: 3 },
      ...change,
    };
    return this.others({ budgets: [...this.#bystanders.budgets, budget] });
  }

  others(change: Change<Bystanders>): this {
    this.#bystanders = { ...this.#bystanders, ...change };
    return this;
  }

  othersNotSeen(why: string): this {
    this.#bystandersNotSeen = why;
    return this;
  }

  /** Nodes with that much free CPU each, in thousandths of a core. */
  free(...cpu: readonly number[]): this {
    this.#headroom = {
      ...NO_HEADROOM,
      nodes: cpu.map((free, index) => ({
        name: `node-${index + 1}`,
        labels: {},
        taints: [],
        isUnschedulable: false,
        isReady: true,
        free: { cpu: free, memory: 8 * 1024 ** 3, pods: 50 },
        pods: [],
      })),
    };
    return this;
  }

  /** The nodes have these taints, in their order. */
  tainted(...taints: readonly NodeRoom['taints'][]): this {
    const nodes = (this.#headroom?.nodes ?? []).map((each, index) => ({ ...each, taints: taints[index] ?? [] }));
    this.#headroom = { ...NO_HEADROOM, ...this.#headroom, nodes };
    return this;
  }

  /** A pod on the node keeps those that the selector matches away from it. */
  shunned(node: string, selector: LabelSelector): this {
    const nodes = (this.#headroom?.nodes ?? []).map((each) =>
      each.name === node ? { ...each, shuns: [{ selector, by: 'another' }] } : each,
    );
    this.#headroom = { ...NO_HEADROOM, ...this.#headroom, nodes };
    return this;
  }

  /** Another pod stands on the node; its room is not part of what is free. */
  occupied(node: string, pod: PlacedPod): this {
    const nodes = (this.#headroom?.nodes ?? []).map((each) =>
      each.name === node ? { ...each, pods: [...each.pods, pod] } : each,
    );
    this.#headroom = { ...NO_HEADROOM, ...this.#headroom, nodes };
    return this;
  }

  /** Another pod of the namespace mounts the claim. */
  claimInUse(name: string): this {
    this.#headroom = { ...NO_HEADROOM, ...this.#headroom, claimsInUse: [name] };
    return this;
  }

  quota(name: string, left: Headroom['quotas'][number]['left'], hasMore = false): this {
    const more = hasMore && ({ hasMore: true } as const);
    this.#headroom = { ...NO_HEADROOM, ...this.#headroom, quotas: [{ name, left, ...more }] };
    return this;
  }

  /** The answer of the API server to the dry run of the ReplicaSet's next pod. */
  asked(answer: Replacement): this {
    this.#replacements = { [REPLICA_SET_UID]: answer };
    return this;
  }

  /** What was read about the gate. `policy`: whether the admission policy is installed, or why that is unknown. */
  gate(policy: boolean | string, rule?: RuleObject): this {
    const [key = '', value = ''] = valueIn(rule?.data, 'gate')?.split('=') ?? [];
    const gate: Labels = rule === undefined ? {} : { [key]: value };
    const added: Labels = policy === true ? { 'pitlane.dev/gate-policy': 'v1', ...gate } : {};
    this.#gate = {
      rule: { kind: 'seen', value: rule },
      probe: typeof policy === 'string' ? { kind: 'unknown', why: policy } : { kind: 'answered', added },
    };
    return this;
  }

  /** The snapshot, about the pods whose names end so. */
  about(...suffixes: readonly string[]): Snapshot {
    return { ...this.snapshot(), targets: suffixes.map((suffix) => this.#find(suffix) as TargetPod) };
  }

  snapshot(): Snapshot {
    const selector = this.#service.selector ?? {};
    const endpoints: readonly Endpoint[] = this.#pods
      .filter(({ uid, labels }) => {
        const isSelected =
          Object.keys(selector).length > 0 &&
          Object.entries(selector).every(([key, value]) => valueIn(labels, key) === value);
        return isSelected && !this.#unlisted.has(uid);
      })
      .map((pod) => {
        const isReady = this.#readyIn.get(pod.uid) ?? (pod.detail?.isReady === true && pod.deletedAt === undefined);
        return {
          pod: { name: pod.name, uid: pod.uid },
          addresses: ['10.244.1.7'],
          ...(pod.nodeName === undefined ? {} : { nodeName: pod.nodeName }),
          isReady,
          isServing: pod.detail?.isReady === true,
          isTerminating: pod.deletedAt !== undefined,
          slice: { name: 'rng-x2v4d' },
        };
      });
    return {
      at: NOW,
      service: this.#service,
      policy: this.#policy,
      pods: this.#pods,
      targets: [],
      endpoints,
      controllers: this.#controllers,
      bystanders:
        this.#bystandersNotSeen === undefined
          ? { kind: 'seen', value: this.#bystanders }
          : { kind: 'notSeen', why: this.#bystandersNotSeen },
      ...(this.#replacements && { replacements: this.#replacements }),
      headroom: this.#headroom
        ? { kind: 'seen', value: this.#headroom }
        : { kind: 'notSeen', why: 'how much room the nodes have was not looked at' },
      ...(this.#gate && { gate: this.#gate }),
    };
  }

  #find(suffix: string): Pod {
    const pod = this.#pods.find(({ name }) => name.endsWith(suffix));
    if (!pod) throw new Error(`the snapshot has no pod that ends with ${suffix}`);
    return pod;
  }
}

export function drainOf(snapshot: Snapshot, change: Partial<Operation['request']> = {}): Operation {
  return {
    id: 'op-now',
    request: { command: 'drain', service: 'rng', dryRun: false, force: false, ...change } as Operation['request'],
    subject: { kind: 'pods', pods: snapshot.targets.map(({ name, uid }) => ({ name, uid })) },
    by: 'bob',
    at: NOW,
  };
}

export function restoreOf(snapshot: Snapshot): Operation {
  return { ...drainOf(snapshot), request: { command: 'restore', service: 'rng', dryRun: false, force: false } };
}

export function extendOf(snapshot: Snapshot, forSeconds?: number): Operation {
  const more = forSeconds === undefined ? {} : { forSeconds };
  return { ...drainOf(snapshot), request: { command: 'extend', service: 'rng', dryRun: false, force: false, ...more } };
}

export function disableOf(snapshot: Snapshot, change: Partial<Operation['request']> = {}): Operation {
  return drainOf(snapshot, { command: 'disable', ...change });
}

export function enableOf(snapshot: Snapshot, change: Partial<Operation['request']> = {}): Operation {
  return drainOf(snapshot, { command: 'enable', ...change });
}

export function finishOf(snapshot: Snapshot, force = false): Operation {
  return { ...drainOf(snapshot), request: { command: 'finish', service: 'rng', dryRun: false, force } };
}

const DEPLOYMENT_UID = '5e1c3a52-0000-4000-8000-00000000d001';
const REPLICA_SET_UID = '5e1c3a52-0000-4000-8000-00000000a001';
const DAEMON_SET_UID = '5e1c3a52-0000-4000-8000-00000000d002';
const TEMPLATE: PodTemplate = {
  annotations: { 'example.com/scrape': 'yes' },
  claims: [],
  spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1', env: [{ name: 'LOG_LEVEL', value: 'info' }] }] },
};

const HASH = '5f69c6b7d8';

function deployment(desired: number): Controller {
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    name: 'rng',
    uid: DEPLOYMENT_UID,
    selector: { matchLabels: { app: 'rng' } },
    labels: { app: 'rng' },
    annotations: { 'deployment.kubernetes.io/revision': '1' },
    desired,
    templateLabels: { app: 'rng' },
    rollout: { strategy: 'RollingUpdate', maxUnavailable: 1, maxSurge: 1 },
    template: TEMPLATE,
    isRollingOut: false,
    currentHash: HASH,
  };
}

function replicaSet(desired: number): Controller {
  return {
    ...deployment(desired),
    kind: 'ReplicaSet',
    template: undefined,
    name: `rng-${HASH}`,
    uid: REPLICA_SET_UID,
    owner: { kind: 'Deployment', name: 'rng', uid: DEPLOYMENT_UID, apiVersion: 'apps/v1' },
    selector: { matchLabels: { app: 'rng', 'pod-template-hash': HASH } },
    templateLabels: { app: 'rng', 'pod-template-hash': HASH },
  };
}

function daemonSet(nodes: number): Controller {
  return {
    ...deployment(nodes),
    kind: 'DaemonSet',
    uid: DAEMON_SET_UID,
    update: { type: 'RollingUpdate', hasSurge: false },
    currentHash: '59bb7b5b6c',
    templateGeneration: '1',
  };
}

function podOf(index: number): Pod {
  const labels: Labels = { app: 'rng', 'pod-template-hash': HASH };
  const createdAt = NOW - 60 * MINUTE;
  return {
    name: `rng-${HASH}-${SUFFIXES[index % SUFFIXES.length]}${index < SUFFIXES.length ? '' : index}`,
    uid: `9a3f6f5e-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
    labels,
    annotations: {},
    owner: { kind: 'ReplicaSet', name: `rng-${HASH}`, uid: REPLICA_SET_UID, apiVersion: 'apps/v1' },
    createdAt,
    nodeName: `node-${(index % 3) + 1}`,
    status: 'Running',
    containers: { ready: 1, total: 1 },
    restarts: 0,
    detail: {
      version: '1000',
      phase: 'Running',
      isReady: true,
      readyChangedAt: createdAt + 3_000,
      containers: [
        {
          name: 'rng',
          image: 'dockercoins/rng:v0.1',
          hasLivenessProbe: false,
          isReady: true,
          restarts: 0,
          state: 'running',
        },
      ],
      claims: [],
      ownVolumes: [],
      graceSeconds: 30,
      hostNetwork: false,
      initContainers: [],
      needs: podNeeds({ cpu: 100, memory: 64 * 1024 ** 2 }),
    },
  };
}
