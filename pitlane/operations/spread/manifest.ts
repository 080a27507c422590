import { withoutKeys } from '../../rotation/labels.ts';
import { SPREAD } from '../../rotation/marks.ts';
import type { Labels, Snapshot, WholeWorkload } from '../../rotation/snapshot.ts';

/** What a person would write. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The fields of a Deployment's spec that a DaemonSet's has too (api/apps/v1). Its rollout has other numbers. */
const SHARED = ['minReadySeconds', 'revisionHistoryLimit', 'selector', 'template'];

/** The DaemonSet with the pods of the Deployment, as the API server takes it. */
export function daemonSetOf(snapshot: Snapshot, deployment: WholeWorkload): Manifest {
  const manifest = manifestOf(snapshot, deployment);
  const spec = Object.fromEntries(Object.entries(manifest.spec).filter(([key]) => SHARED.includes(key)));
  return { ...manifest, kind: 'DaemonSet', spec };
}

/** Without status and what the server and controllers set. */
export function manifestOf({ service }: Snapshot, { controller, labels, annotations, spec }: WholeWorkload): Manifest {
  const own = Object.keys(annotations).filter(
    (key) =>
      key === SPREAD ||
      key === 'kubectl.kubernetes.io/last-applied-configuration' ||
      key.startsWith('deployment.kubernetes.io/') ||
      key.startsWith('deprecated.daemonset.template.'),
  );
  const kept = withoutKeys(annotations, own);
  return {
    apiVersion: controller.apiVersion,
    kind: controller.kind,
    metadata: {
      name: controller.name,
      namespace: service.namespace,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(kept).length > 0 && { annotations: kept }),
    },
    spec: { ...spec, template: withoutTimes(spec.template) },
  };
}

/** The API server of older releases writes an empty creation time into templates. */
function withoutTimes(template: unknown): unknown {
  const { metadata, ...rest } = template as { readonly metadata?: Readonly<Record<string, unknown>> };
  const { creationTimestamp: _, ...kept } = metadata ?? {};
  return { metadata: kept, ...rest };
}

/** Lines as of `diff`: what the first manifest has and the second does not, and the other way round. */
export function differenceOf(from: Manifest, to: Manifest): readonly string[] {
  const dropped = Object.keys(from.spec).filter((key) => !Object.hasOwn(to.spec, key));
  return [
    `- kind: ${from.kind}`,
    `+ kind: ${to.kind}`,
    ...dropped.sort().map((key) => `- ${key}: ${JSON.stringify(from.spec[key])}`),
  ];
}

/** The DaemonSet runs the pods of the Deployment: another hand has made it the same way. */
export function isSpreadOf(snapshot: Snapshot, daemonSet: WholeWorkload, deployment: WholeWorkload): boolean {
  const made = manifestOf(snapshot, daemonSet).spec;
  const meant = daemonSetOf(snapshot, deployment).spec;
  return ['selector', 'template'].every((key) => isSame(made[key], meant[key]));
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.every((key) => isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
