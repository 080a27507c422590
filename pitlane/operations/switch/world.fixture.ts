import { rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { GATE } from '../../rotation/marks.ts';
import type { Plan, Refusal } from '../../rotation/plan.ts';
import type { Labels, Snapshot } from '../../rotation/snapshot.ts';
import { gateOperation } from '../gate/world.fixture.ts';
import { planOf } from '../planners.ts';

const SWITCH_IT = { command: 'switch', service: 'rng', dryRun: false, force: false } as const;
export const GREEN = { ...SWITCH_IT, label: 'version=green' } as const;
export const BLUE = { ...SWITCH_IT, label: 'version=blue' } as const;

export const BLUE_PODS = ['b85tm', 'hfbrr', '7pt82', 'x2k9d'];
export const GREEN_PODS = ['q7wzn', 'm4c6v', 'zl5jt', 'r9gsk'];

const GREEN_SET = 'uid-of-rng-green-77d9f5c4b8';
const GREEN_ROOT = 'uid-of-rng-green';
const HASH = { 'pod-template-hash': '5f69c6b7d8' };

/** Two Deployments of 4 pods each, and a Service that selects the blue ones. */
export function blueGreen(labels: { blue?: Labels; green?: Labels } = {}): SnapshotBuilder {
  const builder = rng()
    .pods(4)
    .service({ selector: { app: 'rng', version: 'blue' } });
  for (const suffix of BLUE_PODS)
    builder.pod(suffix, { labels: { app: 'rng', version: 'blue', ...HASH, ...labels.blue } });
  const owner = { kind: 'ReplicaSet', name: 'rng-green-77d9f5c4b8', uid: GREEN_SET, apiVersion: 'apps/v1' };
  for (const suffix of GREEN_PODS)
    builder.another(suffix, { owner, labels: { app: 'rng', version: 'green', ...labels.green } });
  const root = { kind: 'Deployment', name: 'rng-green', uid: GREEN_ROOT, apiVersion: 'apps/v1' };
  return builder.withController({ ...root, desired: 4 }).withController({ ...owner, desired: 4, owner: root });
}

/** The same without the key in the selector, and with a gate that only the blue pods have. */
export function gatedBlueGreen(newPods: 'in' | 'out' = 'out'): SnapshotBuilder {
  const record = {
    v: 1,
    label: 'enabled=yes',
    via: 'admission',
    newPods,
    by: 'ada',
    at: '2026-11-24T03:00:00Z',
    id: 'op-1',
  };
  return blueGreen({ blue: { enabled: 'yes' } }).service({
    selector: { app: 'rng', enabled: 'yes' },
    annotations: { [GATE]: JSON.stringify(record) },
  });
}

export function planSwitchTo(snapshot: Snapshot, change: object = {}, id?: string): Plan | Refusal {
  return planOf(snapshot, gateOperation(snapshot, { ...GREEN, ...change }, id));
}
