import { drainRecordOn } from '../../rotation/marks.ts';
import { memberOf } from '../../rotation/membership.ts';
import type { Check } from '../../rotation/plan.ts';
import { refusal } from '../../rotation/safety.ts';
import type { Controller, Pod, PodTemplate, Snapshot, TargetPod } from '../../rotation/snapshot.ts';
import { isActive, nameOf, workloadOf } from '../../rotation/workload.ts';
import { count } from '../../text/words.ts';

/** A workload with a pod template that can be copied. */
export type Templated = Controller & { readonly template: PodTemplate };

/** Kinds that people deploy. */
const COPIED = ['Deployment', 'DaemonSet', 'StatefulSet'];

/** The Deployments, DaemonSets and StatefulSets whose pods are members of the service, by kind and name. */
export function servingWorkloads(snapshot: Snapshot): readonly Templated[] {
  const roots = snapshot.pods
    .filter((pod) => memberOf(snapshot, pod)?.kind === 'workload pod')
    .flatMap((pod) => rootOf(snapshot, pod) ?? [])
    .filter((root): root is Templated => COPIED.includes(root.kind) && root.template !== undefined);
  const unique = [...new Map(roots.map((root) => [root.uid, root])).values()];
  return unique.sort((a, b) => (wordOf(a) < wordOf(b) ? -1 : 1));
}

/** `deployment/rng`, as `--from` takes it. */
export function wordOf({ kind, name }: Pick<Controller, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}/${name}`;
}

const SHORT_KINDS: Readonly<Record<string, string>> = { deploy: 'deployment', ds: 'daemonset', sts: 'statefulset' };

/** `from`: `rng`, `deployment/rng` or `deploy/rng`. */
export function isMeant(from: string, workload: Controller): boolean {
  const [name = '', kind] = from.split('/').reverse();
  if (name !== workload.name) return false;
  return kind === undefined || (SHORT_KINDS[kind] ?? kind) === workload.kind.toLowerCase();
}

/** The youngest running pod of the workload, to foresee where a copy finds room. */
export function modelOf(snapshot: Snapshot, { uid }: Controller): TargetPod | undefined {
  return snapshot.pods
    .filter((pod): pod is TargetPod => pod.detail !== undefined && isActive(pod) && rootOf(snapshot, pod)?.uid === uid)
    .sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? -1 : 1))[0];
}

function rootOf(snapshot: Snapshot, pod: Pod): Controller | undefined {
  return workloadOf(snapshot, pod.owner ?? drainRecordOn(pod)?.owner)?.root;
}

/** One refusal for each workload, so that each has a line to type. */
export function severalWorkloads<W extends Controller>(
  { service }: Snapshot,
  noun: string,
  found: readonly W[],
  instead: (workload: W) => string,
): readonly Check[] {
  const among = `one of ${count(found.length, noun)} that serve ${service.name}. Choose one with --from.`;
  return found.map((workload) => refusal('SeveralWorkloads', `${nameOf(workload)} is ${among}`, instead(workload)));
}
