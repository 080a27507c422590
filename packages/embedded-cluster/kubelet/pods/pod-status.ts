import type { ContainerState } from '../containers/container-state.ts';
import { hostIp } from '../nodes/nodes.ts';
import { kubeTime, type Pod, type PodCondition, type PodStatus } from '../pod.ts';

export interface PodFacts {
  /** The last version; its status may have conditions of others (scheduler, readiness gates). */
  pod: Pod;
  containers: readonly ContainerState[];
  /** Undefined until the pod has a network. */
  podIp?: string;
  startedAt: number;
  /** Set when the kubelet failed the pod, for example for DeadlineExceeded. */
  failure?: { reason: string; message: string };
  /** The conditions of the last write; unchanged ones keep their transition times. */
  written: readonly PodCondition[];
  now: number;
}

/** The kubelet's part of the status, which each write contains. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, containers, podIp, startedAt, failure } = facts;
  const statuses = (...roles: string[]) =>
    containers.filter(({ role }) => roles.includes(role)).map(({ status }) => status);
  const initContainerStatuses = statuses('init', 'sidecar');
  const ephemeralContainerStatuses = statuses('ephemeral');
  return {
    observedGeneration: pod.metadata.generation,
    phase: phaseOf(facts),
    conditions: conditionsOf(facts),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: pod.status?.startTime ?? kubeTime(startedAt),
    ...failure,
    containerStatuses: statuses('main'),
    ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
    ...(ephemeralContainerStatuses.length > 0 ? { ephemeralContainerStatuses } : {}),
  };
}

/** kubelet_pods.go, getPhase. */
export function phaseOf({ pod, containers, failure }: Pick<PodFacts, 'pod' | 'containers' | 'failure'>): string {
  if (failure !== undefined) return 'Failed';
  const { restartPolicy = 'Always' } = pod.spec;
  const init = containers.filter(({ role }) => role === 'init');
  if (restartPolicy === 'Never' && init.some(hasFailed)) return 'Failed';
  if (init.some((container) => !isInitialized(container) && !hasFailed(container))) return 'Pending';
  const main = containers.filter(({ role }) => role === 'main').map(({ status }) => status);
  if (main.some(({ state, restartCount }) => state?.waiting !== undefined && restartCount === 0)) return 'Pending';
  if (main.some(({ state }) => state?.terminated === undefined)) return 'Running';
  const haveAllSucceeded = main.every(({ state }) => state?.terminated?.exitCode === 0);
  const isBeingDeleted = pod.metadata.deletionTimestamp !== undefined;
  const goesOn = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && !haveAllSucceeded);
  if (goesOn && !isBeingDeleted) return 'Running';
  return haveAllSucceeded ? 'Succeeded' : 'Failed';
}

/** An init container that has succeeded, or a sidecar that has started (status/generate.go, isInitContainerInitialized). */
export function isInitialized({ role, status: { state, started } }: ContainerState): boolean {
  return role === 'init' ? state?.terminated?.exitCode === 0 : started === true;
}

function hasFailed({ status: { state, lastState } }: ContainerState): boolean {
  const { exitCode = 0 } = state?.terminated ?? (state?.waiting && lastState?.terminated) ?? {};
  return exitCode !== 0;
}

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

const isTrue: Verdict = { status: 'True' };

function conditionsOf(facts: PodFacts): PodCondition[] {
  const { pod, podIp, written, now } = facts;
  const containersReady = readyVerdict(facts);
  const verdicts: Record<string, Verdict> = {
    PodReadyToStartContainers: { status: podIp === undefined ? 'False' : 'True' },
    Initialized: initializedVerdict(facts),
    Ready: containersReady.status === 'True' ? gatesVerdict(pod) : containersReady,
    ContainersReady: containersReady,
    PodScheduled: isTrue,
  };
  return Object.entries(verdicts).map(([type, verdict]) => {
    const before = written.find((condition) => condition.type === type);
    const since = before?.status === verdict.status && before.lastTransitionTime;
    const observedGeneration = pod.metadata.generation;
    return { type, ...verdict, observedGeneration, lastTransitionTime: since || kubeTime(now) };
  });
}

/** status/generate.go, GeneratePodInitializedCondition: once a main container has started, it stays True. */
function initializedVerdict(facts: PodFacts): Verdict {
  const { containers } = facts;
  if (phaseOf(facts) === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const hasStarted = containers.some(({ role, status }) => role === 'main' && status.containerID !== undefined);
  const incomplete = containers.filter((each) => ['init', 'sidecar'].includes(each.role) && !isInitialized(each));
  if (hasStarted || incomplete.length === 0) return isTrue;
  const message = `containers with incomplete status: [${namesOf(incomplete)}]`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}

/** status/generate.go, GenerateContainersReadyCondition. */
function readyVerdict(facts: PodFacts): Verdict {
  const phase = phaseOf(facts);
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = facts.containers.filter(({ role, status }) => ['main', 'sidecar'].includes(role) && !status.ready);
  if (unready.length === 0) return isTrue;
  const message = `containers with unready status: [${namesOf(unready)}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

function namesOf(containers: readonly ContainerState[]): string {
  return containers.map(({ status }) => status.name).join(' ');
}

/** A pod is ready when its containers are ready and its gates' conditions are True (GeneratePodReadyCondition). */
function gatesVerdict({ spec, status }: Pod): Verdict {
  const problems = (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = status?.conditions?.find(({ type }) => type === conditionType);
    if (gate === undefined) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (gate.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (problems.length === 0) return isTrue;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}
