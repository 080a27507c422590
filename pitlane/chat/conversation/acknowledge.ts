import type { Message } from '../blocks/blocks.ts';
import { type Job, referenceOf } from '../job.ts';
import type { WriteLog } from '../log-line.ts';
import { post } from '../slack/post.ts';
import { handOverUnknownView, notHandedOverView } from '../views/notices.ts';
import { outcomeView } from '../views/views.ts';
import {
  type ActionPayload,
  type CommandPayload,
  type MentionPayload,
  type Reading,
  readAction,
  readCommand,
  readMention,
} from './deliveries.ts';

/** Hands a job over to the worker, and resolves when the worker has it. Rejects with HandOverFailed. */
export type HandOver = (job: Job) => Promise<void>;

/** The job did not reach the worker. `isUncertain`: it was sent, but not answered, so the worker may have it. */
export class HandOverFailed extends Error {
  readonly isUncertain: boolean;
  constructor(message: string, isUncertain: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'HandOverFailed';
    this.isUncertain = isUncertain;
  }
}

/** Answers each kind of delivery after the hand-over. */
export interface Answers {
  /** The text of the acknowledgement. An empty string: the worker will answer. */
  toCommand(payload: CommandPayload): Promise<string | EphemeralAnswer>;
  toAction(payload: ActionPayload): Promise<void>;
  /** Rejects when the hand-over fails, so that Slack delivers the event again. */
  toMention(payload: MentionPayload): Promise<void>;
}

type EphemeralAnswer = { response_type: 'ephemeral'; text: string; blocks: Message['blocks'][number][] };

/** Enough to recognise a mention while Slack may deliver it again. */
const REMEMBERED_EVENTS = 500;

export function answersTo(door: { handOver: HandOver; log: WriteLog; now: () => number }): Answers {
  const handedOver = new Set<string>();

  /** The immediate answer. Undefined: the worker has the job and will answer. */
  async function answer(read: () => Reading, requestId: string): Promise<Message | undefined> {
    const reference = referenceOf(requestId);
    let address = '';
    try {
      const reading = read();
      if (reading.kind === 'answer') {
        door.log('info', { event: 'answered', outcome: reading.outcome.kind });
        return outcomeView(reading.outcome, { address: reading.asker.address });
      }
      address = reading.job.asker.address;
      await door.handOver(reading.job);
      return undefined;
    } catch (error) {
      door.log('error', { event: 'notHandedOver', reference, error });
      if (error instanceof HandOverFailed && error.isUncertain) return handOverUnknownView(address, reference);
      return notHandedOverView(reference);
    }
  }

  return {
    async toCommand(payload) {
      const message = await answer(() => readCommand(payload), payload.trigger_id);
      return message === undefined
        ? ''
        : { response_type: 'ephemeral', text: message.text, blocks: [...message.blocks] };
    },

    async toAction(payload) {
      const message = await answer(() => readAction(payload), payload.trigger_id);
      if (message === undefined || payload.response_url === undefined) return;
      // The acknowledgement of a button can't carry text.
      const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message });
      await post(payload.response_url, { 'content-type': 'application/json' }, body, 1000).catch((error: unknown) =>
        door.log('error', { event: 'answerFailed', error }),
      );
    },

    async toMention(payload) {
      if (handedOver.has(payload.event_id)) return;
      const reading = readMention(payload, door.now());
      if (reading === undefined) return;
      // An answer to a mention needs the token, which only the worker has.
      await door.handOver(
        reading.kind === 'job' ? reading.job : { kind: 'tell', outcome: reading.outcome, asker: reading.asker },
      );
      if (handedOver.size >= REMEMBERED_EVENTS) handedOver.clear();
      handedOver.add(payload.event_id);
    },
  };
}
