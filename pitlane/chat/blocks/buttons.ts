import type { Request } from '../../command/request.ts';
import { podsFor } from '../../operations/table.ts';
import type { Offer } from '../job.ts';
import type { Block } from './blocks.ts';
import { buttonValue, escapedJson, isChangeRequest, isPod, parseObject, readButtonValue } from './button-value.ts';
import { plainText } from './dialog.ts';

/** `action_id`s, which tell pressed buttons apart. */
export const CONFIRM = 'pitlane.confirm';
export const CANCEL = 'pitlane.cancel';
/** Followed by `:` and the rest of the request. */
export const CHOOSE = 'pitlane.choose';

/** Block Kit reference: "Option object", value and text; `block_id` and `action_id`. */
const OPTION_VALUE = 75;
const OPTION_TEXT = 75;
const ID = 255;

/** Confirm and Cancel under a proposal. Undefined if the offer is too long for a button. */
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

/** The offer of a pressed button. Undefined for another version. */
export function readOffer(value: string): Offer | undefined {
  const read = readButtonValue(value);
  if (read === undefined) return undefined;
  const { by, at, requestId, address, confirmation, pod } = read as Partial<Offer>;
  if (
    typeof by !== 'string' ||
    typeof requestId !== 'string' ||
    typeof address !== 'string' ||
    typeof at !== 'number' ||
    typeof confirmation?.fingerprint !== 'string'
  )
    return undefined;
  const { id, request, fingerprint } = confirmation;
  if (typeof id !== 'string' || !isChangeRequest(request) || (pod !== undefined && !isPod(pod))) return undefined;
  return { by, at, requestId, address, confirmation: { id, request, fingerprint }, ...(pod !== undefined && { pod }) };
}

export interface Option {
  readonly pod: { readonly name: string; readonly uid: string };
  /** The label in the menu. */
  readonly text: string;
}

/**
 * A menu of pods. A press on an ephemeral message returns neither its text nor its blocks, and an option's value is
 * short. So the ids of the block and the menu carry the request and the address. Undefined if they are too long for that.
 */
export function podMenu(request: Request, address: string, options: readonly Option[]): Block | undefined {
  // The ids must not split a surrogate pair.
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
        placeholder: { type: 'plain_text', text: `Pod to ${podsFor(request).verb ?? request.command}` },
        options: options.map((option) => ({
          value: optionValue(option.pod),
          text: plainText(option.text, OPTION_TEXT),
        })),
      },
    ],
  };
}

export interface Choice {
  readonly request: Request;
  readonly address: string;
  /** The name may be only its end, which is as unique. */
  readonly pod: { readonly name: string; readonly uid: string };
}

/** The picked pod, and the request that it completes. */
export function readChoice(blockId: string, actionId: string, value: string): Choice | undefined {
  const read = parseObject(blockId + actionId.slice(CHOOSE.length + 1));
  const request = read?.request as Request | undefined;
  const address = read?.address;
  const [, uid, name] = /^([^:]+):(.+)$/.exec(value) ?? [];
  if (typeof request?.command !== 'string' || typeof address !== 'string') return undefined;
  return uid === undefined || name === undefined ? undefined : { request, address, pod: { uid, name } };
}

/** Keeps the end of a long name: it tells pods apart, and is as unique as the whole. */
function optionValue(pod: { readonly name: string; readonly uid: string }): string {
  return `${pod.uid}:${pod.name.slice(-(OPTION_VALUE - pod.uid.length - 1)).replace(/^[-.]+/, '')}`;
}
