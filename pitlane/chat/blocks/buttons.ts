import type { types } from '@slack/bolt';
import { aboutPod, type ChangeRequest } from '../../command/request.ts';
import type { DrainNote } from '../../journal/entry.ts';
import { asTyped, operationNamed, undoOf, waitsForDebugging } from '../../operations/table.ts';
import { type Check, type Operation, type Plan, podsIn, type Refusal, refOf } from '../../rotation/plan.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import { onlyOf, upTo } from '../../text/words.ts';
import type { Offer } from '../job.ts';
import { type Block, plainText } from './blocks.ts';
import { type ButtonData, buttonValue } from './button-value.ts';

/** `action_id`s, which tell pressed buttons apart. */
export const CONFIRM = 'pitlane.confirm';
export const CANCEL = 'pitlane.cancel';
export const FORCE = 'pitlane.force';
/** Followed by `:` and the command, since each button of a block needs its own `action_id`. */
export const ACT = 'pitlane.act';
export const CANCEL_OPERATION = 'pitlane.end';
/** On the Home tab. */
export const REFRESH = 'pitlane.refresh';

/** The data of the buttons under a proposal or refusal. */
export interface Asked extends Pick<Offer, 'at' | 'requestId'> {
  readonly address: string;
}

const HOUR_SECONDS = 3_600;
/** Block Kit reference: "Button element", text. */
const LONGEST_TEXT = 75;
const LONGEST_NAME = 50;
const LONGEST_REASON_SHOWN = 80;

/** Confirm and Cancel under a proposal. Undefined if the request is too long for a button. */
export function confirmButtons({ operation, fingerprint }: Plan, asked: Asked): Block | undefined {
  const value = offerValue(operation, asked, { fingerprint });
  if (value === undefined) return undefined;
  return actions(
    { ...button(CONFIRM, value, `Confirm ${operation.request.command}`), style: 'primary' },
    button(CANCEL, value, 'Cancel'),
  );
}

/** Force under a refusal. `overrides`: the sentences of the refusals. Undefined if the request is too long for a button. */
export function forceButton({ operation, checks }: Refusal, asked: Asked, overrides: string): Block | undefined {
  const shown = checks.filter(({ level }) => level === 'refusal' || level === 'warning').map(({ code }) => code);
  const forced = { ...operation, request: { ...operation.request, force: true } };
  const value = offerValue(forced, asked, { codes: [...new Set(shown)] });
  const force = `Force ${operation.request.command}`;
  if (value === undefined) return undefined;
  return actions({
    ...button(FORCE, value, force),
    style: 'danger',
    confirm: confirmDialog(`${force}?`, `Overrides: ${overrides}`, force),
  });
}

/**
 * One pod is named in full. Several are selected again as they were named, and those of an undo by the operation that it
 * undoes; the fingerprint has their uids.
 */
function offerValue(
  { request, subject, by }: Operation,
  { address, at, requestId }: Asked,
  shown: Pick<Offer, 'fingerprint' | 'codes'>,
): string | undefined {
  const pod = onlyOf(podsIn(subject));
  const typed = asTyped(request);
  const isPlain = pod !== undefined && typed === request;
  return buttonValue({
    request: isPlain ? aboutPod(request, pod.name) : typed,
    pod: pod && refOf(pod),
    address,
    offer: { by, at, requestId, ...shown },
  });
}

/** Overridden refusals and warnings that were not shown with the button. People must see them before they are overridden. */
export function notShown(checks: readonly Check[], codes: readonly string[]): readonly Check[] {
  return checks.filter(
    ({ level, code }) =>
      (level === 'overridden' || level === 'warning' || level === 'leftOut') && !codes.includes(code),
  );
}

/**
 * Extend 1h, Restore and Finish for a drained pod; Extend 1h and Enable for a disabled one; Finish for one that is left.
 * `unrestarted`: why the pod was drained, if it has not restarted since.
 */
