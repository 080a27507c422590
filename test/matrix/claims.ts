import { type MessageState, stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import type { Shown } from '../../sandbox/slack/workspace.ts';

/** What a message in the channel claims about an operation. */
export type Claim =
  | 'asked'
  | 'in progress'
  /** The tick tries again, and another message reports that. */
  | 'tried again'
  | 'done'
  | 'nothing changed'
  | 'something changed'
  | 'unknown'
  | 'not proven'
  /** About something else: evidence, a reminder. */
  | 'no claim'
  | 'unexpected';

const CLAIMS: Readonly<Partial<Record<MessageState, Claim>>> = {
  asked: 'asked',
  running: 'in progress',
  goesOn: 'in progress',
  cancelling: 'in progress',
  done: 'done',
  failed: 'something changed',
  failedUnknown: 'unknown',
  failedForNow: 'tried again',
  scheduleFailed: 'tried again',
  nothingChanged: 'nothing changed',
  cancelled: 'something changed',
  cancelledUntouched: 'nothing changed',
  superseded: 'something changed',
  supersededUntouched: 'nothing changed',
  unfinished: 'not proven',
  partlyDone: 'not proven',
  proposal: 'nothing changed',
  refusal: 'nothing changed',
  notUnderstood: 'nothing changed',
  evidence: 'no claim',
  reminder: 'no claim',
  reminderReplaced: 'no claim',
  reminderAnswered: 'no claim',
  recordClosed: 'no claim',
  gateWarning: 'no claim',
};

export function claimOf(message: Shown): Claim {
  const state = stateOfMessage(message);
  if (state === undefined) return message.files === undefined ? 'unexpected' : 'no claim';
  return CLAIMS[state] ?? 'unexpected';
}

/** Everyone in the channel can read it. */
export function isPublic({ to }: Shown): boolean {
  return to === undefined;
}

/** A message as a person reads it. */
export function linesOf({ blocks, text }: Pick<Shown, 'blocks' | 'text'>): readonly string[] {
  const { lines } = render(blocks);
  return lines.length === 0 ? [text] : lines;
}
