import type { KubeApi } from '../../client/kube-api.ts';
import { pause } from '../../client/pause.ts';
import { seededRandom } from '../../random.ts';
import type { Fault } from '../apps/fault.ts';
import type { RunningProcess } from '../apps/programs.ts';
import { ContainerKeeper } from '../containers/container-keeper.ts';
import { loopbackPort } from '../containers/container-run.ts';
import type { Machine } from '../machine.ts';
import { type Container, type ContainerRole, containersOf, isFinished, kubeTime, type Pod } from '../pod.ts';
import { earlierLife } from './earlier-life.ts';
import { PodFault } from './pod-fault.ts';
import { isInitialized, phaseOf, podStatus } from './pod-status.ts';
import { StatusWriter } from './status-writer.ts';

export interface PodWorkerOptions {
  machine: Machine;
  api: KubeApi;
  pod: Pod;
  podIp: string;
  hostIp: string;
  nodeGateway: string;
  log(line: string): void;
}

const maxTimerMs = 2 ** 31 - 1;

/** Runs one pod from its binding to its end. */
export class PodWorker {
  readonly #options: PodWorkerOptions;
  readonly #keepers: ContainerKeeper[] = [];
  readonly #writer: StatusWriter;
  readonly #gone = new AbortController();
  readonly #random: () => number;
  readonly #startedAt: number;
  #pod: Pod;
  #hasNetwork = false;
  #isStarting = true;
  #isEnding = false;
  #waiting: (() => void)[] = [];
  #failure: { reason: string; message: string } | undefined;
  readonly #fault: PodFault;
  #deadline = new AbortController();
  #deadlineSeconds: number | undefined;