export function actButtons(
  service: string,
  { name, uid }: PodRef,
  address: string,
  kind?: DrainNote['kind'] | 'left',
  unrestarted?: string,
): Block {
  const act = (text: string, command: string, more: Partial<ChangeRequest> = {}) => {
    const request = { command, service, pods: [name], dryRun: false, force: false, ...more };
    // Always fits: a name has at most 253 characters.
    return button(`${ACT}:${command}`, fitting({ request, pod: { name, uid }, address }), text);
  };
  const dialog = confirmDialog(
    'Delete the pod?',
    `This cannot be undone. Pitlane collects evidence and then deletes ${name}`,
    'Finish',
  );
  const extend = act('Extend 1h', 'extend', { forSeconds: HOUR_SECONDS });
  const finish = { ...act('Finish', 'finish'), style: 'danger', confirm: dialog } as const;
  if (kind === 'left') return actions(finish);
  if (kind === 'disabled') return actions(extend, act('Enable', 'enable'));
  const restore = act('Restore', 'restore');
  if (unrestarted === undefined) return actions(extend, restore, finish);
  const warning = `It has not restarted since it was drained because ${reasonIn(unrestarted)}: what was wrong may still be.`;
  return actions(extend, { ...restore, confirm: confirmDialog('Restore the pod?', warning, 'Restore') }, finish);
}

/**
 * Undoes an operation that has ended. The value has its id, so it fits for any number of pods. Undefined: it is too long
 * all the same.
 *
 * @param opposite what it plans: `restore rng-b85tm`
 */
export function undoButton(
  operation: Pick<Operation, 'id' | 'request'>,
  address: string,
  opposite: string,
): Block | undefined {
  const request = undoOf(operation);
  const value = buttonValue({ request, address });
  if (value === undefined) return undefined;
  const { command, because } = operation.request;
  const plans = `Pitlane plans to ${opposite}. If that plan has`;
  const text =
    because === undefined || !waitsForDebugging(command)
      ? `${plans} warnings, it shows them and asks again.`
      : `${operationNamed(command).words.done} because ${reasonIn(because)}: what was wrong may still be. ${plans} other warnings, it shows them and asks again.`;
  return actions({
    ...button(`${ACT}:${request.command}`, value, `Undo ${command}`),
    confirm: confirmDialog(`Undo ${command}?`, text, 'Undo'),
  });
}

/** Cancels an operation in progress. `task`: `drain rng-b85tm` */
export function cancelButton(
  { service, id, address }: { readonly service: string; readonly id: string; readonly address: string },
  { command, pod }: { readonly command: string; readonly pod: string },
): Block | undefined {
  // The end of a long name tells pods apart.
  const name = pod.length <= LONGEST_NAME ? pod : `…${pod.slice(-LONGEST_NAME)}`;
  const value = buttonValue({ request: { command: 'cancel', service, operation: id }, address });
  return value === undefined ? undefined : actions(button(CANCEL_OPERATION, value, `Cancel ${command} ${name}`));
}

export function refreshButton(): Block {
  return actions(button(REFRESH, REFRESH, 'Refresh'));
}

function fitting(data: ButtonData): string {
  return buttonValue(data) ?? '';
}

function actions(...elements: readonly types.Button[]): Block {
  return { type: 'actions', elements: [...elements] };
}

function button(actionId: string, value: string, text: string): types.Button {
  return { type: 'button', action_id: actionId, value, text: plainText(text, LONGEST_TEXT) };
}

/** For a dialog. Slack makes no mention of plain text; what looks like one is changed all the same. */
function reasonIn(because: string): string {
  return upTo(LONGEST_REASON_SHOWN, because).replaceAll('<', '‹').replaceAll('>', '›');
}

/** Slack asks this before it delivers a press that can do damage ("Confirmation dialog object" in the Block Kit reference). */
function confirmDialog(title: string, text: string, confirm: string): types.ConfirmationDialog {
  return {
    title: plainText(title, 100),
    text: plainText(text, 300),
    confirm: plainText(confirm, 30),
    deny: plainText('Go back', 30),
    style: 'danger',
  };
}
