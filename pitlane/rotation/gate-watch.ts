import { timestamp } from '../text/words.ts';
import { forgetLine, type GateTrouble, gateTroubles, hasDisabledMark, podsText, stragglersOf } from './gate.ts';
import { type GateRecord, type GateSetup, readGate } from './gate-record.ts';
import { gateRuleName } from './gate-rule.ts';
import { GATE } from './marks.ts';
import type { Pod, Snapshot } from './snapshot.ts';

/** A gate as it was set up, from a place that GitOps, Helm and rollbacks do not touch. */
export interface NotedGate extends GateSetup {
  readonly id: string;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The state of a gate that was set up. */
export interface GateFindings {
  /** Pods that should have the label, and do not. */
  readonly stragglers: readonly Pod[];
  readonly troubles: readonly GateTrouble[];
}

/** Compares the cluster with the gate as it was set up. Finds nothing while the gate is being removed. */
export function findingsOfGate(seen: Snapshot, noted: NotedGate): GateFindings {
  const read = readGate(seen.service);
  if (read.kind === 'record' && read.record.removing !== undefined) return { stragglers: [], troubles: [] };
  const snapshot = asNoted(seen, noted);
  return {
    stragglers: stragglersOf(snapshot).filter((pod) => !hasDisabledMark(pod)),
    troubles: [...recordTroubles(seen, noted), ...gateTroubles(snapshot)],
  };
}

/** With the record as it was written, whatever has become of it. */
function asNoted(seen: Snapshot, { label, via, newPods, id, by, at }: NotedGate): Snapshot {
  const record: GateRecord = { v: 1, label, via, newPods, id, by, at: timestamp(at) };
  const { service } = seen;
  const annotations = { ...service.annotations, [GATE]: JSON.stringify(record) };
  return { ...seen, service: { ...service, annotations } };
}

function recordTroubles({ service }: Snapshot, noted: NotedGate): readonly GateTrouble[] {
  const read = readGate(service);
  const annotation = `annotation ${GATE} of Service ${service.name}`;
  if (read.kind === 'record') {
    const { label, via, newPods } = read.record;
    if (label === noted.label && via === noted.via && newPods === noted.newPods) return [];
    const message = `The ${annotation} was edited: the gate is not as it was set up.`;
    return [{ code: 'GateRecordChanged', message }];
  }
  const text = `The ${annotation}, which records the gate ${noted.label},`;
  return read.kind === 'none'
    ? [{ code: 'GateRecordGone', message: `${text} is gone.` }]
    : [{ code: 'GateUnreadable', message: `${text} can't be read.`, first: forgetLine(service) }];
}

/** Troubles that explain why pods come without the label. */
const EXPLAINS = new Set(['GateRuleGone', 'GateRuleChanged', 'GateRuleNotInForce', 'GateNotInTemplate']);

/** Pods keep coming without the label, and nothing that can be seen explains it. */
export function stragglersTrouble(
  { service }: Snapshot,
  { label, via }: NotedGate,
  late: readonly Pod[],
  others: readonly GateTrouble[],
): readonly GateTrouble[] {
  if (others.some(({ code }) => EXPLAINS.has(code))) return [];
  const which = late.length === 0 ? `Pods of ${service.name}` : podsText(late);
  const why =
    via === 'admission'
      ? `the admission policy is missing or does not apply ConfigMap ${gateRuleName(service.name)}, or people remove the label without a mark`
      : 'an older template is in use, or people remove the label without a mark';
  const message = `${which} came without ${label}, as others did in the last hour: ${why}. Pitlane labels such pods within a minute or two; until then they get no traffic.`;
  return [{ code: 'GateStragglers', message }];
}
