import { pause } from '../../client/pause.ts';
import { isProgram } from '../apps/command.ts';
import { type Container, type ContainerRole, type ContainerStatus, kubeTime } from '../pod.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import { afterRestart, type BackOff, firstMs, goDuration, maxMs, restartDelayMs } from './back-off.ts';
import { ContainerRun } from './container-run.ts';
import { type ContainerState, earlierLife, running, waiting } from './container-state.ts';
import { environmentOf } from './environment.ts';
import { type ImageProblem, imageProblem } from './image.ts';
import type { LogRing } from './log-ring.ts';
import { httpGet, type ProbeKind, startProbes } from './probes.ts';

/** How soon a pod whose image is missing is looked at again; a real kubelet takes some seconds. */
const syncAgainMs = 500;

/** How soon a container without its configuration is tried again; a real kubelet takes 10 to 15 seconds. */
const configureAgainMs = 2_000;

/** kuberuntime_manager.go, minimumGracePeriodInSeconds. */
const minGraceMs = 2_000;

/** Runs one container: starts, probes, restarts with back-off and stops it. */
export class ContainerKeeper {
  readonly container: Container;
  readonly role: ContainerRole;
  readonly #pod: PodWorker;
  readonly #stopping = new AbortController();
  #status: ContainerStatus;
  #run: ContainerRun | undefined;
  #previousLog: LogRing | undefined;
  #backOff: BackOff | undefined;
  #isReadyByProbe = false;

