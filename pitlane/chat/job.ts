import { createHash } from 'node:crypto';
import type { ChangeRequest, Request } from '../command/request.ts';
import type { Confirmation, Helped, NotUnderstood } from '../operate/outcome.ts';
import type { Block } from './blocks/blocks.ts';

/** The work that the Slack function hands over to the worker, as JSON. */
export type Job = RequestJob | ChooseJob | ConfirmJob | CancelJob | ForceJob | ActJob | TellJob;

interface RequestJob {
  kind: 'request';
  request: Request;
  asker: Person;
}

/** A pod was picked for a request without one. */
interface ChooseJob {
  kind: 'choose';
  request: Request;
  pod: { name: string; uid: string };
  asker: Person;
}

/** Confirm was pressed under a proposal. */
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

/** Force was pressed under a refusal. */
export interface ForceJob {
  kind: 'force';
  force: Force;
  asker: Person;
}

/** A button of a reminder was pressed. */
export interface ActJob {
  kind: 'act';
  act: Act;
  /** The reminder as the channel sees it. Absent: Slack did not return it. */
  reminder?: PressedMessage;
  asker: Person;
}

/** An answer that only the worker can give: a mention has no `response_url`, and only the worker has a token. */
interface TellJob {
  kind: 'tell';
  outcome: NotUnderstood | Helped;
  asker: Person;
}

/** A proposal as its buttons carry it. */
export interface Offer {
  confirmation: Confirmation;
  /** The only pod: another one of its name is another pod. Absent: there are several, and the fingerprint has their uids. */
  pod?: { name: string; uid: string };
  /** The Slack user id of the person who asked. */
  by: string;
  /** When it was shown, milliseconds since the epoch. */
  at: number;
  /** The id of the proposed request, which the operation keeps. */
  requestId: string;
  /** How the person addressed the service. */
  address: string;
}

/** A refusal as its Force button carries it. */
export interface Force {
  /** With `force`, and of a single pod its full name. */
  request: ChangeRequest;
  /** The only pod that was looked at: another one of its name is another pod. Absent: there were several. */
  pod?: { name: string; uid: string };
  /** Codes of the refusals and warnings that were shown. No others are overridden. */
  codes: string[];
  /** The Slack user id of the person who was refused. */
  by: string;
  /** When it was shown, milliseconds since the epoch. */
  at: number;
  /** The id of the refused request. */
  requestId: string;
  /** How the person addressed the service. */
  address: string;
}

/** The request of a button of a reminder. */
export interface Act {
  /** With the pod's full name. */
  request: ChangeRequest;
  pod: { name: string; uid: string };
  /** How the service is addressed. */
  address: string;
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
  teamId: string;
  /** The conversation's id: `C…` and `G…` are channels, `D…` is a direct message. */
  channel: string;
  isDirectMessage: boolean;
  /** The first message of the thread. Absent: not in a thread. */
  thread?: string;
  /** Takes 5 answers within 30 minutes, also if the bot is not in the channel. Absent for mentions. Never logged. */
  responseUrl?: string;
  /** Slack's `trigger_id` or `event_id`, which stays the same if Slack delivers twice. */
  requestId: string;
  /** How the person addresses the service: `/rng`, `/pitlane rng`, `@pitlane rng`. Each command to type begins with it. */
  address: string;
}

/** The operation's id, which people can quote and log lines carry. */
export function referenceOf(requestId: string): string {
  return createHash('sha256').update(requestId).digest('hex').slice(0, 10);
}
