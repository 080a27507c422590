import { operationId } from '../../operate/house.ts';
import type { Message } from '../blocks/blocks.ts';
import { BECAUSE } from '../blocks/reason-modal.ts';
import type { Job } from '../job.ts';
import type { WriteLog } from '../log-line.ts';
import { PostFailed, post } from '../slack/post.ts';
import { handOverUnknownView, notHandedOverView } from '../views/notices.ts';
import { toldView } from '../views/told-view.ts';
import {
  type ActionPayload,
  type CommandPayload,
  type HomePayload,
  type MentionPayload,
  readAction,
  readCommand,
  readHome,
  readMention,
  readWindow,
  type SubmissionPayload,
} from './deliveries.ts';

/** Resolves when the worker has the job. Rejects with a PostFailed of `wasSent` if the worker may have it. */
export type HandOver = (job: Job) => Promise<void>;

export type Answers = ReturnType<typeof answersTo>;

/** Enough to recognise a mention while Slack may deliver it again. */
const REMEMBERED_EVENTS = 500;

/** Answers each kind of delivery after the hand-over. */
export function answersTo(door: { handOver: HandOver; log: WriteLog; now: () => number }) {
  const handedOver = new Set<string>();

  /** The immediate answer. Undefined: the worker has the job and will answer. */
  async function answer(read: () => Job, requestId: string): Promise<Message | undefined> {
    let address = '';
    try {
      const job = read();
      address = job.asker.address;
      if (job.kind === 'tell') {
        door.log('info', { event: 'answered', outcome: job.outcome.kind });
        return toldView(job.outcome, { address });
      }
      await door.handOver(job);
      return undefined;
    } catch (error) {
      const reference = operationId(requestId);
      door.log('error', { event: 'notHandedOver', reference, error });
      const isUncertain = error instanceof PostFailed && error.wasSent;
      return isUncertain ? handOverUnknownView(address, reference) : notHandedOverView(reference);
    }
  }

  /** Rejects when the hand-over fails, so that Slack delivers the event again. */
  async function once(eventId: string, read: () => Job | undefined): Promise<void> {
    if (handedOver.has(eventId)) return;
    const job = read();
    if (job === undefined) return;
    await door.handOver(job);
    if (handedOver.size >= REMEMBERED_EVENTS) handedOver.clear();
    handedOver.add(eventId);
  }

  return {
    /** Resolves to the acknowledgement. Undefined: the worker will answer. */
    async toCommand(payload: CommandPayload) {
      const message = await answer(() => readCommand(payload), payload.trigger_id);
      if (message === undefined) return undefined;
      return { response_type: 'ephemeral' as const, text: message.text, blocks: [...message.blocks] };
    },

    async toAction(payload: ActionPayload): Promise<void> {
      const message = await answer(() => readAction(payload), payload.trigger_id);
      if (message === undefined) return;
      // On the Home tab: a rejection makes Slack show that the press failed.
      if (payload.response_url === undefined) throw new Error(message.text);
      // The acknowledgement of a button can't carry text.
      const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message });
      await post(payload.response_url, { 'content-type': 'application/json' }, body, 1000).catch((error: unknown) =>
        door.log('error', { event: 'answerFailed', error }),
      );
    },

    toMention: (payload: MentionPayload) => once(payload.event_id, () => readMention(payload, door.now())),

    toHome: (payload: HomePayload) => once(payload.event_id, () => readHome(payload)),

    /** Resolves to the acknowledgement. Undefined: the window closes, and the worker will answer. */
    async toWindow(payload: SubmissionPayload) {
      const read = readWindow(payload);
      const misread = read.kind === 'misread' ? read.sentence : undefined;
      const message = read.kind === 'misread' ? undefined : await answer(() => read, `view ${payload.view.id}`);
      const why = misread ?? message?.text;
      // What was typed stays in the window.
      return why === undefined ? undefined : { response_action: 'errors' as const, errors: { [BECAUSE]: why } };
    },
  };
}
