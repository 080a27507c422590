import type { KubeConfig } from '@kubernetes/client-node';
import { connectionTo } from '../pitlane/cluster/connection.ts';
import { DEFAULT_POLICY } from '../pitlane/config/config.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import { NAMESPACE } from './clusters.ts';

/** Carries out one change of a pod of rng. */
export type Change = (command: 'drain' | 'restore', pod: string, requestId: string) => Promise<void>;

export const CHANGE_TIMEOUT_MS = 60_000;

/** Pitlane in this process, which stays warm between changes. */
export function warmPitlane(kubeConfig: KubeConfig): Change {
  const connection = connectionTo(kubeConfig);
  const service = { key: 'rng', cluster: '', namespace: NAMESPACE, service: 'rng', policy: DEFAULT_POLICY };
  const pitlane = createPitlane({ service: () => service, connect: () => connection, now: Date.now });
  return async (command, pod, requestId) => {
    const request = { command, service: 'rng', pod, dryRun: false, force: false } as const;
    const asker = { by: 'bench', role: 'admin' as const, requestId };
    const operation = pitlane.advance(request, asker, { confirmed: 'any', deadline: Date.now() + CHANGE_TIMEOUT_MS });
    let next = await operation.next();
    while (!next.done) next = await operation.next();
    if (next.value.kind !== 'done') throw new Error(`${command} of ${pod} failed: ${JSON.stringify(next.value)}`);
  };
}
