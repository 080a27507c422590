import type { Request } from '../../command/request.ts';
import type { ServiceConfig } from '../../config/config.ts';
import type { Standing } from '../../config/grants.ts';
import { covers, roleFor } from '../../config/role.ts';
import type { Outcome } from '../../operate/outcome.ts';
import type { Asker, Pitlane } from '../../operate/pitlane.ts';
import type { Message } from '../blocks/blocks.ts';
import { type Person, referenceOf } from '../job.ts';
import type { Replies } from '../slack/replies.ts';
import type { TextFile } from '../views/list-file.ts';
import type { Setting } from '../views/setting.ts';
import { outcomeView } from '../views/views.ts';
import type { Share } from './share-evidence.ts';

export interface ConversationOptions {
  readonly pitlane: Pitlane;
  /** Undefined: no such service is configured; Pitlane says so then. */
  readonly service: (key: string) => ServiceConfig | undefined;
  /** What the person may do. */
  readonly roleOf: (person: Person) => Promise<Standing>;
  readonly replies: Replies;
  /** Puts evidence into the thread of a report, or where the person finds it. Never rejects. */
  readonly share: Share;
  /** Gives a file to the person alone. False: Slack did not take it. Never rejects. */
  readonly send: (file: TextFile) => Promise<boolean>;
  readonly now: () => number;
  /** Milliseconds since the epoch: by then the last word must be said. */
  readonly deadline: number;
  /** For the log: the person has been told already. */
  readonly onError: (error: unknown) => void;
}

/** How a job ended, for the log: an outcome's kind, or what became of an offer. */
export type Ending = Outcome['kind'] | 'dismissed' | 'expired' | 'notYours' | 'podGone' | 'wrongChannel';

/** One job of one person. */
export interface Turn extends ConversationOptions {
  readonly person: Person;
  readonly standing: Standing;
  /** A button was pressed: whoever pressed it waits for an answer, also to a second press. */
  readonly isPress: boolean;
  /** The reminder whose button it was. */
  readonly reminder?: string;
}

export function mayAsk(request: Request, { standing }: Turn): boolean {
  return covers(standing.role, roleFor(request));
}

export function askerOf({ person, standing }: Turn): Asker {
  return { by: person.userId, role: standing.role, requestId: person.requestId };
}

/** Slack has delivered the same command twice: the first delivery answers. */
export function isEcho(outcome: Outcome, { isPress }: Turn): boolean {
  return !isPress && (outcome.kind === 'running' || outcome.kind === 'repeated');
}

export function view(outcome: Outcome, turn: Turn): Message {
  const { why } = turn.standing;
  const shown =
    outcome.kind === 'denied' && why !== undefined ? { ...outcome, message: `${outcome.message} ${why}` } : outcome;
  return outcomeView(shown, setting(turn));
}

export function setting({ person, standing, now }: Turn): Setting {
  return {
    address: person.address,
    reference: referenceOf(person.requestId),
    ...(covers(standing.role, 'admin') && { canForce: { at: now(), requestId: person.requestId } }),
  };
}
