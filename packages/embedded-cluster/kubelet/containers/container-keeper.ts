import { pause } from '../../client/pause.ts';
import type { Fault } from '../apps/fault.ts';
import type { PodEvent } from '../events.ts';
import type { Machine } from '../machine.ts';
import { type Container, type ContainerRole, kubeTime, type Pod } from '../pod.ts';
import { afterRestart, type BackOff, goDuration, restartDelayMs } from './back-off.ts';
import { ContainerRun, loopbackPort, type Neighbours, type Serving } from './container-run.ts';
import { type ContainerState, waiting } from './container-state.ts';
import { runHook } from './hook.ts';
import { type ImageProblem, imageProblem } from './image.ts';
import type { LogRing } from './log-ring.ts';
import type { ProbeKind } from './probe-tally.ts';
import { hasProbe, startProbes } from './prober.ts';

export interface KeeperOptions {
  machine: Machine;
  pod(): Pod;
  container: Container;
  role: ContainerRole;
  /** The source address of probes. */
  nodeGateway: string;
  random(): number;
  fault(): Fault;
  neighbours: Neighbours;
  onChange(): void;
}

/** How soon a pod whose image is missing is looked at again; a real kubelet takes some seconds. */
const syncAgainMs = 500;

/** kuberuntime_manager.go, minimumGracePeriodInSeconds. */
const minGraceMs = 2_000;

/** Runs one container: starts, probes, restarts with back-off and stops it. */
export class ContainerKeeper {
  readonly #options: KeeperOptions;
  readonly #gone = new AbortController();
  #state: ContainerState;
  #podIp = '';
  #run: ContainerRun | undefined;
  #previousLog: LogRing | undefined;
  #backOff: BackOff | undefined;
  #isStopping = false;
  #isReadyByProbe = false;
  /** A crash was requested before the first start. */
  #crashOnStart = false;
  /** When the app becomes ready, unless a probe decides. */
  #warmAt = 0;

  constructor(options: KeeperOptions, before?: Pick<ContainerState, 'restartCount' | 'lastState'>) {
    this.#options = options;
    const { container, role, pod } = options;
    const hasInit = role !== 'ephemeral' && (pod().spec.initContainers ?? []).length > 0;
    this.#state = { ...waiting(container, role, hasInit ? 'PodInitializing' : 'ContainerCreating'), ...before };
  }

