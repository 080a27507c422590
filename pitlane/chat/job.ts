import type { Request } from '../command/request.ts';
import type { Helped, NotUnderstood } from '../operate/outcome.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { Block } from './blocks/blocks.ts';

/** The work that the Slack function hands over to the worker, as JSON. */
export type Job = RequestJob | TellJob | HomeJob;

/** A request that was typed, or that a pressed button or a picked pod carries. */
export interface RequestJob {
  /** `choose`: a pod of a menu. `act`: a button of a reminder. `confirm`, `cancel` and `force` answer an offer. */
  kind: 'request' | 'choose' | 'confirm' | 'cancel' | 'force' | 'act';
  request: Request;
  /** The only pod that the button showed: another one of its name is another pod. Absent: several, or none was shown. */
  pod?: PodRef;
  /** The proposal or refusal above the button. */
  offer?: Offer;
  /** The reminder above the button, as the channel sees it. Absent: Slack did not return it. */
  reminder?: PressedMessage;
  /** Opens one window within 3 s, to ask for a reason. */
  trigger?: string;
  asker: Person;
}

/** An answer that needs no cluster. The worker sends it after a mention, which has no `response_url`. */
interface TellJob {
  kind: 'tell';
  outcome: NotUnderstood | Helped;
  asker: Person;
}

/** A person has opened the Home tab of the app, or refreshed it. */
export interface HomeJob {
  kind: 'home';
  asker: Person;
}

/** A proposal or refusal as its buttons carry it. */
export interface Offer {
  /** The Slack user id of the person who asked. */
  by: string;
  /** When it was shown, milliseconds since the epoch. */
  at: number;
  /** The id of the request, which a confirmed operation keeps. */
  requestId: string;
  /** The proposed plan's. Absent: it was a refusal. */
  fingerprint?: string;
  /** Codes of the refusals and warnings that were shown: Force overrides no others. Absent: it was a proposal. */
  codes?: readonly string[];
}

/** The message of a pressed button. Slack does not return ephemeral messages. */
export interface PressedMessage {
  ts: string;
  text: string;
  blocks: Block[];
}

/** A person who asks in Slack, and where the answers go. */
export interface Person {
  userId: string;
  /** As Slack shows it. Absent: it came without one, as with a mention. */
  name?: string;
  teamId: string;
  /** The conversation's id: `C…` and `G…` are channels, `D…` is a direct message. */
  channel: string;
  isDirectMessage: boolean;
  /** The first message of the thread. Absent: not in a thread. */
  thread?: string;
  /** Takes 5 answers within 30 minutes, also if the bot is not in the channel. Absent for mentions. Never logged. */
  responseUrl?: string;
  /** The same if Slack delivers twice or a button is pressed twice: `trigger_id`, `event_id`, or from the button. */
  requestId: string;
  /** How the person addresses the service: `/rng`, `/pitlane rng`, `@pitlane rng`. Each command to type begins with it. */
  address: string;
}