  constructor(options: PodWorkerOptions) {
    this.#options = options;
    this.#pod = options.pod;
    this.#startedAt = options.machine.now();
    this.#random = seededRandom(
      seedOf(`${options.machine.seed}/${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`),
    );
    this.#fault = new PodFault((isNew) => this.#faultChanged(isNew));
    const { api, log } = options;
    const build: ConstructorParameters<typeof StatusWriter>[0]['build'] = (written) =>
      podStatus({ ...this.#facts(), written, now: options.machine.now() });
    this.#writer = new StatusWriter({ api, log, pod: this.#pod, signal: this.#gone.signal, build });
    if (isFinished(this.#pod)) return;
    for (const { container, role } of containersOf(this.#pod)) this.#keep(container, role);
  }

  get pod(): Pod {
    return this.#pod;
  }

  get podIp(): string {
    return this.#options.podIp;
  }

  keeper(container: string): ContainerKeeper | undefined {
    return this.#keepers.find(({ name }) => name === container);
  }

  /** The loopback port of the container that listens on a container port, by default of the first that serves. */
  loopbackPort(containerPort?: number): number | undefined {
    for (const keeper of this.#keepers) {
      const port = loopbackPort(keeper.serving, containerPort);
      if (port !== undefined) return port;
    }
    return undefined;
  }

  begin(): void {
    this.update(this.#pod);
    if (!this.#isEnding && !isFinished(this.#pod)) void this.#start();
  }

  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!this.#isEnding) void this.#end();
      return;
    }
    if (isFinished(pod) || this.#isEnding) return;
    this.#readAnnotation();
    this.#armDeadline();
    this.#startEphemeral();
    if (pod.spec.readinessGates !== undefined && !this.#isStarting) this.#writer.mark();
  }

  /** Sets a fault that overrides the annotation; undefined removes it. */
  inject(fault: Fault | undefined): void {
    this.#fault.inject(fault);
  }

  /** Kills all containers, because the pod no longer exists or the kubelet stops. */
  kill(): void {
    this.#isEnding = true;
    this.#gone.abort();
    this.#deadline.abort();
    for (const keeper of this.#keepers) keeper.kill();
  }

  async #start(): Promise<void> {
    const { machine, podIp } = this.#options;
    const images = this.#pod.spec.containers.map(({ image = '' }) => image);
    const startMs = Math.max(...images.map((image) => machine.startMs(image)));
    if (machine.hasServers) this.#writer.mark();
    if (startMs > 0 && !(await pause(startMs, this.#gone.signal))) return;
    if (this.#isEnding) return;
    this.#hasNetwork = true;
    const first = this.#keepers.filter(({ state: { role } }) => role === 'init' || role === 'sidecar');
    if (first.length > 0) this.#isStarting = false;
    for (const keeper of first) {
      await keeper.start(podIp);
      await this.#until(() => isInitialized(keeper.state));
      if (this.#isEnding) return;
    }
    await Promise.all(this.#keepers.filter((keeper) => !first.includes(keeper)).map((keeper) => keeper.start(podIp)));
    this.#isStarting = false;
    this.#changed();
  }

  /** Resolves once a change makes it true, or the pod ends. */
  async #until(isTrue: () => boolean): Promise<void> {
    while (!this.#isEnding && !isTrue()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #keep(container: Container, role: ContainerRole): ContainerKeeper {
    const { machine, nodeGateway } = this.#options;
    const keeper = new ContainerKeeper(
      {
        machine,
        container,
        role,
        nodeGateway,
        pod: () => this.#pod,
        random: this.#random,
        fault: () => this.#fault.now,
        neighbours: {
          loopbackPort: (port) => this.loopbackPort(port),
          processes: () => this.#sharedWith(container.name),
        },
        onChange: () => this.#changed(),
      },
      earlierLife(this.#pod, container, machine.now()),
    );
    this.#keepers.push(keeper);
    return keeper;
  }

  /** The processes of the pod's other containers, as far as a container sees them. */
  #sharedWith(container: string): RunningProcess[] {
    const target = this.keeper(container)?.targetContainer;
    const isShared = this.#pod.spec.shareProcessNamespace === true;
    const seen = this.#keepers.filter(({ name }) => name === target || (isShared && name !== container));
    return seen.flatMap((keeper) => keeper.running?.processes ?? []);
  }

  #facts() {
    const { hostIp, podIp } = this.#options;
    return {
      pod: this.#pod,
      containers: this.#keepers.map(({ state }) => state),
      hostIp,
      podIp: this.#hasNetwork ? podIp : undefined,
      startedAt: this.#startedAt,
      failure: this.#failure,
    };
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
    if (this.#isStarting || this.#gone.signal.aborted) return;
    const phase = phaseOf(this.#facts());
    // Sidecars end after the main containers.
    if ((phase === 'Succeeded' || phase === 'Failed') && !this.#isEnding) {
      for (const keeper of this.#keepers) if (keeper.state.state.running !== undefined) void keeper.stop(0);
    }
    this.#writer.mark();
  }

  async #end(): Promise<void> {
    const { machine } = this.#options;
    this.#isEnding = true;
    this.#deadline.abort();
    const graceMs = (this.#pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
    for (const { state, name } of this.#keepers) {
      if (state.state.running === undefined) continue;
      machine.events.record(this.#pod, { type: 'Normal', reason: 'Killing', message: `Stopping container ${name}` });
    }
    await Promise.all(this.#keepers.map((keeper) => keeper.stop(graceMs)));
    // A Job counts the pod by this last status.
    if (this.#keepers.length > 0) await this.#writer.flush();
    await this.#writer.deletePod();
  }

  async #fail(reason: string, message: string): Promise<void> {
    this.#isEnding = true;
    this.#options.machine.events.record(this.#pod, { type: 'Normal', reason, message });
    const graceMs = (this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    await Promise.all(this.#keepers.map((keeper) => keeper.stop(graceMs)));
    this.#failure = { reason, message };
    this.#isStarting = false;
    this.#isEnding = false;
    this.#changed();
    // The pod may have been deleted meanwhile.
    this.update(this.#pod);
  }

  #armDeadline(): void {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === this.#deadlineSeconds) return;
    this.#deadlineSeconds = seconds;
    this.#deadline.abort();
    this.#deadline = new AbortController();
    if (seconds === undefined) return;
    const since = Date.parse(this.#pod.status?.startTime ?? kubeTime(this.#startedAt));
    const leftMs = Math.max(0, since + seconds * 1000 - this.#options.machine.now());
    void this.#enforceDeadline(leftMs, this.#deadline.signal);
  }

  async #enforceDeadline(leftMs: number, signal: AbortSignal): Promise<void> {
    if (!(await pause(Math.min(leftMs, maxTimerMs), signal))) return;
    await this.#fail('DeadlineExceeded', 'Pod was active on the node longer than the specified deadline');
  }

  #startEphemeral(): void {
    for (const container of this.#pod.spec.ephemeralContainers ?? []) {
      if (this.keeper(container.name) !== undefined) continue;
      const keeper = this.#keep(container, 'ephemeral');
      if (!this.#isStarting) void keeper.start(this.#options.podIp);
    }
  }

  #readAnnotation(): void {
    const problem = this.#fault.read(this.#pod);
    if (problem === undefined) return;
    this.#options.machine.events.record(this.#pod, { type: 'Warning', reason: 'UnknownFault', message: problem });
  }

  #faultChanged(isNew: boolean): void {
    for (const keeper of this.#keepers) if (keeper.state.role === 'main') keeper.faultChanged(isNew);
  }
}

/** FNV-1a, so that each pod has its own random stream. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
