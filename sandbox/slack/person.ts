import {
  actionBody,
  commandBody,
  type Filled,
  homeActionBody,
  homeBody,
  mentionBody,
  type Place,
  signedRequest,
  windowBody,
} from './deliveries.ts';
import type { FakeSlack } from './server.ts';
import type { Pressable } from './terminal.ts';
import type { Shown, Workspace } from './workspace.ts';

export interface PersonOptions {
  readonly slack: FakeSlack;
  readonly signingSecret: string;
  /** The URL to which Slack delivers commands and interactions. */
  readonly requestUrl: string;
  readonly place: Place;
  readonly now?: () => number;
}

/** The message in an acknowledgement, or what is wrong in a submitted window; undefined without text. */
export type Acknowledgement =
  | (Pick<Shown, 'text' | 'blocks'> & { readonly errors?: Readonly<Record<string, string>> })
  | undefined;

/** A person in Slack, whose actions reach the app signed and over HTTP, as Slack delivers them. */
export class SlackPerson {
  readonly #options: PersonOptions;

  constructor(options: PersonOptions) {
    this.#options = options;
  }

  get id(): string {
    return this.#options.place.user;
  }

  /** Types a slash command. */
  type(line: string): Promise<Acknowledgement> {
    const { slack, place } = this.#options;
    const responseUrl = slack.responseUrl(place.channel, place.user);
    return this.#deliver(commandBody(line, place, slack.workspace.triggerId(), responseUrl));
  }

  /** Writes `@pitlane …` into the channel, or into a thread of it. */
  mention(text: string, thread = this.#options.place.thread): Promise<Acknowledgement> {
    const { slack, place, now = Date.now } = this.#options;
    const id = slack.workspace.triggerId().replaceAll('.', '');
    const there = thread === undefined ? place : { ...place, thread };
    return this.#deliver(mentionBody(text, there, `Ev${id}`, now()), 'application/json');
  }

  /** Presses a button or picks an option of a message. */
  press(pressable: Pressable, message: Shown): Promise<Acknowledgement> {
    const { slack, place } = this.#options;
    const responseUrl = slack.responseUrl(place.channel, place.user, message.ts);
    const shown = message.to === undefined ? message : undefined;
    const trigger = slack.workspace.triggerId(place.user);
    return this.#deliver(actionBody(pressable, place, trigger, responseUrl, message.ts, shown));
  }

  /** Opens the Home tab of the app. */
  openHome(): Promise<Acknowledgement> {
    const { slack, place, now = Date.now } = this.#options;
    const id = slack.workspace.triggerId().replaceAll('.', '');
    return this.#deliver(homeBody(place, `Ev${id}`, now()), 'application/json');
  }

  /** Presses a button of the Home tab. */
  pressAtHome(pressable: Pressable): Promise<Acknowledgement> {
    const { slack, place } = this.#options;
    return this.#deliver(homeActionBody(pressable, place, slack.workspace.triggerId(place.user)));
  }

  /** Submits a window. */
  submit(window: Workspace['windows'][number], filled: Filled): Promise<Acknowledgement> {
    const { slack, place } = this.#options;
    return this.#deliver(windowBody(window, filled, place, slack.workspace.triggerId(place.user)));
  }

  async #deliver(body: string, contentType?: string): Promise<Acknowledgement> {
    const { signingSecret, requestUrl, now = Date.now } = this.#options;
    const { headers } = signedRequest(signingSecret, body, now(), contentType);
    const { host: _, 'content-length': __, ...rest } = headers;
    const answer = await fetch(requestUrl, { method: 'POST', headers: rest, body });
    if (answer.status !== 200) throw new Error(`Slack would say: the app did not respond (${answer.status})`);
    const text = await answer.text();
    return text === '' ? undefined : (JSON.parse(text) as Acknowledgement);
  }
}
