import type { Mark } from './entries.ts';

/** The first block's id carries the state of a message (docs/slack.md, "For programs that read a channel"). */
const PREFIX = 'pitlane.state:';
const IN_PROGRESS = new Set(['asked', 'running', 'goesOn', 'cancelling', 'failedForNow']);
const ENDED = new Set([
  'done',
  'unfinished',
  'partlyDone',
  'failed',
  'failedUnknown',
  'nothingChanged',
  'cancelled',
  'cancelledUntouched',
  'superseded',
  'supersededUntouched',
]);

interface Stated {
  readonly blocks: readonly { readonly block_id?: string }[];
}

/** The mark that an operation sets by its message: where it began, and where it ended. */
export function kindOfMark(before: Stated | undefined, after: Stated): Exclude<Mark['kind'], 'fault'> | undefined {
  const [was, is] = [before, after].map((message) => message?.blocks[0]?.block_id?.replace(PREFIX, '') ?? '');
  if (was === undefined || is === undefined) return undefined;
  if (IN_PROGRESS.has(is) && !IN_PROGRESS.has(was)) return 'began';
  return ENDED.has(is) && !ENDED.has(was) ? 'ended' : undefined;
}
