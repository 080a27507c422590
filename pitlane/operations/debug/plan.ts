import { effect } from '../../rotation/effect.ts';
import { makePlan, type PhaseDraft } from '../../rotation/make-plan.ts';
import { memberOf } from '../../rotation/membership.ts';
import {
  milestone,
  type Operation,
  type PatchOperation,
  type PatchWrite,
  type Plan,
  podTarget,
  type Refusal,
  refOf,
  THE_POD,
} from '../../rotation/plan.ts';
import {
  type Checker,
  checkEnded,
  checkInStages,
  checkTerminating,
  forceable,
  refusal,
  type View,
} from '../../rotation/safety.ts';
import type { Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { hash64 } from '../../text/hash.ts';
import { list, quote, shellWord } from '../../text/words.ts';
import { planEach } from '../each-pod.ts';
import type { DebugRequest } from './debug.ts';

/** An image has to be pulled. */
const START_SECONDS = 180;

interface DebugView extends View {
  readonly request: DebugRequest;
}

/** Plans the debug container, or, where the operation has started it, the wait for it. */
function planDebug(snapshot: Snapshot, operation: Operation<DebugRequest>, pod: TargetPod): Plan | Refusal {
  const { request } = operation;
  const name = debuggerName(operation, pod);
  const view = { snapshot, operation, pod, workload: undefined, request };
  const running = { kind: 'debuggable', pod: refOf(pod), container: name } as const;
  const phase: PhaseDraft = {
    title: `start a debug container in ${pod.name}`,
    until: [milestone(running, `Debug container ${name} runs in ${pod.name}`, START_SECONDS)],
    lease: 'none',
  };
  const next = [`kubectl -n ${snapshot.service.namespace} attach -it ${shellWord(pod.name)} -c ${shellWord(name)}`];
  if (pod.detail.debugContainers?.some((container) => container.name === name))
    return makePlan(operation, { phases: [phase], hasBegun: true, next });
  const checks = checkInStages(view, [checkTerminating, checkEnded, checkDrained], [checkRunning, checkTarget]);
  if ('kind' in checks) return checks;
  const target = targetOf(view);
  const image = request.image ?? snapshot.policy.debugImage ?? DEFAULT_DEBUG_IMAGE;
  const starts = `${THE_POD} gets a container with the image ${image}. Its other containers go on.`;
  const own = 'The debug container sees only its own processes. --target shows those of a container.';
  const stays = `The debug container stays until ${THE_POD} is deleted. When its shell ends, start another one.`;
  return makePlan(operation, {
    checks,
    effects: [
      effect('StartsDebugger', starts, { image }),
      target === undefined
        ? effect('SeesOwnProcesses', own)
        : effect('SharesProcesses', `The debug container sees the processes of container ${target}.`, { target }),
      effect('StaysWithPod', stays),
    ],
    phases: [{ ...phase, writes: [writeOf(view, { name, image, target })] }],
    next,
  });
}

const DEFAULT_DEBUG_IMAGE = 'busybox';

/** The same for every process that carries the operation out, so that a repeated write adds no second container. */
function debuggerName({ id }: Pick<Operation, 'id'>, { uid }: TargetPod): string {
  return `debugger-${hash64(`${id}/${uid}`).toString(36).padStart(5, '0').slice(-5)}`;
}

/** The only container; of several, none is chosen. */
function targetOf({ request, pod }: DebugView): string | undefined {
  const [only, ...others] = pod.detail.containers;
  return request.target ?? (others.length === 0 ? only?.name : undefined);
}

/** What `kubectl debug` sets (kubectl, pkg/cmd/debug/debug.go, generateDebugContainer). */
function writeOf(
  { snapshot, pod }: DebugView,
  { name, image, target }: { readonly name: string; readonly image: string; readonly target: string | undefined },
): PatchWrite {
  const container = {
    name,
    image,
    stdin: true,
    tty: true,
    terminationMessagePolicy: 'File',
    ...(target !== undefined && { targetContainerName: target }),
  };
  const { debugContainers = [] } = pod.detail;
  const root = '/spec/ephemeralContainers';
  const add: readonly PatchOperation[] =
    debugContainers.length === 0
      ? [{ op: 'add', path: root, value: [container] }]
      : [{ op: 'add', path: `${root}/-`, value: container }];
  return {
    kind: 'patch',
    key: `debug ${pod.uid}`,
    title: `add debug container ${name} to ${pod.name}`,
    target: podTarget(snapshot, pod),
    subresource: 'ephemeralcontainers',
    patch: [{ op: 'test', path: '/metadata/uid', value: pod.uid }, ...add],
    inverse: [],
  };
}

/** A debug container takes CPU and memory, and what is typed in it may stop the app. */
const checkDrained: Checker<DebugView> = ({ snapshot, pod }) => {
  const state = memberOf(snapshot, pod)?.state;
  if (state === 'drained') return undefined;
  const text = `${pod.name} is ${state ?? 'not a pod of this service'}${state === undefined ? '' : ', not drained'}: what is done in a debug container may disturb its requests. Drain it first.`;
  return forceable('NotDrained', text, `drain ${pod.name}`);
};

/** Ephemeral containers start only in a pod whose containers have started (kubelet, computePodActions). */
const checkRunning: Checker<DebugView> = ({ pod }) =>
  pod.detail.phase !== 'Running' &&
  refusal(
    'NotRunning',
    `${pod.name} is not running (${pod.status}), so no debug container can start in it.`,
    `inspect ${pod.name}`,
  );

const checkTarget: Checker<DebugView> = ({ pod, request: { target } }) => {
  const names = pod.detail.containers.map(({ name }) => name);
  if (target === undefined || names.includes(target)) return undefined;
  const text = `${pod.name} has no container ${quote(target)}. It has ${list(names)}.`;
  return refusal('UnknownContainer', text, `debug ${pod.name} --target ${names[0] ?? ''}`.trim());
};

export const planDebugs = planEach<DebugRequest>({ plan: planDebug, sideBySide: 10 });
