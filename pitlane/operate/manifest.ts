import { dump } from 'js-yaml';
import type { SpreadManifestRequest } from '../command/request.ts';
import { daemonSetOf } from '../operations/spread/manifest.ts';
import { chooseDeployment } from '../operations/spread/view.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { compact } from '../text/words.ts';
import type { ManifestReport, NotUnderstood } from './outcome.ts';
import { notUnderstood } from './problems.ts';

export function manifestReport(snapshot: Snapshot, request: SpreadManifestRequest): ManifestReport | NotUnderstood {
  const chosen = chooseDeployment(snapshot, request);
  if (!('deployment' in chosen)) {
    const message = chosen.map((check) => check.message).join(' ');
    return notUnderstood('NoWorkload', message, compact(...chosen.map(({ instead }) => instead)));
  }
  const manifest = daemonSetOf(snapshot, chosen.deployment);
  return { kind: 'manifest', what: `DaemonSet ${chosen.name}`, manifest, text: dump(manifest) };
}
