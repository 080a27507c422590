import { createHash } from 'node:crypto';
import type { ChangeRequest, Request } from '../command/request.ts';
import type { Confirmation, Helped, NotUnderstood } from '../operate/outcome.ts';
import type { Block } from './blocks/blocks.ts';

/** What the Slack door hands to the worker. Travels as JSON. */
export type Job = RequestJob | ChooseJob | ConfirmJob | CancelJob | ForceJob | ActJob | TellJob;

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

/** Somebody pressed Force under a refusal. */
export interface ForceJob {
  kind: 'force';
  force: Force;
  asker: Person;
}

/** Somebody pressed a button of a reminder. */
export interface ActJob {
  kind: 'act';
  act: Act;
  /** The reminder, as it stands where everybody sees it. Absent: Slack did not bring it along. */
  reminder?: PressedMessage;
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
  /** The Slack user id of the person who asked. */
  by: string;
  /** When it was shown, milliseconds since the epoch. */
  at: number;
  /** Of the request that was answered with it: the operation keeps the id that it was proposed under. */
  requestId: string;
  /** How the service was addressed. */
  address: string;
}

/** A refusal as its Force button carries it. */
export interface Force {
  /** With `force`, and the pod's full name. */
  request: ChangeRequest;
  /** The pod that was looked at: another one of its name is another pod. */
  pod: { name: string; uid: string };
  /** Codes of the refusals and warnings that were shown: no others are set aside. */
  codes: string[];
  /** The Slack user id of the person who was refused. */
  by: string;
  /** When it was shown, milliseconds since the epoch. */
  at: number;
  /** Of the request that was refused. */
  requestId: string;
  /** How the service was addressed. */
  address: string;
}

/** What a button of a reminder asks for. */
export interface Act {
  /** With the pod's full name. */
  request: ChangeRequest;
  pod: { name: string; uid: string };
  /** How the service is addressed. */
  address: string;
}

/** A message whose button was pressed, as Slack brings it back. Of an ephemeral one it brings nothing. */
export interface PressedMessage {
  ts: string;
  text: string;
  blocks: Block[];
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