  get state(): ContainerState {
    return { ...this.#state, isReady: this.#isReady() };
  }

  get name(): string {
    return this.#options.container.name;
  }

  /** During a back-off the crashed run is both the current and the previous one. */
  log(isPrevious: boolean): LogRing | undefined {
    const isCurrent = !isPrevious || this.#state.state.waiting !== undefined;
    return isCurrent ? this.#run?.log : this.#previousLog;
  }

  get serving(): Serving | undefined {
    return this.#run?.serving;
  }

  /** Undefined unless the container runs. */
  get running(): ContainerRun | undefined {
    return this.#state.state.running === undefined ? undefined : this.#run;
  }

  get targetContainer(): string | undefined {
    const { container } = this.#options;
    return 'targetContainerName' in container ? container.targetContainerName : undefined;
  }

  /** `after` is the part of the status that an earlier run leaves. */
  async start(podIp: string, after: Partial<ContainerState> = {}): Promise<void> {
    const { machine, container, role, pod, random, fault, neighbours, onChange } = this.#options;
    if (this.#isStopping) return;
    this.#podIp = podIp;
    this.#isReadyByProbe = false;
    this.#state = { ...this.#state, ...after };
    const problem = imageProblem(container);
    if (problem !== undefined) return void this.#awaitImage(problem);
    const startedAt = machine.now();
    this.#warmAt = startedAt + machine.readyDelayMs;
    const onExit = (exitCode: number) => this.#exited(exitCode);
    const run = new ContainerRun({ machine, pod, container, podIp, random, fault, neighbours, onExit });
    this.#previousLog = this.#run?.log;
    this.#run = run;
    const state = { running: { startedAt: kubeTime(startedAt) } };
    this.#state = { ...this.#state, containerId: containerId(random), state, isStarted: false };
    // Init containers without a command complete at once: they have nothing to do.
    if (role === 'init' && !(run.isCommand && machine.hasServers)) return this.#exited(0);
    await run.start();
    if (run.signal.aborted || !(await this.#postStart(run))) return;
    if (!machine.hasServers || !hasProbe(container, 'startup')) this.#state = { ...this.#state, isStarted: true };
    if (machine.hasServers) this.#probe(run);
    if (this.#crashOnStart) void run.crashSoon();
    this.#crashOnStart = false;
    if (machine.readyDelayMs > 0) void pause(machine.readyDelayMs, run.signal).then(onChange);
    onChange();
  }

  /** Called when a fault is set or removed. */
  faultChanged(isNew: boolean): void {
    const { crash } = this.#options.fault();
    if (isNew && crash === 'once') {
      if (this.#run === undefined) this.#crashOnStart = true;
      else this.#run.crash();
    }
    if (isNew && crash === 'loop') void this.#run?.crashSoon();
    this.#options.onChange();
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#gone.abort();
    const leftMs = await this.#preStop(graceMs);
    const exitCode = await this.#run?.stop(leftMs);
    if (exitCode !== undefined && this.#state.state.running !== undefined) this.#terminated(exitCode);
    else if (this.#state.state.waiting !== undefined) this.#endWhileWaiting();
    this.#options.onChange();
  }

  kill(): void {
    this.#isStopping = true;
    this.#gone.abort();
    this.#run?.kill();
    if (this.#state.state.running !== undefined) this.#terminated(137);
  }

  #isReady(): boolean {
    const { container, role, machine, fault } = this.#options;
    if (role === 'init') return this.#state.state.terminated?.exitCode === 0;
    if (this.#state.state.running === undefined || !this.#state.isStarted) return false;
    if (machine.hasServers && hasProbe(container, 'readiness')) return this.#isReadyByProbe;
    return this.#isWarm() && !fault().isNotReady;
  }

  #isWarm(): boolean {
    return this.#options.machine.now() >= this.#warmAt;
  }

  #probe(run: ContainerRun): void {
    const { machine, container, nodeGateway, fault, pod } = this.#options;
    startProbes({
      target: {
        container,
        podIp: this.#podIp,
        from: nodeGateway,
        loopbackPort: (port) => loopbackPort(run.serving, port),
      },
      fault,
      isWarm: () => this.#isWarm(),
      onVerdict: (kind, isPassing) => this.#verdict(run, kind, isPassing),
      onFailure: (kind, message) => {
        const what = `${kind[0]?.toUpperCase()}${kind.slice(1)} probe failed: ${message}`;
        machine.events.record(pod(), { type: 'Warning', reason: 'Unhealthy', message: what });
      },
      signal: run.signal,
    });
  }

  #verdict(run: ContainerRun, kind: ProbeKind, isPassing: boolean): void {
    const { machine, container, pod, onChange } = this.#options;
    if (kind === 'readiness') this.#isReadyByProbe = isPassing;
    if (kind === 'startup' && isPassing) this.#state = { ...this.#state, isStarted: true };
    if (isPassing || kind === 'readiness') {
      onChange();
      return;
    }
    const message = `Container ${container.name} failed ${kind} probe, will be restarted`;
    machine.events.record(pod(), { type: 'Normal', reason: 'Killing', message });
    run.kill();
    this.#exited(137);
  }

  #exited(exitCode: number): void {
    this.#terminated(exitCode);
    this.#options.onChange();
    if (!this.#isStopping && this.#restarts(exitCode)) void this.#restart();
  }

  #restarts(exitCode: number): boolean {
    const { role, pod } = this.#options;
    if (role === 'ephemeral' || (role === 'init' && exitCode === 0)) return false;
    const { restartPolicy = 'Always' } = pod().spec;
    return role === 'sidecar' || restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
  }

  async #restart(): Promise<void> {
    const { machine, container, pod, onChange } = this.#options;
    const finishedAt = machine.now();
    const delayMs = restartDelayMs(this.#backOff, finishedAt);
    const lastState = this.#state.state;
    if (delayMs > 0) {
      const { name, namespace, uid } = pod().metadata;
      const where = `container=${container.name} pod=${name}_${namespace}(${uid})`;
      const message = `back-off ${goDuration(delayMs)} restarting failed ${where}`;
      this.#state = { ...this.#state, state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState };
      const text = `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`;
      machine.events.record(pod(), { type: 'Warning', reason: 'BackOff', message: text });
      onChange();
      if (!(await pause(delayMs, this.#gone.signal))) return;
    }
    this.#backOff = afterRestart(this.#backOff, finishedAt, machine.now());
    await this.start(this.#podIp, { restartCount: this.#state.restartCount + 1, lastState });
  }

  /** Tries again and again, with a back-off, as the pod is synchronized. */
  async #awaitImage(problem: ImageProblem): Promise<void> {
    const wait = ({ reason, message, events }: ImageProblem) => {
      this.#state = { ...this.#state, state: { waiting: { reason, message } } };
      for (const event of events) this.#record(event);
      this.#options.onChange();
    };
    let backOff: BackOff | undefined;
    for (;;) {
      const { now } = this.#options.machine;
      const failedAt = now();
      wait(problem);
      backOff = afterRestart(backOff, failedAt, failedAt);
      if (!(await pause(syncAgainMs, this.#gone.signal))) return;
      if (problem.meanwhile !== undefined) wait(problem.meanwhile);
      if (!(await pause(backOff.delayMs, this.#gone.signal))) return;
    }
  }

  /** False when the hook failed and the container is killed for it (kuberuntime_container.go, startContainer). */
  async #postStart(run: ContainerRun): Promise<boolean> {
    if (await this.#hook('postStart', run)) return !run.signal.aborted;
    if (run.signal.aborted) return false;
    this.#record({ type: 'Warning', reason: 'FailedPostStartHook', message: 'PostStartHook failed' });
    this.#record({ type: 'Normal', reason: 'Killing', message: 'FailedPostStartHook' });
    run.kill();
    this.#exited(137);
    return false;
  }

  /** Runs the hook within the grace period, and returns what is left of it: 2 seconds at least (killContainer). */
  async #preStop(graceMs: number): Promise<number> {
    const { machine, container } = this.#options;
    const run = this.running;
    if (graceMs <= 0 || run === undefined || container.lifecycle?.preStop === undefined) return graceMs;
    const startedAt = machine.now();
    const tooLate = new AbortController();
    const hasSucceeded = await Promise.race([
      this.#hook('preStop', run),
      pause(graceMs, tooLate.signal).then(() => undefined),
    ]);
    tooLate.abort();
    if (hasSucceeded === false && !run.signal.aborted) {
      this.#record({ type: 'Warning', reason: 'FailedPreStopHook', message: 'PreStopHook failed' });
    }
    return Math.max(minGraceMs, graceMs - (machine.now() - startedAt));
  }

  async #hook(name: 'postStart' | 'preStop', run: ContainerRun): Promise<boolean> {
    const { machine, container, nodeGateway } = this.#options;
    const handler = container.lifecycle?.[name];
    if (handler === undefined || !machine.hasServers) return true;
    return runHook(handler, { run, container, podIp: this.#podIp, from: nodeGateway });
  }

  #record(event: PodEvent): void {
    this.#options.machine.events.record(this.#options.pod(), event);
  }

  /** The pod ends while the container waits: the status repeats its last end, or reports it lost (kubelet_pods.go). */
  #endWhileWaiting(): void {
    const finishedAt = kubeTime(this.#options.machine.now());
    const lost = { exitCode: 137, reason: 'ContainerStatusUnknown', finishedAt, startedAt: finishedAt };
    const message = 'The container could not be located when the pod was terminated';
    this.#state = { ...this.#state, state: { terminated: this.#state.lastState.terminated ?? { ...lost, message } } };
  }

  #terminated(exitCode: number): void {
    const { machine } = this.#options;
    const now = kubeTime(machine.now());
    const { containerId: containerID } = this.#state;
    const startedAt = this.#state.state.running?.startedAt ?? now;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const terminated = { exitCode, reason, startedAt, finishedAt: now, containerID };
    this.#isReadyByProbe = false;
    this.#state = { ...this.#state, state: { terminated }, isStarted: false };
  }
}

function containerId(random: () => number): string {
  let hex = '';
  while (hex.length < 64)
    hex += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return `containerd://${hex}`;
}
