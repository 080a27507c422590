import { aboutPod, type Request } from '../../command/request.ts';
import { podsFor } from '../../operations/table.ts';
import type { Member } from '../../rotation/membership.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import { parseObject } from '../../text/shape.ts';
import { type Block, plainText } from './blocks.ts';
import { type ButtonData, escapedJson, isRequest } from './button-value.ts';

/** `action_id`s, followed by `:` and the rest of the request. */
export const CHOOSE = 'pitlane.choose';
/** The same in a list, which stays when a pod is picked. */
export const PICK = 'pitlane.pick';

/** Block Kit reference: "Option object", value and text; `block_id` and `action_id`. */
const OPTION_VALUE = 75;
const OPTION_TEXT = 75;
const ID = 255;
/** "Select menu element", options. */
export const MOST_OPTIONS = 100;

interface Option {
  readonly pod: PodRef;
  /** The label in the menu. */
  readonly text: string;
}

export function optionOf({ pod, state }: Pick<Member, 'pod' | 'state'>): Option {
  const health = pod.status === 'Running' ? state : `${state}, ${pod.status}`;
  const restarts = pod.restarts > 0 ? `, ${pod.restarts} restarts` : '';
  return { pod, text: `${pod.name} · ${health}${restarts}` };
}

/**
 * A menu of pods. A press on an ephemeral message returns neither its text nor its blocks, and an option's value is
 * short. So the ids of the block and the menu carry the request and the address. Undefined if they are too long for that.
 */
export function podMenu(
  request: Request,
  address: string,
  options: readonly Option[],
  id: typeof CHOOSE | typeof PICK = CHOOSE,
): Block | undefined {
  // The ids must not split a surrogate pair.
  const text = escapedJson({ address, request }, /[&<>]|[^ -~]/g);
  const rest = text.slice(ID);
  if (id.length + 1 + rest.length > ID) return undefined;
  return {
    type: 'actions',
    block_id: text.slice(0, ID),
    elements: [
      {
        type: 'static_select',
        action_id: `${id}:${rest}`,
        placeholder: { type: 'plain_text', text: `Pod to ${podsFor(request).verb ?? request.command}` },
        options: options.map((option) => ({
          value: optionValue(option.pod),
          text: plainText(option.text, OPTION_TEXT),
        })),
      },
    ],
  };
}

/** The picked pod, and the request about it. The name may be only its end, which is as unique. */
export function readChoice(blockId: string, actionId: string, value: string): ButtonData | undefined {
  const { request, address } = parseObject(blockId + actionId.slice(actionId.indexOf(':') + 1)) ?? {};
  const [, uid, name] = /^([^:]+):(.+)$/.exec(value) ?? [];
  if (!isRequest(request) || typeof address !== 'string' || uid === undefined || name === undefined) return undefined;
  return { request: aboutPod(request, name), address, pod: { name, uid } };
}

/** Keeps the end of a long name: it tells pods apart, and is as unique as the whole. */
function optionValue({ name, uid }: PodRef): string {
  return `${uid}:${name.slice(-(OPTION_VALUE - uid.length - 1)).replace(/^[-.]+/, '')}`;
}
