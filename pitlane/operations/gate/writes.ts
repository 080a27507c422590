import { ruleIn, wantedRule } from '../../rotation/gate.ts';
import { type Before, beforeText, GATE_BEFORE, type GateRecord, gateText } from '../../rotation/gate-record.ts';
import { valueIn } from '../../rotation/labels.ts';
import { DISABLED, GATE } from '../../rotation/marks.ts';
import { ANNOTATIONS, patchOf, podPatch, pointer, SELECTOR } from '../../rotation/patch.ts';
import {
  type CreateWrite,
  type DeleteWrite,
  objectRefOf,
  type PatchOperation,
  type PatchWrite,
  type Plan,
} from '../../rotation/plan.ts';
import type { Controller, GateLabel, Labels, Pod, RuleObject, Snapshot } from '../../rotation/snapshot.ts';
import { nameOf } from '../../rotation/workload.ts';
import { pairs, shellWord } from '../../text/words.ts';

const TEMPLATE_LABELS = '/spec/template/metadata/labels';

/** The annotation of the Service with the record of the gate. */
export function recorded(record: GateRecord) {
  return { [GATE]: JSON.stringify(record) };
}

/** Takes the label and the mark of a disabled pod off. */
export function clearWrite(snapshot: Snapshot, pod: Pod, { key }: GateLabel): PatchWrite {
  const labels = valueIn(pod.labels, key) === undefined ? {} : { labels: { [key]: null } };
  const annotations = pod.annotations[DISABLED] === undefined ? {} : { annotations: { [DISABLED]: null } };
  return podPatch('gate off', `remove the gate from ${pod.name}`, snapshot, pod, { ...labels, ...annotations });
}

export function ruleWrite(
  snapshot: Snapshot,
  found: RuleObject | undefined,
  label: GateLabel,
  id: string,
  before: Before,
): CreateWrite | PatchWrite {
  const wanted = wantedRule(snapshot, label);
  const { name, namespace } = wanted.metadata;
  const target = { kind: 'ConfigMap', apiVersion: 'v1', name, namespace };
  const key = `gate rule ${snapshot.service.uid}`;
  const title = `write the rule of the admission policy (ConfigMap ${name})`;
  const annotations = { [GATE_BEFORE]: beforeText(id, before) };
  if (found === undefined)
    return {
      kind: 'create',
      key,
      title,
      target: { ...target, uid: '' },
      object: { ...wanted, metadata: { ...wanted.metadata, annotations } },
    };
  const former = { data: found.data, labels: found.labels, annotations: found.annotations };
  const { data, metadata } = wanted;
  const next = {
    data: { ...data },
    labels: { ...found.labels, ...metadata.labels },
    annotations: { ...found.annotations, ...annotations },
  };
  return {
    kind: 'patch',
    key,
    title,
    target: { ...target, uid: found.uid },
    patch: mapsPatch(found.uid, former, next),
    inverse: mapsPatch(found.uid, next, former),
  };
}

type RuleMaps = Pick<RuleObject, 'data' | 'labels' | 'annotations'>;

/** Replaces the maps as a whole. */
function mapsPatch(uid: string, from: RuleMaps, to: RuleMaps): readonly PatchOperation[] {
  const paths = { data: '/data', labels: '/metadata/labels', annotations: ANNOTATIONS } as const;
  const maps = Object.keys(paths) as (keyof typeof paths)[];
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    ...maps.map((map) => ({
      op: 'test' as const,
      path: paths[map],
      value: Object.keys(from[map]).length === 0 ? null : from[map],
    })),
    ...maps.map((map) => ({ op: 'add' as const, path: paths[map], value: to[map] })),
  ];
}

export function ruleDeletion({ service }: Snapshot, { name, uid, version }: RuleObject): DeleteWrite {
  return {
    kind: 'delete',
    key: `gate rule off ${uid}`,
    title: `delete the rule of the admission policy (ConfigMap ${name})`,
    target: { kind: 'ConfigMap', apiVersion: 'v1', name, uid, namespace: service.namespace },
    version,
  };
}

/** Puts the label into the template, or takes it out, and notes on the workload that Pitlane has put it there. */
export function templateWrite({ service }: Snapshot, root: Controller, label: GateLabel, isOn: boolean): PatchWrite {
  const { uid, annotations, templateLabels = {} } = root;
  const text = `label ${gateText(label)}`;
  return {
    ...patchOf(uid, [
      { root: ANNOTATIONS, before: annotations, change: { [GATE]: isOn ? service.name : null } },
      { root: TEMPLATE_LABELS, before: templateLabels, change: { [label.key]: isOn ? label.value : null } },
    ]),
    key: `gate ${isOn ? 'on' : 'off'} ${uid}`,
    title: isOn
      ? `put ${text} into the template of ${nameOf(root)}`
      : `take ${text} out of the template of ${nameOf(root)}`,
    target: { ...objectRefOf(root), namespace: service.namespace },
  };
}

/** The kubectl lines that remove the gate by hand, in the order that loses no request. */
export function removalByHand(
  { service, ...snapshot }: Snapshot,
  label: GateLabel,
  members: Labels,
  templates: readonly Controller[],
): Plan['undo'] {
  const kubectl = `kubectl -n ${service.namespace}`;
  const remove = (root: string) => `--type=json -p '[{"op":"remove","path":"${pointer(root, label.key)}"}]'`;
  const hasRule = ruleIn(snapshot) !== undefined;
  const rule = wantedRule({ service, ...snapshot }, label).metadata.name;
  return [
    `${kubectl} patch service ${service.name} ${remove(SELECTOR)}`,
    ...(hasRule || templates.length === 0 ? [`${kubectl} delete configmap ${rule} --ignore-not-found`] : []),
    ...templates.flatMap(({ kind, name }) => [
      `${kubectl} patch ${kind.toLowerCase()} ${name} ${remove(TEMPLATE_LABELS)}`,
      `${kubectl} annotate ${kind.toLowerCase()} ${name} ${GATE}-`,
    ]),
    `${kubectl} label pods -l ${shellWord(pairs(members).join(','))} ${label.key}-`,
    `${kubectl} annotate service ${service.name} ${GATE}-`,
  ];
}

/** The kubectl lines that put the label back on the pods, and then into the selector. */
export function setupByHand({ service }: Snapshot, label: GateLabel, members: Labels): Plan['undo'] {
  const kubectl = `kubectl -n ${service.namespace}`;
  const patch = JSON.stringify({ spec: { selector: { [label.key]: label.value } } });
  return [
    `${kubectl} label pods -l ${shellWord(pairs(members).join(','))} ${shellWord(gateText(label))}`,
    `${kubectl} patch service ${service.name} -p ${shellWord(patch)}`,
  ];
}
