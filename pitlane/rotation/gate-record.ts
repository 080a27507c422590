import { listOf, matching, optional, parseObject, type Rule, shape } from '../text/shape.ts';
import { valueIn } from './labels.ts';
import { GATE } from './marks.ts';
import { parseLabel } from './selector.ts';
import type { GateLabel, Labels, ObjectRef, Policy, RuleObject, Service } from './snapshot.ts';
import { IS_PERSON, isBy, isId, isLabelText, isOwner, isTimestamp, isUid } from './stored.ts';

/** New pods get the label from an admission policy, or from their workload's template. */
export type GateWay = 'admission' | 'template';

export interface GateSetup {
  /** `enabled=yes` */
  readonly label: string;
  readonly via: GateWay;
  /** `out`: new pods get no label, so they wait until they are enabled. */
  readonly newPods: 'in' | 'out';
}

/** What Pitlane writes on the Service of a gate, as JSON in an annotation. */
export interface GateRecord extends GateSetup {
  readonly v: 1;
  readonly by: string;
  readonly byName?: string;
  /** RFC 3339. */
  readonly at: string;
  /** The id of the operation that set it up. */
  readonly id: string;
  /** The gate is being removed. */
  readonly removing?: { readonly by: string; readonly byName?: string; readonly at: string; readonly id: string };
}

export type ReadGate =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly record: GateRecord; readonly label: GateLabel }
  /** Not JSON, not version 1, or not of this shape: left alone and reported. */
  | { readonly kind: 'unreadable'; readonly text: string };

/** Reads the record of the gate that Pitlane has set up. Users who may edit the Service may write anything there. */
export function readGate({ annotations }: Pick<Service, 'annotations'>): ReadGate {
  const text = annotations[GATE];
  if (text === undefined) return { kind: 'none' };
  const record = parseObject(text);
  const label = isGateRecord(record) ? parseLabel(record.label) : undefined;
  return isGateRecord(record) && label !== undefined ? { kind: 'record', record, label } : { kind: 'unreadable', text };
}

/** The gate in the service's selector: the recorded one, else the configured one. Undefined: the selector has none. */
export function gateOf(service: Service, policy: Pick<Policy, 'gate'>): GateLabel | undefined {
  const gate = readGate(service);
  const key = gate.kind === 'record' ? gate.label.key : policy.gate.key;
  const value = valueIn(service.selector, key);
  return value === undefined ? undefined : { key, value };
}

export function gateText({ key, value }: GateLabel): string {
  return `${key}=${value}`;
}

export function hasGateLabel(labels: Labels, { key, value }: GateLabel): boolean {
  return valueIn(labels, key) === value;
}

/** The pods and workloads of a service at one time, to compare with later. */
export interface Before {
  /** The ends of the uids of the members. */
  readonly pods: readonly string[];
  readonly restarts: number;
  readonly revisions: readonly { readonly owner: ObjectRef; readonly revision: string }[];
}

/** Annotation of a rule: the pods and workloads before the gate, so that the report can prove that none was touched. */
export const GATE_BEFORE = 'pitlane.dev/gate-before';

export function beforeText(id: string, before: Before): string {
  return JSON.stringify({ v: 1, id, ...before });
}

/** The state before the setup with that id, as the rule keeps it. Undefined: it keeps none that can be read. */
export function beforeIn(rule: RuleObject | undefined, id: string): Before | undefined {
  const found = parseObject(rule?.annotations[GATE_BEFORE] ?? '');
  if (!isBefore(found) || found.id !== id) return undefined;
  const { pods, restarts, revisions } = found;
  return { pods, restarts, revisions };
}

const isVersion: Rule = (version) => version === 1;
const isAct = { ...IS_PERSON, at: isTimestamp, id: isId };

/** Rules for the fields of a GateSetup. */
export const IS_SETUP: Readonly<Record<keyof GateSetup, Rule>> = {
  label: isLabelText,
  via: matching(/^(admission|template)$/),
  newPods: matching(/^(in|out)$/),
};

const isGateRecord = shape<GateRecord>({
  v: isVersion,
  ...IS_SETUP,
  ...isAct,
  removing: optional(shape<NonNullable<GateRecord['removing']>>(isAct)),
});

const isBefore = shape<Before & { readonly v: 1; readonly id: string }>({
  v: isVersion,
  id: isId,
  pods: listOf(isUid),
  restarts: (restarts) => Number.isInteger(restarts),
  revisions: listOf(shape<Before['revisions'][number]>({ owner: isOwner, revision: isBy })),
});
