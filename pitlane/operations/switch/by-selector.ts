import { gateText } from '../../rotation/gate-record.ts';
import { servicePatch } from '../../rotation/patch.ts';
import type { Phase } from '../../rotation/plan.ts';
import { compact } from '../../text/words.ts';
import { holdPhase, inRotation, proofOf, recorded, recordOf } from './phases.ts';
import type { SwitchView } from './view.ts';

/** The phases of a switch by the selector: one write, or three if both sets are to be in the endpoints for a while. */
export function selectorPhases(view: SwitchView): readonly Phase[] {
  const { snapshot, label, from, isWide, isWidened, least } = view;
  const { name } = snapshot.service;
  const to = gateText(label);
  const fromValue = from?.slice(label.key.length + 1);
  const both = inRotation(view, compact(fromValue, label.value));
  const title =
    isWide || isWidened ? `select only ${to} in ${name}` : `replace ${from} by ${to} in the selector of ${name}`;
  const narrow: Phase = {
    title,
    writes: [
      servicePatch(snapshot, 'switch to', title, {
        annotation: recorded(recordOf(view)),
        selector: { [label.key]: label.value },
      }),
    ],
    until: proofOf(view),
    lease: 'namespace',
  };
  if (!isWide) return [narrow];
  const wide = `select both ${from} and ${to} in ${name}`;
  const widen: Phase = {
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
    lease: 'namespace',
  };
  return [widen, holdPhase(view, both), narrow];
}
