import { aboutPod } from '../../command/request.ts';
import { refusalText } from '../../operate/words.ts';
import { type Check, podsIn, type Refusal } from '../../rotation/plan.ts';
import type { Force } from '../job.ts';
import type { Block } from './blocks.ts';
import { buttonValue, isChangeRequest, isPod, readButtonValue } from './button-value.ts';
import { confirmDialog } from './dialog.ts';

export const FORCE = 'pitlane.force';

/** Force under a refusal. Undefined if the request is too long for a button. */
export function forceButton({ operation, checks }: Refusal, asked: Pick<Force, 'at' | 'requestId' | 'address'>) {
  const { request, by } = operation;
  const [pod, ...others] = podsIn(operation.subject);
  const isOne = pod !== undefined && others.length === 0;
  const force: Force = {
    request: { ...(isOne ? aboutPod(request, pod.name) : request), force: true },
    ...(isOne && { pod: { name: pod.name, uid: pod.uid } }),
    codes: [
      ...new Set(checks.filter(({ level }) => level === 'refusal' || level === 'warning').map(({ code }) => code)),
    ],
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
          text: `Overrides: ${refusalText(checks)}`,
          confirm: `Force ${request.command}`,
          deny: 'Go back',
          isDanger: true,
        }),
      },
    ],
  };
  return block;
}

/** The data of a pressed Force button. Undefined for another version. */
export function readForce(value: string): Force | undefined {
  const { request, pod, codes, by, at, requestId, address } = (readButtonValue(value) ?? {}) as Partial<Force>;
  if (
    !isChangeRequest(request) ||
    request.force !== true ||
    (pod !== undefined && !isPod(pod)) ||
    !Array.isArray(codes) ||
    typeof by !== 'string' ||
    typeof at !== 'number' ||
    typeof requestId !== 'string' ||
    typeof address !== 'string'
  )
    return undefined;
  return { request, ...(pod !== undefined && { pod }), codes, by, at, requestId, address };
}

/** Overridden refusals and warnings that were not shown with the button. People must see them before they are overridden. */
export function notShown(checks: readonly Check[], { codes }: Force): readonly Check[] {
  return checks.filter(
    ({ level, code }) =>
      (level === 'overridden' || level === 'warning' || level === 'leftOut') && !codes.includes(code),
  );
}
