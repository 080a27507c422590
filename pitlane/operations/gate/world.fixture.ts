import { applyPatch } from 'rfc6902';
import { planned } from '../../../test/builders/plan.ts';
import { NOW, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { valueIn } from '../../rotation/labels.ts';
import { inRotation, isSelected } from '../../rotation/membership.ts';
import type { Operation, PatchOperation, Plan, Refusal, Write } from '../../rotation/plan.ts';
import { progressOf } from '../../rotation/proof.ts';
import { parseLabel } from '../../rotation/selector.ts';
import type { Labels, Pod, RuleObject, Snapshot } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';

export const ON = { command: 'gate on', service: 'rng', dryRun: false, force: false } as const;
export const OFF = { ...ON, command: 'gate off' };

export function gateOperation(
  snapshot: Snapshot,
  request: Operation['request'] & object = ON,
  id = 'op-now',
): Operation {
  const { name, uid } = snapshot.service;
  return { id, request, subject: { kind: 'service', service: { kind: 'Service', name, uid } }, by: 'bob', at: NOW };
}

export function planGate(snapshot: Snapshot, change: object = {}, id?: string): Plan | Refusal {
  return planOf(snapshot, gateOperation(snapshot, { ...ON, ...change }, id));
}

const LONGEST_WAIT_SECONDS = 20;

/** A cluster that does what is written, at once: the service's slices, the admission policy and rollouts. */
export class GateWorld {
  snapshot: Snapshot;
  readonly #isInstalled: boolean;
  #made = 0;
  /** The fewest pods in rotation after any write. */
  fewest: number;

  constructor(builder: SnapshotBuilder, isInstalled: boolean) {
    this.#isInstalled = isInstalled;
    this.snapshot = this.#settled(builder.gate(isInstalled).snapshot());
    this.fewest = inRotation(this.snapshot).length;
  }

  /** Plans and writes until nothing is left, or until so many writes are made. Returns the number of writes. */
  carryOut(request: object, { most = Number.POSITIVE_INFINITY, id = 'op', force = true } = {}): number {
    for (let wrote = 0, waited = 0; ; ) {
      const plan = planned(planOf(this.snapshot, gateOperation(this.snapshot, { ...ON, ...request, force }, id)));
      const open = plan.phases.find(
        ({ writes, until }) =>
          writes.length > 0 ||
          progressOf(until, this.snapshot).some((each) => !each.isMet && each.milestone.isRequired),
      );
      if (open === undefined) return wrote;
      if (open.writes.length === 0) {
        waited += 1;
        if (waited > LONGEST_WAIT_SECONDS) throw new Error(`waits in vain: ${open.title}`);
        this.#set({ at: this.snapshot.at + 1_000 });
        continue;
      }
      for (const write of open.writes) {
        if (wrote === most) return wrote;
        this.write(write);
        wrote += 1;
      }
    }
  }

  write(write: Write): void {
    const { kind, uid } = write.target;
    const { snapshot } = this;
    if (kind === 'ConfigMap') this.#setRule(this.#rule(write));
    else if (write.kind !== 'patch') throw new Error(`unexpected ${write.kind} of ${kind}`);
    else if (kind === 'Service') {
      const { annotations, selector = {} } = snapshot.service;
      const after = patched({ metadata: { uid, annotations }, spec: { selector } }, write.patch);
      this.#set({
        service: { ...snapshot.service, annotations: after.metadata.annotations, selector: after.spec.selector },
      });
    } else if (kind === 'Pod') {
      this.#set({ pods: snapshot.pods.map((pod) => (pod.uid === uid ? podAfter(pod, write.patch) : pod)) });
    } else this.#rollOut(uid, write.patch);
    this.fewest = Math.min(this.fewest, inRotation(this.snapshot).length);
  }

  /** A new pod of the Deployment, ready at once, as a scale-up makes it. */
  newPod(): void {
    const like = this.snapshot.pods.find(({ owner }) => owner?.kind === 'ReplicaSet');
    if (like === undefined) return;
    const rule = this.#found();
    const gate = this.#isInstalled ? parseLabel(valueIn(rule?.data, 'gate') ?? '') : undefined;
    this.#made += 1;
    const { 'pod-template-hash': hash = '' } = like.labels;
    const template = this.snapshot.controllers[0]?.templateLabels;
    const labels = { 'pod-template-hash': hash, ...(gate && { [gate.key]: gate.value }), ...template };
    const end = String(this.#made).padStart(12, '0');
    const pod = { ...like, name: `rng-new-${this.#made}`, uid: `new-uid-${end}`, labels, annotations: {} };
    this.#set({ pods: [...this.snapshot.pods, pod] });
  }

  /** Everything that a gate changes. */
  state(): object {
    const { service, pods, controllers, gate } = this.snapshot;
    return {
      service: [service.selector, service.annotations],
      pods: pods.map(({ uid, labels, annotations }) => [uid, labels, annotations]),
      templates: controllers.map(({ uid, templateLabels, annotations }) => [uid, templateLabels, annotations]),
      rule: gate?.rule,
    };
  }

  #found(): RuleObject | undefined {
    const rule = this.snapshot.gate?.rule;
    return rule?.kind === 'seen' ? rule.value : undefined;
  }

  #rule(write: Write): RuleObject | undefined {
    if (write.kind === 'delete') return undefined;
    if (write.kind === 'create') {
      const { metadata, data } = write.object as { metadata: { labels: Labels; annotations: Labels }; data: Labels };
      return { name: write.target.name, uid: 'uid-of-rule', version: '1', ...metadata, data };
    }
    const found = this.#found() as RuleObject;
    const { uid, labels, annotations, data } = found;
    const after = patched({ metadata: { uid, labels, annotations }, data }, write.patch);
    return { ...found, ...after.metadata, data: after.data };
  }

  #setRule(value: RuleObject | undefined): void {
    const gate = value && this.#isInstalled ? parseLabel(valueIn(value.data, 'gate') ?? '') : undefined;
    const policy: Labels = this.#isInstalled ? { 'pitlane.dev/gate-policy': 'v1' } : {};
    const added = { ...policy, ...(gate && { [gate.key]: gate.value }) };
    this.#set({ gate: { rule: { kind: 'seen', value }, probe: { kind: 'answered', added } } });
  }

  /** Changes the template, and replaces the workload's pods. */
  #rollOut(uid: string, patch: readonly PatchOperation[]): void {
    const root = this.snapshot.controllers.find((each) => each.uid === uid);
    if (root === undefined) throw new Error('no such workload');
    const { annotations, templateLabels = {} } = root;
    const after = patched(
      { metadata: { uid, annotations }, spec: { template: { metadata: { labels: templateLabels } } } },
      patch,
    );
    const labels = after.spec.template.metadata.labels;
    const direct = this.snapshot.controllers.find(({ owner }) => owner?.uid === uid);
    this.#set({
      controllers: this.snapshot.controllers.map((each) =>
        each.uid === uid ? { ...each, templateLabels: labels, annotations: after.metadata.annotations } : each,
      ),
      pods: this.snapshot.pods.map((pod) => {
        if (pod.owner?.uid !== direct?.uid) return pod;
        const { 'pod-template-hash': hash } = pod.labels;
        return {
          ...pod,
          labels: { ...labels, ...(hash !== undefined && { 'pod-template-hash': hash }) },
          annotations: pod.annotations,
        };
      }),
    });
  }

  #set(change: Partial<Snapshot>): void {
    this.snapshot = this.#settled({ ...this.snapshot, ...change });
  }

  /** The slices follow the labels. */
  #settled(snapshot: Snapshot): Snapshot {
    const listed = snapshot.pods.filter(({ labels }) => isSelected(snapshot.service, labels));
    return {
      ...snapshot,
      endpoints: listed.map(({ name, uid, detail }) => {
        const isReady = detail?.isReady ?? true;
        return {
          pod: { name, uid },
          addresses: [],
          isReady,
          isServing: isReady,
          isTerminating: false,
          slice: { name: 'rng-x2v4d' },
        };
      }),
    };
  }
}

function podAfter(pod: Pod, patch: readonly PatchOperation[]): Pod {
  const { uid, labels, annotations } = pod;
  const { metadata } = patched({ metadata: { uid, labels, annotations } }, patch);
  return { ...pod, labels: metadata.labels, annotations: metadata.annotations };
}

/** As the API server applies it: a `test` for null passes on an absent key or map. */
function patched<T extends object>(before: T, patch: readonly PatchOperation[]): T {
  const document = structuredClone(before);
  const absent = (path: string) =>
    path
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
  for (const operation of patch) {
    if (operation.op === 'test' && operation.value === null) {
      const found = absent(operation.path);
      if (found !== undefined && Object.keys(Object(found)).length > 0)
        throw new Error(`test failed: ${operation.path}`);
      continue;
    }
    const [error] = applyPatch(document, [operation] as Parameters<typeof applyPatch>[1]);
    if (error) throw error;
  }
  return document;
}
