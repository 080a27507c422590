import type { types } from '@slack/bolt';
import { covers } from '../../command/role.ts';
import type { Standing } from '../../config/grants.ts';
import type { Asker } from '../../operate/asker.ts';
import { operationId } from '../../operate/house.ts';
import type { Outcome } from '../../operate/outcome.ts';
import type { OpenHouse } from '../../operate/use-case.ts';
import type { Message } from '../blocks/blocks.ts';
import type { Person, RequestJob } from '../job.ts';
import type { TextFile } from '../slack/files.ts';
import type { Replies } from '../slack/replies.ts';
import type { Setting } from '../views/setting.ts';
import { outcomeView } from '../views/views.ts';
import type { Share } from './share-evidence.ts';

export interface ConversationOptions extends Pick<OpenHouse, 'pitlane' | 'service'> {
  readonly roleOf: (person: Person) => Promise<Standing>;
  readonly replies: Replies;
  /** Posts evidence in the thread of a report, or where the person sees it. Never rejects. */
  readonly share: Share;
  /** Sends a file to the person only. False: Slack refused it. Never rejects. */
  readonly send: (file: TextFile) => Promise<boolean>;
  /** Opens a window, with what the press of a button allows for 3 s. */
  readonly openWindow: (trigger: string, view: types.ModalView) => Promise<Opened>;
  /** Shows the person the Home tab. */
  readonly showHome: (message: Message) => Promise<void>;
  readonly now: () => number;
  /** Milliseconds since the epoch, with time left for the last message. */
  readonly deadline: number;
  /** For the log. The person knows already. */
  readonly onError: (error: unknown) => void;
}

/** What became of a window. `unknown`: it may be there. */
export type Opened = 'opened' | 'refused' | 'unknown';

/** How a job ended, for the log. */
export type Ending =
  | Outcome['kind']
  | 'asksWhy'
  | 'dismissed'
  | 'expired'
  | 'home'
  | 'notYours'
  | 'podGone'
  | 'undoSpent'
  | 'wrongChannel';

/** One job of one person. */
export interface Turn extends ConversationOptions {
  readonly job: RequestJob;
  readonly standing: Standing;
}

export function askerOf({ job: { asker }, standing }: Turn): Asker {
  return { by: asker.userId, byName: asker.name, role: standing.role, requestId: asker.requestId };
}

export function view(outcome: Outcome, turn: Turn): Message {
  const { why } = turn.standing;
  const shown =
    outcome.kind === 'denied' && why !== undefined ? { ...outcome, message: `${outcome.message} ${why}` } : outcome;
  return outcomeView(shown, setting(turn));
}

export function setting({ job: { asker, request }, standing, now }: Turn): Setting {
  const { address, requestId } = asker;
  return {
    address,
    reference: operationId(requestId),
    offer: { at: now(), requestId },
    mayForce: covers(standing.role, 'admin'),
    role: standing.role,
    ...(request.service !== undefined && { service: request.service }),
  };
}
