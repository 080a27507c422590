import { createHash } from 'node:crypto';
import type { Request } from '../command/request.ts';
import type { Confirmation, Helped, NotUnderstood } from '../outcome.ts';

/** What the Slack door hands to the worker. Travels as JSON. */
export type Job = RequestJob | ChooseJob | ConfirmJob | CancelJob | TellJob;

interface RequestJob {
  kind: 'request';
  request: Request;
  asker: Person;
}

/** Somebody picked a pod for a request that named none. */
interface ChooseJob {
  kind: 'choose';
  request: Request;
  pod: { name: string; uid: string };
  asker: Person;
}

/** Somebody pressed Confirm under a proposal. */
export interface ConfirmJob {
  kind: 'confirm';
  offer: Offer;
  asker: Person;
}

export interface CancelJob {
  kind: 'cancel';
  offer: Offer;
  asker: Person;
}

/** An answer that the door knows but can't give itself: a mention has no reply to put it in. */
interface TellJob {
  kind: 'tell';
  outcome: NotUnderstood | Helped;
  asker: Person;
}

/** A proposal as its buttons carry it: what a confirmation confirms, to whom it was shown, and when. */
export interface Offer {
  confirmation: Confirmation;
  /** The Slack user id of the person who asked; only they may answer. */
  by: string;
  /** When it was shown, milliseconds since the epoch. */
  at: number;
  /** Of the request that was answered with it: the operation keeps the id that it was proposed under. */
  requestId: string;
  /** How the service was addressed. */
  address: string;
}

/** Who asks in Slack, and where the answers go. */
export interface Person {
  userId: string;
  teamId: string;
  /** The conversation's id: `C…` and `G…` are channels, `D…` is a direct message. */
  channel: string;
  isDirectMessage: boolean;
  /** The thread's first message; absent: not in a thread. */
  thread?: string;
  /** Answers go here without membership of the channel: 5 times within 30 minutes. Absent for mentions. Never logged. */
  responseUrl?: string;
  /** Slack's id of the delivery (`trigger_id`, `event_id`): the same again when Slack delivers twice. */
  requestId: string;
  /** How the person addresses the service, to show what to type next: `/rng`, `/pitlane rng`, `@pitlane rng`. */
  address: string;
}

/** What a person can quote and what our log lines carry: the same text as the operation's id. */
export function referenceOf(requestId: string): string {
  return createHash('sha256').update(requestId).digest('hex').slice(0, 10);
}
