import type { CancelRequest, ChangeRequest } from '../../command/request.ts';
import type { Act } from '../job.ts';
import type { Block } from './blocks.ts';
import { buttonValue, isPod, readButtonValue } from './button-value.ts';
import { confirmDialog, plainText } from './dialog.ts';

/** Followed by `:` and the command: each button of a block needs an `action_id` of its own. */
export const ACT = 'pitlane.act';
export const END = 'pitlane.end';

const HOUR_SECONDS = 3_600;
/** Block Kit reference: "Button element", text. */
const LONGEST_TEXT = 75;
const LONGEST_NAME = 50;

/** Extend 1h, Restore and Finish for a drained pod. */
export function actButtons({ service, pod, address }: { service: string } & Pick<Act, 'pod' | 'address'>): Block {
  const settled = { service, pod: pod.name, dryRun: false, force: false } as const;
  const button = (text: string, request: ChangeRequest) => ({
    type: 'button' as const,
    action_id: `${ACT}:${request.command}`,
    // Names have at most 253 characters, so this always fits.
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
          text: `There is no way back. Its evidence is taken, and then it is deleted: ${pod.name}`,
          confirm: 'Finish',
          deny: 'Go back',
          isDanger: true,
        }),
      },
    ],
  };
}

/** What a pressed button of a reminder carries; undefined for the buttons of another version. */
export function readAct(value: string): Act | undefined {
  const { request, pod, address } = (readButtonValue(value) ?? {}) as Partial<Act>;
  if (typeof request?.command !== 'string' || !isPod(pod) || typeof address !== 'string') return undefined;
  return { request, pod, address };
}

/** Cancel for an operation that is under way. */
export function endButton(
  end: { readonly service: string; readonly id: string; readonly address: string },
  { command, pod }: { readonly command: string; readonly pod: string },
): Block {
  // The end of a long name is the part that tells pods apart.
  const name = pod.length <= LONGEST_NAME ? pod : `…${pod.slice(-LONGEST_NAME)}`;
  return {
    type: 'actions',
    elements: [
      {
        type: 'button',
        action_id: END,
        value: buttonValue({ service: end.service, id: end.id, address: end.address }) ?? '',
        text: plainText(`Cancel ${command} ${name}`, LONGEST_TEXT),
      },
    ],
  };
}

/** The request that a pressed Cancel of an operation stands for, and how the service was addressed. */
export function readEnd(value: string): { readonly request: CancelRequest; readonly address: string } | undefined {
  const { service, id, address } = readButtonValue(value) ?? {};
  if (typeof service !== 'string' || typeof id !== 'string' || typeof address !== 'string') return undefined;
  return { request: { command: 'cancel', service, operation: id }, address };
}
