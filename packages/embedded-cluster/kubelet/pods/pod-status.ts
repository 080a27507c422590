import { type ContainerState, containerStatus } from '../containers/container-state.ts';
import { kubeTime, type Pod, type PodCondition, type PodStatus } from '../pod.ts';

export interface PodFacts {
  /** The last version; its status may have conditions of others (scheduler, readiness gates). */
  pod: Pod;
  containers: readonly ContainerState[];
  hostIp: string;
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
  const { pod, containers, hostIp, podIp, startedAt, failure } = facts;
  const statuses = (...roles: string[]) => containers.filter(({ role }) => roles.includes(role)).map(containerStatus);
  const initContainerStatuses = statuses('init', 'sidecar');
  const ephemeralContainerStatuses = statuses('ephemeral');
  return {
    phase: phaseOf(facts),
    conditions: conditionsOf(facts),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: pod.status?.startTime ?? kubeTime(startedAt),
    ...(failure ?? {}),
    containerStatuses: statuses('main'),
    ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
    ...(ephemeralContainerStatuses.length > 0 ? { ephemeralContainerStatuses } : {}),
  };
}

/** kubelet_pods.go, getPhase. */
export function phaseOf({ pod, containers, failure }: Pick<PodFacts, 'pod' | 'containers' | 'failure'>): string {
  if (failure !== undefined) return 'Failed';
  const main = containers.filter(({ role }) => role === 'main');
  if (main.some(({ state, restartCount }) => state.waiting !== undefined && restartCount === 0)) return 'Pending';
  if (main.some(({ state }) => state.terminated === undefined)) return 'Running';
  const haveAllSucceeded = main.every(({ state }) => state.terminated?.exitCode === 0);
  const { restartPolicy = 'Always' } = pod.spec;
  const isBeingDeleted = pod.metadata.deletionTimestamp !== undefined;
  const goesOn = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && !haveAllSucceeded);
  if (goesOn && !isBeingDeleted) return 'Running';
  return haveAllSucceeded ? 'Succeeded' : 'Failed';
}

type Verdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

function conditionsOf(facts: PodFacts): PodCondition[] {
  const { pod, containers, podIp, written, now } = facts;
  const isInitialized = containers.every(({ role, state, isStarted }) =>
    role === 'init' ? state.terminated?.exitCode === 0 : role !== 'sidecar' || isStarted,
  );
  const containersReady = readyVerdict(facts);
  const verdicts: Verdict[] = [
    { type: 'PodReadyToStartContainers', status: podIp === undefined ? 'False' : 'True' },
    isInitialized
      ? { type: 'Initialized', status: 'True' }
      : { type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized' },
    gatedVerdict(pod, containersReady),
    { ...containersReady, type: 'ContainersReady' },
  ];
  // The scheduler sets it, except for a pod that was created with a nodeName.
  const isScheduled = pod.status?.conditions?.some(({ type }) => type === 'PodScheduled') ?? false;
  if (!isScheduled) verdicts.push({ type: 'PodScheduled', status: 'True' });
  return verdicts.map((verdict) => {
    const before = written.find(({ type }) => type === verdict.type);
    const isSame = before?.status === verdict.status;
    return {
      ...verdict,
      lastTransitionTime: isSame && before.lastTransitionTime ? before.lastTransitionTime : kubeTime(now),
    };
  });
}

/** status/generate.go, GenerateContainersReadyCondition. */
function readyVerdict(facts: PodFacts): Verdict {
  const phase = phaseOf(facts);
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const unready = facts.containers
    .filter(({ role, isReady }) => (role === 'main' || role === 'sidecar') && !isReady)
    .map(({ container }) => container.name);
  if (unready.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

/** A pod is ready when its containers are ready and its gates' conditions are True (GeneratePodReadyCondition). */
function gatedVerdict(pod: Pod, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const problems = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (gate === undefined) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return gate.status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (problems.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}
