import type { KubeConfig } from '@kubernetes/client-node';
import { connectionTo } from '../pitlane/cluster/connection.ts';
import type { ChangeRequest } from '../pitlane/command/request.ts';
import { DEFAULT_POLICY } from '../pitlane/config/config.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import { carryOut } from '../test/builders/carry-out.ts';
import { NAMESPACE } from './clusters.ts';

/** Carries out one change of rng or its pods, and throws unless it is done and proven. */
export type Change = (command: string, change: Fields, requestId: string) => Promise<void>;

/** The fields of requests that the benches use. */
interface Fields extends Partial<ChangeRequest> {
  readonly via?: 'admission' | 'template';
  readonly count?: number;
  readonly env?: readonly string[];
  readonly label?: string;
  readonly widen?: boolean;
}

export const CHANGE_TIMEOUT_MS = 60_000;

/** Pitlane in this process, which stays warm between changes. */
export function warmPitlane(kubeConfig: KubeConfig, namespace = NAMESPACE): Change {
  const connection = connectionTo(kubeConfig);
  const service = { key: 'rng', cluster: '', namespace, service: 'rng', policy: DEFAULT_POLICY };
  const pitlane = createPitlane({ service: () => service, connect: () => connection, now: Date.now });
  return async (command, change, requestId) => {
    const request = { command, service: 'rng', dryRun: false, force: false, ...change };
    const asker = { by: 'bench', role: 'admin' as const, requestId };
    const { outcome } = await carryOut(pitlane, request, asker, { deadline: Date.now() + CHANGE_TIMEOUT_MS });
    if (outcome.kind !== 'done') throw new Error(`${requestId} failed: ${JSON.stringify(outcome)}`);
  };
}
