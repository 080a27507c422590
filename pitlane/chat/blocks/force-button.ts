import type { ChangeRequest } from '../../command/request.ts';
import type { Check, Refusal } from '../../rotation/plan.ts';
import type { Force } from '../job.ts';
import type { Block } from './blocks.ts';
import { buttonValue, isPod, readButtonValue } from './button-value.ts';
import { confirmDialog } from './dialog.ts';

export const FORCE = 'pitlane.force';

/** Force under a refusal that may be forced. Undefined when the request is too long for a button: then it is typed. */
export function forceButton({ operation, checks }: Refusal, asked: Pick<Force, 'at' | 'requestId' | 'address'>) {
  const { request, pod, by } = operation;
  const refused = checks.filter(({ level }) => level === 'refusal');
  const force: Force = {
    request: { ...request, pod: pod.name, force: true } as ChangeRequest,
    pod: { name: pod.name, uid: pod.uid },
    codes: checks.filter(({ level }) => level === 'refusal' || level === 'warning').map(({ code }) => code),
    by,
    ...asked,
  };
  const value = buttonValue(force);
  if (value === undefined) return undefined;
  const block: Block = {
    type: 'actions',
    elements: [
      {
        type: 'button',
        style: 'danger',
        action_id: FORCE,
        value,
        text: { type: 'plain_text', text: `Force ${request.command}` },
        confirm: confirmDialog({
          title: `Force ${request.command}?`,
          text: `It sets aside: ${refused.map(({ message }) => message).join(' ')}`,
          confirm: `Force ${request.command}`,
          deny: 'Go back',
          isDanger: true,
        }),
      },
    ],
  };
  return block;
}

/** What a pressed Force button carries; undefined for the buttons of another version. */
export function readForce(value: string): Force | undefined {
  const { request, pod, codes, by, at, requestId, address } = (readButtonValue(value) ?? {}) as Partial<Force>;
  if (
    typeof request?.command !== 'string' ||
    request.force !== true ||
    !isPod(pod) ||
    !Array.isArray(codes) ||
    typeof by !== 'string' ||
    typeof at !== 'number' ||
    typeof requestId !== 'string' ||
    typeof address !== 'string'
  )
    return undefined;
  return { request, pod, codes, by, at, requestId, address };
}

/** Refusals that are set aside and warnings that were not shown beside the button: somebody has to see them first. */
export function unnamed(checks: readonly Check[], { codes }: Force): readonly Check[] {
  return checks.filter(({ level, code }) => (level === 'overridden' || level === 'warning') && !codes.includes(code));
}
