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

const KNOWN: readonly [RegExp, Claim][] = [
  [/^Evidence of |^@\S+: \S+ is still drained|is no longer looked after|there is a newer reminder/, 'no claim'],
  [/^(Drain|Restore|Extend|Finish) \S+: asked for\./, 'asked'],
  [/Pitlane tries again by itself/, 'put off'],
  [/nothing was changed/i, 'nothing changed'],
  [/Pitlane goes on by itself/, 'under way'],
  [/^(Draining|Restoring|Extending|Finishing) \S+ …/, 'under way'],
  [/^Cancelling /, 'under way'],
  [/^(Drained|Restored|More time for|Finished) /, 'done'],
  [/whether that was done is not known|is not known: nobody could look/, 'not known'],
  [/^(Draining|Restoring|Extending|Finishing) \S+ failed\n/, 'something stands'],
  [/^.* was (?:cancelled|overtaken by another request)\.\n/, 'something stands'],
  [/^(Draining|Restoring|Extending|Finishing) \S+ is not proven yet/, 'not seen'],
];

export function claimOf(message: Shown): Claim {
  const text = linesOf(message).join('\n');
  return KNOWN.find(([pattern]) => pattern.test(text))?.[1] ?? 'not understood';
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
