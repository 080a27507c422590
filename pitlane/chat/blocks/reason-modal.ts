import type { types } from '@slack/bolt';
import { LONGEST_REASON } from '../../command/reason.ts';
import { type ChangeRequest, isChange } from '../../command/request.ts';
import { format, parse } from '../../operations/commands.ts';
import { asksWhy, operationNamed } from '../../operations/table.ts';
import { formatDuration } from '../../text/duration.ts';
import { isText, optional, parseObject, shape } from '../../text/shape.ts';
import type { RequestJob } from '../job.ts';
import { context, plainText, section } from './blocks.ts';
import { buttonValue, readButtonValue } from './button-value.ts';
import { code, escapeInline } from './mrkdwn.ts';

/** The `callback_id` of the window that asks for a reason and a time. */
const REASON = 'pitlane.reason';

/** The `block_id`s of the inputs. */
export const BECAUSE = 'because';
export const FOR = 'forSeconds';
const ELEMENT = 'value';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const SUGGESTED = [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR];

/** Block Kit reference: "Modal view", title, submit and private_metadata; "Input block", hint. */
const TITLE = 24;
const METADATA = 3000;
const HINT = 2000;
const LABEL = 2000;

/** Where the answer goes: the window has no `response_url`. */
interface Place {
  readonly channel: string;
  readonly thread?: string;
}

const isPlace = shape<Place>({ channel: isText, thread: optional(isText) });

/** Asks for the reason and the time of a picked pod. Undefined: the request needs neither, or is too long to carry. */
export function reasonModal({ request, pod, asker }: RequestJob): types.ModalView | undefined {
  if (!isChange(request) || request.dryRun || request.because !== undefined) return undefined;
  const asked = asksWhy(request);
  if (asked === undefined || pod === undefined) return undefined;
  const { channel, thread, address } = asker;
  const place: Place = { channel, thread };
  const carried = buttonValue({ request, address, pod });
  const metadata = JSON.stringify({ carried, place });
  if (carried === undefined || metadata.length > METADATA) return undefined;
  const { ask } = operationNamed(request.command).words;
  return {
    type: 'modal',
    callback_id: REASON,
    private_metadata: metadata,
    title: plainText(ask, TITLE),
    submit: plainText(ask, TITLE),
    close: plainText('Go back', TITLE),
    blocks: [
      section(`*${escapeInline(pod.name)}* of ${escapeInline(request.service)}`),
      input(BECAUSE, 'Because', asked.because, { type: 'plain_text_input', max_length: LONGEST_REASON }),
      input(FOR, 'For', asked.forSeconds, times(request.forSeconds)),
      context(`The same as ${code(`${address} ${format(request)} for 30m because 5xx`)}: with the same checks.`),
    ],
  };
}

function input(
  id: string,
  label: string,
  hint: string,
  element: Omit<types.PlainTextInput, 'action_id'> | Omit<types.StaticSelect, 'action_id'>,
): types.InputBlock {
  return {
    type: 'input',
    block_id: id,
    optional: true,
    label: plainText(label, LABEL),
    hint: plainText(hint, HINT),
    element: { ...element, action_id: ELEMENT },
  };
}

/** `typed`: chosen already, and then among the suggestions. */
function times(typed: number | undefined): types.StaticSelect {
  const option = (seconds: number): types.PlainTextOption => ({
    value: formatDuration(seconds),
    text: plainText(formatDuration(seconds), TITLE),
  });
  const all = [...new Set([...SUGGESTED, ...(typed === undefined ? [] : [typed])])].sort((a, b) => a - b);
  return {
    type: 'static_select',
    placeholder: plainText('The default', TITLE),
    options: all.map(option),
    ...(typed !== undefined && { initial_option: option(typed) }),
  };
}

/** The fields of a `view_submission` payload. */
export interface SubmittedView {
  readonly id: string;
  readonly callback_id?: string;
  readonly private_metadata?: string;
  readonly state?: { readonly values?: Readonly<Record<string, Readonly<Record<string, Input>>>> };
}

interface Input {
  readonly value?: string | null;
  readonly selected_option?: { value?: string } | null;
}

export type Submitted =
  | ({ readonly kind: 'request'; readonly address: string; readonly request: ChangeRequest } & Place &
      Pick<RequestJob, 'pod'>)
  /** `sentence`: for the input of the reason. */
  | { readonly kind: 'misread'; readonly sentence: string };

/**
 * The request, read like one that is typed. What the window carries comes back from Slack and gives no right: the role and
 * the pod are checked again. Undefined: another version of Pitlane opened it.
 */
export function readSubmission({ callback_id, private_metadata = '', state }: SubmittedView): Submitted | undefined {
  const { carried, place } = parseObject(private_metadata) ?? {};
  const data = typeof carried === 'string' ? readButtonValue(carried) : undefined;
  if (callback_id !== REASON || data === undefined || !isChange(data.request) || !isPlace(place)) return undefined;
  const given = state?.values ?? {};
  const because = given[BECAUSE]?.[ELEMENT]?.value?.trim() ?? '';
  const time = given[FOR]?.[ELEMENT]?.selected_option?.value;
  const { because: _, forSeconds: __, ...rest } = data.request;
  const words = [format(rest), ...(time === undefined ? [] : [`for ${time}`])].join(' ');
  const timed = parse(words, rest.service);
  if (timed.kind !== 'parsed' || !isChange(timed.request)) return undefined;
  const meant = because === '' ? timed.request : { ...timed.request, because };
  const read = parse(format(meant), rest.service);
  if (read.kind === 'misread') return { kind: 'misread', sentence: read.message };
  if (!isChange(read.request)) return undefined;
  return { kind: 'request', request: read.request, pod: data.pod, address: data.address, ...place };
}
