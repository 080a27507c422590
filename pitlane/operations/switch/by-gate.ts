import { labelsWithout } from '../../rotation/gate.ts';
import { gateText } from '../../rotation/gate-record.ts';
import { valueIn } from '../../rotation/labels.ts';
import { DISABLED } from '../../rotation/marks.ts';
import { podPatch, servicePatch } from '../../rotation/patch.ts';
import { milestone, type PatchWrite, type Phase } from '../../rotation/plan.ts';
import type { GateLabel, Labels, Pod } from '../../rotation/snapshot.ts';
import { switchedOffMark } from '../../rotation/switch-record.ts';
import { count } from '../../text/words.ts';
import { holdPhase, inRotation, proofOf, recorded, recordOf } from './phases.ts';
import { podsToTakeIn, podsToTakeOut, type SwitchView } from './view.ts';

/** The phases of a switch by the gate: no pod leaves before the target is in rotation. */
export function gatePhases(view: SwitchView, gate: GateLabel): readonly Phase[] {
  const { snapshot, operation, label, isWide, least, record } = view;
  const { name } = snapshot.service;
  const [to, text] = [gateText(label), gateText(gate)];
  const title = `record the switch to ${to} on Service ${name}`;
  const own = { ...recordOf(view), least, ...(isWide && { both: {} }) };
  const write = servicePatch(snapshot, 'switch record', title, { annotation: recorded(own), selector: {} });
  const takeIn = podsToTakeIn(view);
  const takeOut = podsToTakeOut(view);
  const listed = inRotation(view, [label.value]);
  return [
    {
      title,
      writes: record?.id === operation.id ? [] : [write],
      until: [milestone({ kind: 'switchRecorded', id: operation.id }, `The switch to ${to} is recorded`, 10)],
      lease: 'namespace',
    },
    {
      title: `label ${count(takeIn.length, 'pod')} ${text}`,
      writes: takeIn.map((pod) => inWrite(view, pod, gate)),
      until: [listed],
      lease: 'namespace',
    },
    ...(isWide ? [holdPhase(view, listed)] : []),
    {
      title: `remove ${text} from ${count(takeOut.length, 'pod')}`,
      writes: takeOut.map((pod) => outWrite(view, pod, gate)),
      until: proofOf(view),
      lease: 'namespace',
    },
  ];
}

/** Only if the pod is still a member, and of the target. */
function inWrite({ snapshot, label }: SwitchView, pod: Pod, gate: GateLabel): PatchWrite {
  const annotations = pod.annotations[DISABLED] === undefined ? {} : { annotations: { [DISABLED]: null } };
  const change = { labels: { [gate.key]: gate.value }, ...annotations };
  const reliedOn = { ...labelsWithout(snapshot, gate), [label.key]: label.value };
  return podPatch('switch in', `label ${pod.name} ${gateText(gate)}`, snapshot, pod, change, reliedOn);
}

/** The mark says that the pod is out on purpose. */
function outWrite({ snapshot, operation, label }: SwitchView, pod: Pod, gate: GateLabel): PatchWrite {
  const mark = switchedOffMark(snapshot, operation, gateText(label));
  const change = { labels: { [gate.key]: null }, annotations: { [DISABLED]: mark } };
  const value = valueIn(pod.labels, label.key);
  const reliedOn: Labels = { ...labelsWithout(snapshot, gate), ...(value !== undefined && { [label.key]: value }) };
  return podPatch('switch out', `remove ${gateText(gate)} from ${pod.name}`, snapshot, pod, change, reliedOn);
}
