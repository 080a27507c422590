import { dump } from 'js-yaml';
import type { SpreadManifestRequest } from '../command/request.ts';
import { chooseDeployment } from '../operations/spread/choose.ts';
import { daemonSetOf, type Manifest } from '../operations/spread/manifest.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { compact } from '../text/words.ts';
import type { NotUnderstood } from './outcome.ts';
import { notUnderstood } from './problems.ts';

/** What an operation would create, for `kubectl apply`. */
export interface ManifestReport {
  readonly kind: 'manifest';
  /** `DaemonSet rng` */
  readonly what: string;
  readonly manifest: Manifest;
  /** The same as YAML. */
  readonly text: string;
}

export function manifestReport(snapshot: Snapshot, request: SpreadManifestRequest): ManifestReport | NotUnderstood {
  const chosen = chooseDeployment(snapshot, request);
  if (!('deployment' in chosen)) {
    const message = chosen.map((check) => check.message).join(' ');
    return notUnderstood('NoWorkload', message, compact(...chosen.map(({ instead }) => instead)));
  }
  const manifest = daemonSetOf(snapshot, chosen.deployment);
  return { kind: 'manifest', what: `DaemonSet ${chosen.name}`, manifest, text: dump(manifest) };
}
