import { gateText } from './gate-record.ts';
import { DISABLED } from './marks.ts';
import { podPatch } from './patch.ts';
import type { PatchOperation, PatchWrite } from './plan.ts';
import type { GateLabel, Labels, Pod, Snapshot } from './snapshot.ts';

const ANNOTATIONS = '/metadata/annotations';

/** Puts the label on the pod, only if it is still a member and not disabled. */
export function labelWrite(snapshot: Snapshot, pod: Pod, label: GateLabel, members: Labels): PatchWrite {
  const title = `label ${pod.name} ${gateText(label)}`;
  const write = podPatch('gate label', title, snapshot, pod, { labels: { [label.key]: label.value } }, members);
  const hasAnnotations = Object.keys(pod.annotations).length > 0;
  const notDisabled: PatchOperation = hasAnnotations
    ? { op: 'test', path: `${ANNOTATIONS}/${DISABLED.replace('/', '~1')}`, value: pod.annotations[DISABLED] ?? null }
    : { op: 'test', path: ANNOTATIONS, value: null };
  const [uidTest, ...rest] = write.patch;
  return uidTest === undefined ? write : { ...write, patch: [uidTest, notDisabled, ...rest] };
}
