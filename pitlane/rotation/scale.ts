import { shellWord } from '../text/words.ts';
import { type Controller, ifSeen, type ObjectRef, type Snapshot } from './snapshot.ts';
import { isBuiltIn, nameOf } from './workload.ts';

/** How to get another number of pods. */
export interface ScaleAdvice {
  readonly text: string;
  /** The kubectl line; absent: Pitlane does not know it. */
  readonly line?: string;
}

const SCALABLE = ['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'];

/** Operators' kinds with a scale subresource, by API group: the resource as `kubectl scale` takes it. */
const OPERATORS_SCALABLE: Readonly<Record<string, string>> = {
  'argoproj.io Rollout': 'rollout',
  'apps.openshift.io DeploymentConfig': 'deploymentconfig',
  'apps.kruise.io CloneSet': 'cloneset',
  'apps.kruise.io StatefulSet': 'statefulsets.apps.kruise.io',
};

/** Knative's autoscaler reads the minimum from an annotation of the template of its Service. */
const KNATIVE_GROUP = 'serving.knative.dev';

/** Another number of pods is set in the highest object above the pods: an operator sets what it owns back at once. */
export function scaleAdvice(snapshot: Snapshot, root: Controller, extra: number): ScaleAdvice | undefined {
  const top = topOf(snapshot, root);
  const autoscaler = autoscalerOf(snapshot, [root, top]);
  if (autoscaler !== undefined) return adviceOfAutoscaler(snapshot, autoscaler, root.desired + extra);
  if (isBuiltIn(top)) {
    if (!SCALABLE.includes(top.kind)) return undefined;
    return { text: 'Scale up first.', line: scaleLine(snapshot, top, root.desired + extra) };
  }
  if (groupOf(top) === KNATIVE_GROUP)
    return {
      text: `${nameOf(top)} (Knative) sets the minimum: raise autoscaling.knative.dev/min-scale of its Service first.`,
    };
  const line = scaleLine(snapshot, top, numberOf(snapshot, top, root) + extra);
  return line === undefined
    ? { text: `${nameOf(top)} sets the number of pods: raise it there first.` }
    : { text: `Scale ${nameOf(top)} up first.`, line };
}

/** The line that scales the object, or what is above it, to zero. Undefined: Pitlane does not know it. */
export function scaleToZeroLine(snapshot: Snapshot, root: Controller): string | undefined {
  const top = topOf(snapshot, root);
  const isOwned = autoscalerOf(snapshot, [root, top])?.owner !== undefined;
  return isOwned ? undefined : scaleLine(snapshot, top, 0);
}

/** An object that an operator scales may have several ReplicaSets, and may itself be hidden from Pitlane. */
function numberOf({ controllers }: Snapshot, top: ObjectRef, root: Controller): number {
  const seen = controllers.find(({ uid }) => uid === top.uid);
  if (seen !== undefined && !seen.isUncounted) return seen.desired;
  const below = controllers.filter(({ owner }) => owner?.uid === top.uid);
  return below.length === 0 ? root.desired : below.reduce((sum, { desired }) => sum + desired, 0);
}

/** The top of the chain of owners, of whatever kinds. */
function topOf({ controllers }: Snapshot, root: Controller): ObjectRef {
  let top: ObjectRef = root;
  // Real chains have two or three owners. The limit ends a cycle.
  for (let hops = 0; hops < 5; hops += 1) {
    const above = controllers.find(({ uid }) => uid === top.uid)?.owner;
    if (above === undefined) break;
    top = above;
  }
  return top;
}

type Autoscaler = NonNullable<ReturnType<typeof autoscalerOf>>;

function autoscalerOf({ bystanders }: Snapshot, scaled: readonly ObjectRef[]) {
  return ifSeen(bystanders)?.autoscalers.find(({ target }) =>
    scaled.some(({ kind, name }) => kind === target.kind && name === target.name),
  );
}

function adviceOfAutoscaler(
  { service: { namespace } }: Snapshot,
  { name, owner, max }: Autoscaler,
  replicas: number,
): ScaleAdvice {
  const patch = (resource: string, of: string, spec: object): string =>
    `kubectl -n ${namespace} patch ${resource} ${shellWord(of)} --patch ${shellWord(JSON.stringify({ spec }))}`;
  const isKeda = owner !== undefined && groupOf(owner) === 'keda.sh';
  if (owner !== undefined && !isKeda)
    return { text: `${nameOf(owner)} sets the minimum of HorizontalPodAutoscaler ${name}: raise it there first.` };
  const decider = nameOf(owner ?? { kind: 'HorizontalPodAutoscaler', name, uid: '' });
  if (replicas > max) return { text: `${decider} allows at most ${max}: raise its maximum first.` };
  return owner === undefined
    ? { text: 'Scale up first.', line: patch('hpa', name, { minReplicas: replicas }) }
    : {
        text: `${decider} sets the minimum: raise its minReplicaCount.`,
        line: `${patch('scaledobject', owner.name, { minReplicaCount: replicas })} --type=merge`,
      };
}

function scaleLine({ service }: Snapshot, top: ObjectRef, replicas: number): string | undefined {
  const resource = isBuiltIn(top)
    ? SCALABLE.find((kind) => kind === top.kind)?.toLowerCase()
    : OPERATORS_SCALABLE[`${groupOf(top)} ${top.kind}`];
  return resource && `kubectl -n ${service.namespace} scale ${resource} ${shellWord(top.name)} --replicas=${replicas}`;
}

function groupOf({ apiVersion = '' }: ObjectRef): string {
  return apiVersion.split('/')[0] ?? '';
}
