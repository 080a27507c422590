import { FOLLOWED_SECONDS } from '../../rotation/data-planes.ts';
import { labelsWithout } from '../../rotation/gate.ts';
import { gateText } from '../../rotation/gate-record.ts';
import { valueIn } from '../../rotation/labels.ts';
import type { PhaseDraft } from '../../rotation/make-plan.ts';
import { DISABLED, SWITCH } from '../../rotation/marks.ts';
import { podPatch, servicePatch } from '../../rotation/patch.ts';
import { type Milestone, milestone, type PatchWrite } from '../../rotation/plan.ts';
import type { GateLabel, Labels, Pod } from '../../rotation/snapshot.ts';
import { heldSeconds, type SwitchRecord, switchedOffMark } from '../../rotation/switch.ts';
import { compact, count, isoTime, personOf, timestamp } from '../../text/words.ts';
import { podsToTakeIn, podsToTakeOut, type SwitchView } from './view.ts';

/** The target has the traffic, and no other pod. */
export function proofOf(view: SwitchView): readonly Milestone[] {
  const { label } = view;
  return [
    inRotation(view, [label.value]),
    milestone({ kind: 'othersOut', label }, 'All other pods are out of the endpoints', 30),
  ];
}

function inRotation({ label: { key }, gate }: SwitchView, values: readonly string[]): Milestone {
  const sets = values.map((value) => `${key}=${value}`).join(' and ');
  return milestone(
    { kind: 'setsInRotation', key, values, ...(gate && { gate: gate.key }) },
    `All ready pods with ${sets} are in rotation`,
    30,
  );
}

/** The record of the switch as this operation writes it. */
function recordOf({ snapshot, operation, label, from, gate }: SwitchView): SwitchRecord {
  return {
    v: 1,
    id: operation.id,
    ...(from && { from }),
    to: gateText(label),
    ...(gate && { gate: gateText(gate) }),
    ...personOf(operation),
    at: timestamp(snapshot.at),
  };
}

function recorded(record: SwitchRecord) {
  return { [SWITCH]: JSON.stringify(record) };
}

/** Notes since when both sets are in the endpoints, in the cluster, and waits until data planes have followed. */
function holdPhase(view: SwitchView, both: Milestone): PhaseDraft {
  const { snapshot, label, least } = view;
  const { name } = snapshot.service;
  const title = `note on Service ${name} since when both sets are in the endpoints`;
  const record = { ...recordOf(view), least, both: { since: isoTime(snapshot.at) } };
  const isNoted = view.record?.to === gateText(label) && heldSeconds(snapshot) !== undefined;
  const write = servicePatch(snapshot, 'switch hold', title, { annotation: recorded(record), selector: {} });
  const held = milestone({ kind: 'bothHeld' }, `Both sets are in the endpoints for ${FOLLOWED_SECONDS} s`, 30);
  return { title, writes: isNoted ? [] : [write], until: [both, held], lease: 'none' };
}

/** The phases of a switch by the selector: one write, or three if both sets are to be in the endpoints for a while. */
export function selectorPhases(view: SwitchView): readonly PhaseDraft[] {
  const { snapshot, label, from, isWide, isWidened, least } = view;
  const { name } = snapshot.service;
  const to = gateText(label);
  const fromValue = from?.slice(label.key.length + 1);
  const both = inRotation(view, compact(fromValue, label.value));
  const title =
    isWide || isWidened ? `select only ${to} in ${name}` : `replace ${from} by ${to} in the selector of ${name}`;
  const narrow: PhaseDraft = {
    title,
    writes: [
      servicePatch(snapshot, 'switch to', title, {
        annotation: recorded(recordOf(view)),
        selector: { [label.key]: label.value },
      }),
    ],
    until: proofOf(view),
  };
  if (!isWide) return [narrow];
  const wide = `select both ${from} and ${to} in ${name}`;
  const widen: PhaseDraft = {
    title: wide,
    writes: isWidened
      ? []
      : [
          servicePatch(snapshot, 'switch widen', wide, {
            annotation: recorded({ ...recordOf(view), least, both: {} }),
            selector: { [label.key]: null },
          }),
        ],
    until: [both],
  };
  return [widen, holdPhase(view, both), narrow];
}

/** The phases of a switch by the gate: no pod leaves before the target is in rotation. */
export function gatePhases(view: SwitchView, gate: GateLabel): readonly PhaseDraft[] {
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
    },
    {
      title: `label ${count(takeIn.length, 'pod')} ${text}`,
      writes: takeIn.map((pod) => inWrite(view, pod, gate)),
      until: [listed],
    },
    ...(isWide ? [holdPhase(view, listed)] : []),
    {
      title: `remove ${text} from ${count(takeOut.length, 'pod')}`,
      writes: takeOut.map((pod) => outWrite(view, pod, gate)),
      until: proofOf(view),
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
