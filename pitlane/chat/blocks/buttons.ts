import type { ChangeRequest, Request } from '../../command/request.ts';
import type { Offer } from '../job.ts';
import type { Block } from './blocks.ts';
import { buttonValue, escapedJson, isPod, parseObject, readButtonValue } from './button-value.ts';

/** `action_id`s: what the door recognises a pressed button by. */
export const CONFIRM = 'pitlane.confirm';
export const CANCEL = 'pitlane.cancel';
/** Followed by `:` and the second half of the request. */
export const CHOOSE = 'pitlane.choose';

/** Block Kit reference: "Option object", value and text; `block_id` and `action_id`. */
const OPTION_VALUE = 75;
const OPTION_TEXT = 75;
const ID = 255;

/** What is done with a pod, where the command's name is no verb. */
const TASKS: Readonly<Partial<Record<Request['command'], string>>> = {
  evidence: 'take evidence of',
  logs: 'read the log of',
};

/** Confirm and Cancel under a proposal. Undefined when the offer is too long for a button (a reason of many odd characters). */
export function offerButtons(offer: Offer): Block | undefined {
  const value = buttonValue(offer);
  if (value === undefined) return undefined;
  const verb = offer.confirmation.request.command;
  return {
    type: 'actions',
    elements: [
      {
        type: 'button',
        style: 'primary',
        action_id: CONFIRM,
        value,
        text: { type: 'plain_text', text: `Confirm ${verb}` },
      },
      { type: 'button', action_id: CANCEL, value, text: { type: 'plain_text', text: 'Cancel' } },
    ],
  };
}

/** The offer on a pressed button; undefined for the buttons of another version. */
export function readOffer(value: string): Offer | undefined {
  const read = readButtonValue(value);
  if (read === undefined) return undefined;
  const { by, at, requestId, address, confirmation } = read as Partial<Offer>;
  if (
    typeof by !== 'string' ||
    typeof requestId !== 'string' ||
    typeof address !== 'string' ||
    typeof at !== 'number' ||
    typeof confirmation?.fingerprint !== 'string'
  )
    return undefined;
  const { id, request, pod, fingerprint } = confirmation;
  if (typeof id !== 'string' || !isPod(pod)) return undefined;
  return { by, at, requestId, address, confirmation: { id, request: request as ChangeRequest, pod, fingerprint } };
}

export interface Option {
  readonly pod: { readonly name: string; readonly uid: string };
  /** What the list shows. */
  readonly text: string;
}

/**
 * A menu of pods. A press on an ephemeral message brings neither its text nor its blocks back, and an option's value is
 * short: so the request, and how the service was addressed, travel in the ids of the block and of the menu. Undefined when it is too long for them.
 */
export function podMenu(request: Request, address: string, options: readonly Option[]): Block | undefined {
  // A character of two halves must not be torn apart between the ids.
  const text = escapedJson({ address, request }, /[&<>]|[^ -~]/g);
  const rest = text.slice(ID);
  if (CHOOSE.length + 1 + rest.length > ID) return undefined;
  return {
    type: 'actions',
    block_id: text.slice(0, ID),
    elements: [
      {
        type: 'static_select',
        action_id: `${CHOOSE}:${rest}`,
        placeholder: { type: 'plain_text', text: `Pod to ${TASKS[request.command] ?? request.command}` },
        options: options.map((option) => ({
          value: optionValue(option.pod),
          text: { type: 'plain_text', text: shorten(option.text), emoji: false },
        })),
      },
    ],
  };
}

export interface Choice {
  readonly request: Request;
  readonly address: string;
  /** The name may be only its end, which means the same pod. */
  readonly pod: { readonly name: string; readonly uid: string };
}

/** The pod of a picked option, and what it was picked for. */
export function readChoice(blockId: string, actionId: string, value: string): Choice | undefined {
  const read = parseObject(blockId + actionId.slice(CHOOSE.length + 1));
  const request = read?.request as Request | undefined;
  const address = read?.address;
  const [, uid, name] = /^([^:]+):(.+)$/.exec(value) ?? [];
  if (typeof request?.command !== 'string' || typeof address !== 'string') return undefined;
  return uid === undefined || name === undefined ? undefined : { request, address, pod: { uid, name } };
}

/** The end of a long name is the part that tells pods apart, and a unique end names a pod as well as the whole. */
function optionValue(pod: { readonly name: string; readonly uid: string }): string {
  return `${pod.uid}:${pod.name.slice(-(OPTION_VALUE - pod.uid.length - 1)).replace(/^[-.]+/, '')}`;
}

function shorten(text: string): string {
  return text.length <= OPTION_TEXT ? text : `${text.slice(0, OPTION_TEXT - 1)}…`;
}
