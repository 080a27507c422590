import { format } from '../../operations/commands.ts';
import { askText, operationNamed, oppositeOf, undoOf } from '../../operations/table.ts';
import { undoWithout } from '../../rotation/leave-out.ts';
import { changesNothing, type Plan, podsChanged, subjectText, writesOf } from '../../rotation/plan.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import { pasteable } from '../../text/paste.ts';
import { context, type Shown, section } from '../blocks/blocks.ts';
import { undoButton } from '../blocks/buttons.ts';
import { code, codeBlock } from '../blocks/mrkdwn.ts';
import type { Setting } from './setting.ts';

/** A longer command is no help before the change is made: the report shows it. */
const MOST_BEFORE = 10;
/** Leaves room for the label in a section, which must not be cut. */
const LONGEST_UNDO = 2_700;

/** How to undo a change that is planned or in progress. `left`: titles of the writes that are missing. */
export function undoBlocks(plan: Plan, setting: Setting, left: readonly string[] = []): Shown {
  if (changesNothing(plan)) return undefined;
  const { cannotBeUndone, opposite } = operationNamed(plan.operation.request.command);
  const isLong = opposite !== undefined && changedPods(plan, left).length > MOST_BEFORE;
  return isLong && cannotBeUndone === undefined
    ? context('The report shows how to undo it.')
    : undoChanged(plan, setting, left);
}

export function undoChanged(plan: Plan, setting: Setting, left: readonly string[] = []): Shown {
  if (changesNothing(plan)) return undefined;
  const { cannotBeUndone } = operationNamed(plan.operation.request.command);
  if (cannotBeUndone === undefined) return undoneBy(plan, changedPods(plan, left), setting);
  return undoByHand(plan.undo) || context(cannotBeUndone);
}

/** How to undo a change that has ended, with a button. */
export function undoEnded(plan: Plan, setting: Setting, left: readonly string[] = []): Shown {
  const { operation } = plan;
  const pods = changedPods(plan, left);
  const isNothing = operation.subject.kind === 'pods' && pods.length === 0;
  const opposite = oppositeOf({ ...operation, opposite: plan.opposite }, []);
  if (changesNothing(plan) || isNothing || opposite === undefined) return undoChanged(plan, setting, left);
  const created = (opposite.pods ?? []).map((name) => ({ name, uid: '' }));
  const undone = operation.subject.kind === 'pods' ? pods : created;
  const subject = undone.length > 0 ? { kind: 'pods' as const, pods: undone } : operation.subject;
  const typed = undone.length > MOST_TYPED ? format(undoOf(operation)) : undefined;
  const button = undoButton(operation, setting.address, `${askText(opposite)} ${subjectText(subject)}`);
  return [undoneBy(plan, pods, setting, typed), button];
}

/** More names are a wall of text; the id of the operation stands for them once it has ended. */
const MOST_TYPED = 3;

/** The pods of the plan without those that are still to be written. */
function changedPods(plan: Plan, left: readonly string[]): readonly PodRef[] {
  const missing = new Set(left);
  const open = new Set(writesOf(plan).flatMap(({ title, target }) => (missing.has(title) ? target.uid : [])));
  return podsChanged(plan).filter(({ uid }) => !open.has(uid));
}

/** Names each pod: a selector or a node may also have pods that others have changed. */
function undoneBy(plan: Plan, pods: readonly PodRef[], { address }: Setting, instead?: string): Shown {
  const { id, subject } = plan.operation;
  if (subject.kind === 'pods' && pods.length === 0) return undefined;
  const others = podsChanged(plan).filter((pod) => !pods.includes(pod));
  const byHand = undoWithout(plan.undo, others);
  const names = pods.map(({ name }) => name);
  const opposite = oppositeOf({ ...plan.operation, opposite: plan.opposite }, names);
  if (opposite === undefined) return undoByHand(byHand);
  const typed = code(`${address} ${instead ?? format(opposite)}`);
  const both = `Undo: ${typed} or by hand:\n${linesText(byHand)}`;
  if (byHand.length > 0 && both.length <= LONGEST_UNDO) return section(both);
  if (typed.length <= LONGEST_UNDO) return [section(`Undo: ${typed}`), undoByHand(byHand)];
  const command = code(`${address} ${opposite.command}`);
  const why = `too long for one line. The Kubernetes Events of operation ${code(id)} name them.`;
  return [section(`Undo: ${command} with the names of the pods, which are ${why}`), undoByHand(byHand)];
}

/** What to run once it is done. */
export function nextBlock({ next }: Plan): Shown {
  return next && section(`Then:\n${linesText(next)}`);
}

/** kubectl lines, for what no command undoes. */
export function undoByHand(undo: readonly string[]): Shown {
  return undo.length > 0 && section(`Undo by hand:\n${linesText(undo)}`);
}

function linesText(undo: readonly string[]): string {
  return codeBlock(pasteable(undo).join('\n'));
}
