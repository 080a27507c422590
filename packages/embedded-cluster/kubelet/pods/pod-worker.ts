import { pause } from '../../client/pause.ts';
import { hashOf, seededRandom } from '../../random.ts';
import { type Fault, faultAnnotation, noFault, parseFault } from '../apps/fault.ts';
import type { RunningProcess } from '../apps/programs.ts';
import { ContainerKeeper } from '../containers/container-keeper.ts';
import { eventRecorder, type PodEvent } from '../events.ts';
import type { Machine } from '../kubelet.ts';
import { type Container, containersOf, isFinished, kubeTime, type Pod, type PodCondition } from '../pod.ts';
import { isInitialized, phaseOf, podStatus } from './pod-status.ts';
import { statusWriter } from './status-writer.ts';

const maxTimerMs = 2 ** 31 - 1;

/** Runs one pod from its binding to its end. */
export class PodWorker {
  readonly machine: Machine;
  /** The last version. */
  pod: Pod;
  readonly podIp: string;
  /** The source address of probes. */
  readonly nodeGateway: string;
  /** In [0, 1); each pod has its own stream. */
  readonly random: () => number;
  readonly record: (event: PodEvent) => void;
  readonly #keepers: ContainerKeeper[] = [];
  readonly #writer: ReturnType<typeof statusWriter>;
  readonly #gone = new AbortController();
  readonly #startedAt: number;
  #hasNetwork = false;
  #isStarting = true;
  #isEnding = false;
  #waiting: (() => void)[] = [];
  #failure: { reason: string; message: string } | undefined;
  #annotation: string | undefined;
  #annotated = noFault;
  #injected: Fault | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(machine: Machine, pod: Pod, podIp: string, nodeGateway: string) {
    this.machine = machine;
    this.podIp = podIp;
    this.nodeGateway = nodeGateway;
    this.random = seededRandom(hashOf(`${machine.seed}/${pod.metadata.namespace}/${pod.metadata.name}`));
    this.pod = pod;
    this.#startedAt = machine.now();
    this.record = eventRecorder(machine, pod);
    const status = (written: readonly PodCondition[]) => podStatus({ ...this.#facts(), written, now: machine.now() });
    this.#writer = statusWriter(machine, pod, status, this.#gone.signal);
  }

  /** The injected fault, or that of the annotation. */
  get fault(): Fault {
    return this.#injected ?? this.#annotated;
  }

  keeper(name: string): ContainerKeeper | undefined {
    return this.#keepers.find(({ container }) => container.name === name);
  }

  /** The loopback port of the container that listens on a container port, by default of the first that serves. */
  loopbackPort(containerPort?: number): number | undefined {
    const ports = this.#keepers.map(({ running }) => running?.loopbackPort(containerPort));
    return ports.find((port) => port !== undefined);
  }

  /** The processes of the pod's other containers, as far as a container sees them. */
  processesSeenBy(container: Container): RunningProcess[] {
    const target = 'targetContainerName' in container ? container.targetContainerName : undefined;
    const isShared = this.pod.spec.shareProcessNamespace === true;
    const isSeen = (name: string) => name === target || (isShared && name !== container.name);
    const seen = this.#keepers.filter((keeper) => isSeen(keeper.container.name));
    return seen.flatMap(({ running }) => running?.processes ?? []);
  }

  begin(): void {
    this.update(this.pod);
    if (!this.#isEnding && !isFinished(this.pod)) void this.#start();
  }

  update(pod: Pod): void {
    this.pod = pod;
    if (!isFinished(pod) && !this.#isEnding) this.#addContainers();
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!this.#isEnding) void this.#end();
      return;
    }
    if (isFinished(pod) || this.#isEnding) return;
    this.#readAnnotation();
    this.#armDeadline();
    // For readiness gates, and to tell which generation the kubelet has seen.
    if (!this.#isStarting) void this.#writer.mark();
  }

  /** Sets a fault that overrides the annotation; undefined removes it. */
  inject(fault: Fault | undefined): void {
    this.#injected = fault;
    this.#faultChanged(fault !== undefined);
  }

  /** Called when the state of a container has changed. */
  changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
    if (this.#isStarting || this.#gone.signal.aborted) return;
    // Sidecars end after the main containers.
    if (['Succeeded', 'Failed'].includes(phaseOf(this.#facts())) && !this.#isEnding) {
      for (const keeper of this.#keepers) if (keeper.running !== undefined) void keeper.stop(0);
    }
    void this.#writer.mark();
  }

  /** Kills all containers, because the pod no longer exists or the kubelet stops. */
  kill(): void {
    this.#isEnding = true;
    this.#gone.abort();
    clearTimeout(this.#deadline);
    for (const keeper of this.#keepers) keeper.kill();
  }

  async #start(): Promise<void> {
    const startMs = this.machine.startMs();
    if (this.machine.servers) void this.#writer.mark();
    if (startMs > 0 && !(await pause(startMs, this.#gone.signal))) return;
    if (this.#isEnding) return;
    this.#hasNetwork = true;
    const first = this.#keepers.filter(({ role }) => role === 'init' || role === 'sidecar');
    if (first.length > 0) this.#isStarting = false;
    for (const keeper of first) {
      await keeper.start();
      while (!this.#isEnding && !isInitialized(keeper.state)) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      if (this.#isEnding) return;
    }
    const rest = this.#keepers.filter((keeper) => !first.includes(keeper));
    await Promise.all(rest.map((keeper) => keeper.start()));
    this.#isStarting = false;
    this.changed();
  }

  #facts() {
    return {
      pod: this.pod,
      containers: this.#keepers.map(({ state }) => state),
      podIp: this.#hasNetwork ? this.podIp : undefined,
      startedAt: this.#startedAt,
      failure: this.#failure,
    };
  }

  async #end(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#deadline);
    for (const { running, container } of this.#keepers) {
      if (running === undefined) continue;
      this.record({ type: 'Normal', reason: 'Killing', message: `Stopping container ${container.name}` });
    }
    await this.#stop(this.pod.metadata.deletionGracePeriodSeconds);
    // A Job counts the pod by this last status.
    if (this.#keepers.length > 0) await this.#writer.mark();
    await this.#writer.deletePod();
  }

  async #stop(graceSeconds = 30): Promise<void> {
    const graceMs = Math.min(graceSeconds * 1000, maxTimerMs);
    await Promise.all(this.#keepers.map((keeper) => keeper.stop(graceMs)));
  }

  #armDeadline(): void {
    clearTimeout(this.#deadline);
    const seconds = this.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined || this.#failure !== undefined) return;
    const since = Date.parse(this.pod.status?.startTime ?? kubeTime(this.#startedAt));
    const leftMs = Math.max(0, since + seconds * 1000 - this.machine.now());
    this.#deadline = setTimeout(() => void this.#failPastDeadline(), Math.min(leftMs, maxTimerMs));
  }

  async #failPastDeadline(): Promise<void> {
    this.#isEnding = true;
    const message = 'Pod was active on the node longer than the specified deadline';
    const failure = { reason: 'DeadlineExceeded', message };
    this.record({ type: 'Normal', ...failure });
    await this.#stop(this.pod.spec.terminationGracePeriodSeconds);
    this.#failure = failure;
    this.#isStarting = false;
    this.#isEnding = false;
    this.changed();
    // The pod may have been deleted meanwhile.
    this.update(this.pod);
  }

  /** Those of the spec, and later the ephemeral ones that are added. */
  #addContainers(): void {
    for (const { container, role } of containersOf(this.pod)) {
      if (this.keeper(container.name) !== undefined) continue;
      const keeper = new ContainerKeeper(this, container, role);
      this.#keepers.push(keeper);
      if (!this.#isStarting) void keeper.start();
    }
  }

  #readAnnotation(): void {
    const text = this.pod.metadata.annotations?.[faultAnnotation];
    if (text === this.#annotation) return;
    this.#annotation = text;
    const parsed = parseFault(text ?? '');
    this.#annotated = 'fault' in parsed ? parsed.fault : noFault;
    if (this.#injected === undefined) this.#faultChanged(text !== undefined);
    if (!('problem' in parsed)) return;
    const message = `annotation ${faultAnnotation} ignored: ${parsed.problem}`;
    this.record({ type: 'Warning', reason: 'UnknownFault', message });
  }

  /** `crash` acts when a fault is set, not when one is removed. */
  #faultChanged(isNew: boolean): void {
    for (const keeper of this.#keepers) if (keeper.role === 'main') keeper.faultChanged(isNew);
  }
}
