import { type MessageState, stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import type { Shown } from '../../sandbox/slack/workspace.ts';

/** What a message in the channel claims of an operation. */
export type Claim =
  /** That it was asked for, and no more. */
  | 'asked'
  | 'under way'
  /** That it did not work here, and is tried again: another message tells of that. */
  | 'put off'
  | 'done'
  | 'nothing changed'
  | 'something stands'
  | 'not known'
  | 'not seen'
  /** It is about something else: evidence, a reminder. */
  | 'no claim'
  | 'not understood';

const CLAIMS: Readonly<Partial<Record<MessageState, Claim>>> = {
  asked: 'asked',
  running: 'under way',
  goesOn: 'under way',
  cancelling: 'under way',
  done: 'done',
  nothingChanged: 'nothing changed',
  failed: 'something stands',
  partlyDone: 'something stands',
  cancelled: 'something stands',
  superseded: 'something stands',
  unfinished: 'not seen',
  evidence: 'no claim',
  reminder: 'no claim',
  reminderAnswered: 'no claim',
  reminderReplaced: 'no claim',
  recordClosed: 'no claim',
};

/** What outcomes have no code for. */
const REFINED: readonly [RegExp, Claim][] = [
  [/Pitlane tries again by itself/, 'put off'],
  [/whether that was done is not known|is not known: nobody could look/, 'not known'],
  [/nothing was changed/i, 'nothing changed'],
];

export function claimOf(message: Shown): Claim {
  // The comment of a file has no blocks, and so no state.
  if (message.files !== undefined) return 'no claim';
  const state = stateOfMessage(message);
  const claim = (state && CLAIMS[state]) ?? 'not understood';
  if (claim !== 'something stands' && claim !== 'nothing changed') return claim;
  const text = linesOf(message).join('\n');
  return REFINED.find(([pattern]) => pattern.test(text))?.[1] ?? claim;
}

/** Everybody in the channel can read it. */
export function isPublic({ to }: Shown): boolean {
  return to === undefined;
}

/** A message as a person reads it. */
export function linesOf({ blocks, text }: Pick<Shown, 'blocks' | 'text'>): readonly string[] {
  const { lines } = render(blocks);
  return lines.length === 0 ? [text] : lines;
}
