import type { CancelRequest, ChangeRequest } from '../../command/request.ts';
import type { Act } from '../job.ts';
import type { Block } from './blocks.ts';
import { buttonValue, isChangeRequest, isPod, readButtonValue } from './button-value.ts';
import { confirmDialog, plainText } from './dialog.ts';

/** Followed by `:` and the command, since each button of a block needs its own `action_id`. */
export const ACT = 'pitlane.act';
export const CANCEL_OPERATION = 'pitlane.end';

const HOUR_SECONDS = 3_600;
/** Block Kit reference: "Button element", text. */
const LONGEST_TEXT = 75;
const LONGEST_NAME = 50;

/** Extend 1h, Restore and Finish for a drained pod. */
export function actButtons({ service, pod, address }: { service: string } & Pick<Act, 'pod' | 'address'>): Block {
  const settled = { service, pods: [pod.name], dryRun: false, force: false };
  const button = (text: string, request: ChangeRequest) => ({
    type: 'button' as const,
    action_id: `${ACT}:${request.command}`,
    // Always fits: a name has at most 253 characters.
    value: buttonValue({ request, pod: { name: pod.name, uid: pod.uid }, address } satisfies Act) ?? '',
    text: plainText(text, LONGEST_TEXT),
  });
  return {
    type: 'actions',
    elements: [
      button('Extend 1h', { command: 'extend', forSeconds: HOUR_SECONDS, ...settled }),
      button('Restore', { command: 'restore', ...settled }),
      {
        ...button('Finish', { command: 'finish', ...settled }),
        style: 'danger',
        confirm: confirmDialog({
          title: 'Delete the pod?',
          text: `This cannot be undone. Pitlane collects evidence and then deletes ${pod.name}`,
          confirm: 'Finish',
          deny: 'Go back',
          isDanger: true,
        }),
      },
    ],
  };
}

/** The data of a pressed button of a reminder. Undefined for another version. */
export function readAct(value: string): Act | undefined {
  const { request, pod, address } = (readButtonValue(value) ?? {}) as Partial<Act>;
  if (!isChangeRequest(request) || !isPod(pod) || typeof address !== 'string') return undefined;
  return { request, pod, address };
}

/** Cancels an operation in progress. */
export function cancelButton(
  operation: { readonly service: string; readonly id: string; readonly address: string },
  { command, pod }: { readonly command: string; readonly pod: string },
): Block {
  // The end of a long name tells pods apart.
  const name = pod.length <= LONGEST_NAME ? pod : `…${pod.slice(-LONGEST_NAME)}`;
  return {
    type: 'actions',
    elements: [
      {
        type: 'button',
        action_id: CANCEL_OPERATION,
        value: buttonValue({ service: operation.service, id: operation.id, address: operation.address }) ?? '',
        text: plainText(`Cancel ${command} ${name}`, LONGEST_TEXT),
      },
    ],
  };
}

/** The request of a pressed Cancel button, and how the service is addressed. */
export function readCancel(value: string): { readonly request: CancelRequest; readonly address: string } | undefined {
  const { service, id, address } = readButtonValue(value) ?? {};
  if (typeof service !== 'string' || typeof id !== 'string' || typeof address !== 'string') return undefined;
  return { request: { command: 'cancel', service, operation: id }, address };
}