  constructor(pod: PodWorker, container: Container, role: ContainerRole) {
    this.container = container;
    this.role = role;
    this.#pod = pod;
    const hasInit = role !== 'ephemeral' && (pod.pod.spec.initContainers ?? []).length > 0;
    this.#status = {
      ...waiting(container, hasInit ? 'PodInitializing' : 'ContainerCreating'),
      ...earlierLife(pod.pod, container.name, pod.machine.now()),
    };
  }

  get state(): ContainerState {
    return { role: this.role, status: { ...this.#status, ready: this.#isReady() } };
  }

  /** During a back-off the crashed run is both the current and the previous one. */
  log(isPrevious: boolean): LogRing | undefined {
    const isCurrent = !isPrevious || this.#status.state?.waiting !== undefined;
    return isCurrent ? this.#run?.log : this.#previousLog;
  }

  /** Undefined unless the container runs. */
  get running(): ContainerRun | undefined {
    return this.#status.state?.running === undefined ? undefined : this.#run;
  }

  async start(): Promise<void> {
    const { machine, random } = this.#pod;
    if (this.#stopping.signal.aborted) return;
    const problem = imageProblem(this.container);
    if (problem !== undefined) return void this.#awaitImage(problem);
    const env = await environmentOf(this.#pod, this.container).catch((error: Error) => error.message);
    if (this.#stopping.signal.aborted) return;
    if (typeof env === 'string') return void this.#awaitConfiguration(env);
    const run = new ContainerRun(this.#pod, this.container, env, (exitCode) => this.#exited(exitCode));
    const isFirst = this.#run === undefined;
    this.#previousLog = this.#run?.log;
    this.#run = run;
    const id = Buffer.from(Uint32Array.from({ length: 8 }, () => random() * 2 ** 32).buffer).toString('hex');
    this.#status = running(this.#status, this.container.image ?? '', `containerd://${id}`, machine.now());
    // Init containers without a command complete at once: they have nothing to do.
    if (this.role === 'init' && !(run.isCommand && machine.servers)) return this.#exited(0);
    await run.start();
    if (run.signal.aborted || !(await this.#postStart(run))) return;
    const isStarted = !machine.servers || this.container.startupProbe === undefined;
    this.#status = { ...this.#status, started: isStarted };
    if (machine.servers) void startProbes(run, (kind, isPassing) => this.#verdict(run, kind, isPassing));
    // A crash was requested before the first start.
    if (isFirst && this.role === 'main' && this.#pod.fault.crash === 'once') void run.crashSoon();
    this.#pod.changed();
  }

  /** Called when a fault is set or removed. */
  faultChanged(isNew: boolean): void {
    const { crash } = this.#pod.fault;
    if (isNew && crash === 'once') this.#run?.crash();
    if (isNew && crash === 'loop') void this.#run?.crashSoon();
    this.#pod.changed();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    const leftMs = await this.#preStop(graceMs);
    const exitCode = await this.#run?.stop(leftMs);
    const { state } = this.#status;
    if (exitCode !== undefined && state?.running !== undefined) this.#terminated(exitCode);
    else if (state?.waiting !== undefined) this.#endWhileWaiting();
    this.#pod.changed();
  }

  kill(): void {
    this.#stopping.abort();
    this.#run?.kill();
    if (this.running !== undefined) this.#terminated(137);
  }

  #isReady(): boolean {
    const { state, started } = this.#status;
    if (this.role === 'init') return state?.terminated?.exitCode === 0;
    if (state?.running === undefined || !started) return false;
    const hasProbe = this.#pod.machine.servers && this.container.readinessProbe !== undefined;
    return hasProbe ? this.#isReadyByProbe : !this.#pod.fault.isNotReady;
  }

  #verdict(run: ContainerRun, kind: ProbeKind, isPassing: boolean): void {
    if (kind === 'readiness') this.#isReadyByProbe = isPassing;
    if (kind === 'startup' && isPassing) this.#status = { ...this.#status, started: true };
    if (isPassing || kind === 'readiness') this.#pod.changed();
    else this.#killFor(`Container ${this.container.name} failed ${kind} probe, will be restarted`, run);
  }

  #killFor(message: string, run: ContainerRun): void {
    this.#pod.record({ type: 'Normal', reason: 'Killing', message });
    run.kill();
    this.#exited(137);
  }

  #exited(exitCode: number): void {
    this.#terminated(exitCode);
    this.#pod.changed();
    if (!this.#stopping.signal.aborted && this.#restarts(exitCode)) void this.#restart();
  }

  #restarts(exitCode: number): boolean {
    if (this.role === 'ephemeral' || (this.role === 'init' && exitCode === 0)) return false;
    const { restartPolicy = 'Always' } = this.#pod.pod.spec;
    return this.role === 'sidecar' || restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
  }

  async #restart(): Promise<void> {
    const { machine, pod } = this.#pod;
    const finishedAt = machine.now();
    const delayMs = restartDelayMs(this.#backOff, finishedAt);
    const lastState = this.#status.state;
    if (delayMs > 0) {
      const { name, namespace, uid } = pod.metadata;
      const where = `container=${this.container.name} pod=${name}_${namespace}(${uid})`;
      const message = `back-off ${goDuration(delayMs)} restarting failed ${where}`;
      this.#status = { ...this.#status, state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState };
      const text = `Back-off restarting failed container ${this.container.name} in pod ${name}_${namespace}(${uid})`;
      this.#pod.record({ type: 'Warning', reason: 'BackOff', message: text });
      this.#pod.changed();
      if (!(await pause(delayMs, this.#stopping.signal))) return;
    }
    this.#backOff = afterRestart(this.#backOff, finishedAt, machine.now());
    this.#status = { ...this.#status, restartCount: this.#status.restartCount + 1, lastState };
    await this.start();
  }

  /** Tries again and again, with a back-off, as the pod is synchronized. */
  async #awaitImage(problem: ImageProblem): Promise<void> {
    for (let delayMs = firstMs; ; delayMs = Math.min(delayMs * 2, maxMs)) {
      this.#wait(problem);
      if (!(await pause(syncAgainMs, this.#stopping.signal))) return;
      if (problem.meanwhile !== undefined) this.#wait(problem.meanwhile);
      if (!(await pause(delayMs, this.#stopping.signal))) return;
    }
  }

  /** Starts the container once what its variables are read from is there (kuberuntime_container.go, startContainer). */
  async #awaitConfiguration(message: string): Promise<void> {
    const failed = { type: 'Warning', reason: 'Failed', message: `Error: ${message}` } as const;
    this.#wait({ reason: 'CreateContainerConfigError', message, events: [failed] });
    if (await pause(configureAgainMs, this.#stopping.signal)) await this.start();
  }

  #wait({ reason, message, events }: ImageProblem): void {
    this.#status = { ...this.#status, state: { waiting: { reason, message } } };
    for (const event of events) this.#pod.record(event);
    this.#pod.changed();
  }

  /** False when the hook failed and the container is killed for it (kuberuntime_container.go, startContainer). */
  async #postStart(run: ContainerRun): Promise<boolean> {
    if (await this.#hook('postStart', run)) return !run.signal.aborted;
    if (run.signal.aborted) return false;
    this.#pod.record({ type: 'Warning', reason: 'FailedPostStartHook', message: 'PostStartHook failed' });
    this.#killFor('FailedPostStartHook', run);
    return false;
  }

  /** Runs the hook within the grace period, and returns what is left of it: 2 seconds at least (killContainer). */
  async #preStop(graceMs: number): Promise<number> {
    const { now } = this.#pod.machine;
    const run = this.running;
    if (graceMs <= 0 || run === undefined || this.container.lifecycle?.preStop === undefined) return graceMs;
    const startedAt = now();
    const signal = AbortSignal.any([run.signal, AbortSignal.timeout(graceMs)]);
    if (!(await this.#hook('preStop', run, signal)) && !signal.aborted) {
      this.#pod.record({ type: 'Warning', reason: 'FailedPreStopHook', message: 'PreStopHook failed' });
    }
    return Math.max(minGraceMs, graceMs - (now() - startedAt));
  }

  /**
   * Runs a hook, if there is one; returns whether it succeeded (kubelet/lifecycle/handlers.go). A program that the
   * built-in shell does not have succeeds, as the image of a real cluster has it.
   */
  async #hook(name: 'postStart' | 'preStop', run: ContainerRun, signal = run.signal): Promise<boolean> {
    const { exec, httpGet: get, sleep } = (this.#pod.machine.servers && this.container.lifecycle?.[name]) || {};
    if (sleep !== undefined) return pause(sleep.seconds * 1000, signal);
    // Any answer is a success.
    if (get !== undefined) return typeof (await httpGet(get, run, signal)) === 'number';
    const command = exec?.command ?? [];
    if (!isProgram(command[0] ?? '')) return true;
    const ignore = () => {};
    return (await run.exec(command, { stdin: undefined, out: ignore, err: ignore, isTerminal: false, signal })) === 0;
  }

  /** The pod ends while the container waits: the status repeats its last end, or reports it lost (kubelet_pods.go). */
  #endWhileWaiting(): void {
    const finishedAt = kubeTime(this.#pod.machine.now());
    const message = 'The container could not be located when the pod was terminated';
    const lost = { exitCode: 137, reason: 'ContainerStatusUnknown', finishedAt, startedAt: finishedAt, message };
    this.#status = { ...this.#status, state: { terminated: this.#status.lastState?.terminated ?? lost } };
  }

  #terminated(exitCode: number): void {
    const finishedAt = kubeTime(this.#pod.machine.now());
    const { containerID, state } = this.#status;
    const startedAt = state?.running?.startedAt ?? finishedAt;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const terminated = { exitCode, reason, startedAt, finishedAt, containerID };
    this.#isReadyByProbe = false;
    this.#status = { ...this.#status, state: { terminated }, started: false };
  }
}
