/** The state that a message shows, as a code for programs and tests. */
export type MessageState = (typeof STATES)[number];

/** Codes are added, but none changes its meaning or goes away. */
const STATES = [
  // A change, in the order of its life.
  'asked',
  'running',
  /** Still to be proven or finished: Pitlane continues automatically. */
  'goesOn',
  'cancelling',
  'done',
  /** All is written, the proof is missing, and Pitlane does not continue. */
  'unfinished',
  /** Something is still to be written, and Pitlane does not continue. */
  'partlyDone',
  /** Given up with something written. */
  'failed',
  /** Given up, and whether something was written is unknown. */
  'failedUnknown',
  /** The tick tries again, and reports the outcome. */
  'failedForNow',
  'nothingChanged',
  'cancelled',
  'cancelledUntouched',
  'superseded',
  'supersededUntouched',
  // The answer to a request for a change that is not carried out, or not a second time.
  'proposal',
  'dryRun',
  'refusal',
  'denied',
  'choice',
  /** A window asks for the reason and the time. */
  'asksWhy',
  'notUnderstood',
  'alreadyRunning',
  'repeated',
  // The answer to a pressed button.
  'confirmed',
  'dismissed',
  'expired',
  'notYours',
  'podGone',
  // About where the answer is.
  'wrongChannel',
  'elsewhere',
  // Reads.
  'listed',
  'drainedList',
  'home',
  'inspected',
  'logged',
  'operations',
  'history',
  'gate',
  'manifest',
  'schedules',
  'evidence',
  'evidenceNotShared',
  'helped',
  // Drained pods whose time is up.
  'reminder',
  /** Of many pods at once. */
  'reminders',
  'reminderReplaced',
  'reminderAnswered',
  'recordClosed',
  'gateWarning',
  'scheduleFailed',
  /** A cluster does not answer, or answers again. */
  'unreachable',
  'reachable',
  // Pitlane's own trouble.
  'configUnusable',
  'internalError',
  'notHandedOver',
  'handOverUnknown',
  /** The worker never got the request, or stopped before it changed anything. */
  'notRun',
  /** The worker stopped after it had begun. */
  'stopped',
] as const;

const PREFIX = 'pitlane.state:';

/** The first block carries the state as its `block_id`; people see nothing of it. */
export function blockIdOf(state: MessageState): string {
  return PREFIX + state;
}

/** The state of a message as Slack returns it. Undefined: Pitlane did not write it, or it is a file's comment. */
export function stateOfMessage(message: {
  readonly blocks?: readonly { readonly block_id?: string | undefined }[];
}): MessageState | undefined {
  const id = message.blocks?.[0]?.block_id;
  return STATES.find((state) => id === PREFIX + state);
}
