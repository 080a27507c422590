import {
  type GateTrouble,
  gatedMembers,
  gateIn,
  gateTroubles,
  hasDisabledMark,
  stragglersOf,
  workloadsOf,
} from '../rotation/gate.ts';
import { type GateRecord, gateText, hasGateLabel } from '../rotation/gate-record.ts';
import { valueIn } from '../rotation/labels.ts';
import { inRotation } from '../rotation/membership.ts';
import { ifSeen, type Pod, type Service, type Snapshot } from '../rotation/snapshot.ts';
import { nameOf } from '../rotation/workload.ts';
import { count, idAndName, list, pairs, time } from '../text/words.ts';

/** The gate of a service, for every door. */
export interface GateReport {
  readonly kind: 'gate';
  readonly service: Pick<Service, 'name' | 'namespace' | 'selector'>;
  readonly at: number;
  /** Absent: the service has no gate. */
  readonly gate?: {
    /** `enabled=yes` */
    readonly label: string;
    readonly isInSelector: boolean;
    /** Absent: it was made by hand. */
    readonly record?: GateRecord;
  };
  readonly inRotation: number;
  /** The names of the members with the label, without it, and of those among the latter that are so on purpose or not. */
  readonly labelled: readonly string[];
  readonly unlabelled: readonly string[];
  readonly disabled: readonly string[];
  readonly stragglers: readonly string[];
  /** Those among the unlabelled that have the key with another value, such as an empty one: `rng-a (enabled=)`. */
  readonly otherValue: readonly string[];
  /** Undefined: not read. */
  readonly hasRule: boolean | undefined;
  readonly templates: readonly { readonly name: string; readonly hasLabel: boolean }[];
  readonly troubles: readonly GateTrouble[];
}

export function gateReport(snapshot: Snapshot): GateReport {
  const { service, at, gate: facts } = snapshot;
  const gate = gateIn(snapshot);
  const label = gate?.label ?? snapshot.policy.gate;
  const pods = gatedMembers(snapshot).map(({ pod }) => pod);
  const has = ({ labels }: Pod) => hasGateLabel(labels, label);
  const without = pods.filter((pod) => !has(pod));
  const rule = facts && ifSeen(facts.rule);
  const { name, namespace, selector } = service;
  return {
    kind: 'gate',
    service: { name, namespace, ...(selector && { selector }) },
    at,
    ...(gate && { gate: { ...gate, label: gateText(gate.label) } }),
    inRotation: inRotation(snapshot).length,
    labelled: namesOf(pods.filter(has)),
    unlabelled: namesOf(without),
    disabled: namesOf(without.filter(hasDisabledMark)),
    stragglers: namesOf(stragglersOf(snapshot)),
    otherValue: without
      .filter(({ labels }) => valueIn(labels, label.key) !== undefined)
      .map(({ name, labels }) => `${name} (${label.key}=${valueIn(labels, label.key)})`)
      .sort(),
    hasRule: facts?.rule.kind === 'seen' ? rule !== undefined : undefined,
    templates: workloadsOf(snapshot).flatMap(({ root, owner }) => {
      const template = root?.templateLabels === undefined ? owner : root;
      if (template?.templateLabels === undefined) return [];
      return { name: nameOf(template), hasLabel: hasGateLabel(template.templateLabels, label) };
    }),
    troubles: gateTroubles(snapshot),
  };
}

function namesOf(pods: readonly Pod[]): readonly string[] {
  return pods.map(({ name }) => name).sort();
}

/** The state in one sentence. */
export function gateSummary({ service, gate }: GateReport): string {
  if (gate === undefined) return `${service.name} has no gate: it selects ${selects(service)}.`;
  const { label, isInSelector, record } = gate;
  if (record === undefined) return `${service.name} has the gate ${label}, made by hand.`;
  const { at, via, removing } = record;
  if (removing !== undefined)
    return `The gate ${label} of ${service.name} is being removed by ${idAndName(removing)} since ${time(removing.at)}.`;
  return isInSelector
    ? `The gate ${label} of ${service.name} is on since ${time(at)}, set up by ${idAndName(record)} via ${via}.`
    : `The gate ${label} of ${service.name} is not in the selector. Its setup via ${via} was begun by ${idAndName(record)} at ${time(at)}.`;
}

/** The details, a sentence each, without the troubles. */
export function gateDetails(report: GateReport): readonly string[] {
  const { gate, labelled, unlabelled, templates } = report;
  if (gate === undefined) return [];
  const { label, record } = gate;
  const withLabel = templates.filter(({ hasLabel }) => hasLabel).map(({ name }) => name);
  const newPods =
    record?.newPods === 'out'
      ? 'wait until they are enabled'
      : report.hasRule
        ? 'get the label from the admission policy (not checked if it is installed)'
        : withLabel.length > 0
          ? 'get the label from their template'
          : 'come without the label';
  return [
    `Selector: ${selects(report.service)}.`,
    `${labelled.length} of ${count(labelled.length + unlabelled.length, 'pod')} ${labelled.length === 1 ? 'has' : 'have'} ${label}; ${report.inRotation} in rotation.`,
    ...named('Disabled', report.disabled),
    ...named('Without the label, though they should have it', report.stragglers),
    ...named('With another value, so without traffic', report.otherValue),
    `New pods ${newPods}.`,
    ...(templates.length === 0
      ? []
      : [
          `Templates with the label: ${withLabel.length === 0 ? 'none' : list(withLabel)} of ${list(templates.map(({ name }) => name))}.`,
        ]),
  ];
}

function named(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what}: ${list(names)}.`];
}

function selects({ selector = {} }: GateReport['service']): string {
  return pairs(selector).join(',') || 'nothing';
}

/** What to type about it. */
export function gateInstead({ gate, troubles }: GateReport): readonly string[] {
  if (gate === undefined) return ['gate on'];
  if (gate.record?.removing !== undefined) return ['gate off', `gate on ${gate.label}`];
  return troubles.length > 0 ? repairsOf(gate.label) : ['gate off'];
}

/** What to type about a gate that is not as it was set up: the first repairs it, the other removes it. */
export function repairsOf(label: string): readonly [string, string] {
  return [`gate on ${label}`, 'gate off'];
}
