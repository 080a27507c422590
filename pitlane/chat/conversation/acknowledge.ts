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

/** Passes a job on to the worker and resolves when the worker has it for sure. Rejects with HandOverFailed. */
export type HandOver = (job: Job) => Promise<void>;

/** The job did not reach the worker, or that is not known (`isUncertain`: it was sent, and no answer came). */
export class HandOverFailed extends Error {
  readonly isUncertain: boolean;
  constructor(message: string, isUncertain: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'HandOverFailed';
    this.isUncertain = isUncertain;
  }
}

/** What the door says to each kind of delivery, once the work is handed on. */
export interface Answers {
  /** What the acknowledgement shows to the asker; an empty string: nothing, the worker will answer. */
  toCommand(payload: CommandPayload): Promise<string | EphemeralAnswer>;
  toAction(payload: ActionPayload): Promise<void>;
  /** Rejects when the hand-over fails, so that Slack delivers the event again. */
  toMention(payload: MentionPayload): Promise<void>;
}

type EphemeralAnswer = { response_type: 'ephemeral'; text: string; blocks: Message['blocks'][number][] };

/** More deliveries than a mention can have within the minutes in which Slack repeats one. */
const REMEMBERED_EVENTS = 500;

export function answersTo(door: { handOver: HandOver; log: WriteLog; now: () => number }): Answers {
  const handedOver = new Set<string>();

  /** What to tell the person now; undefined: the worker has the job and will answer. */
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
      door.log('error', { event: 'notHandedOn', reference, error });
      if (error instanceof HandOverFailed && error.isUncertain) return handOverUnknownView(address, reference);
      return notHandedOverView(reference);
    }
  }

  return {
    async toCommand(payload) {
      const said = await answer(() => readCommand(payload), payload.trigger_id);
      return said === undefined ? '' : { response_type: 'ephemeral', text: said.text, blocks: [...said.blocks] };
    },

    async toAction(payload) {
      const said = await answer(() => readAction(payload), payload.trigger_id);
      if (said === undefined || payload.response_url === undefined) return;
      // The acknowledgement of a button can't carry text.
      const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...said });
      await post(payload.response_url, { 'content-type': 'application/json' }, body, 1000).catch((error: unknown) =>
        door.log('error', { event: 'answerFailed', error }),
      );
    },

    async toMention(payload) {
      if (handedOver.has(payload.event_id)) return;
      const reading = readMention(payload, door.now());
      if (reading === undefined) return;
      // Only the worker has the token that an answer to a mention needs.
      await door.handOver(
        reading.kind === 'job' ? reading.job : { kind: 'tell', outcome: reading.outcome, asker: reading.asker },
      );
      if (handedOver.size >= REMEMBERED_EVENTS) handedOver.clear();
      handedOver.add(payload.event_id);
    },
  };
}
