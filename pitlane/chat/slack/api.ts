import { setTimeout as wait } from 'node:timers/promises';
import { type Posted, PostFailed, post } from './post.ts';

/** Slack's Web API, and the `response_url` of interactions. */
export interface SlackApi {
  /** Rejects with SlackRefused when Slack says no. */
  call(method: string, args: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  respond(responseUrl: string, body: Readonly<Record<string, unknown>>): Promise<void>;
  /** Sends the bytes of a file to the URL that `files.getUploadURLExternal` gave. */
  upload(uploadUrl: string, text: string): Promise<void>;
}

/** Slack understood the call and refuses it. `code`: as the method's reference lists it, such as `not_in_channel`. */
export class SlackRefused extends Error {
  readonly code: string;
  constructor(method: string, code: string) {
    super(`Slack refused ${method}: ${code}`);
    this.name = 'SlackRefused';
    this.code = code;
  }

  /** It said no because of itself, and nothing about what was asked: the same may work in a minute. */
  get isAway(): boolean {
    return AWAY.test(this.code);
  }
}

const AWAY = /^(status 5\d\d|status 429|ratelimited|internal_error|fatal_error|service_unavailable|request_timeout)$/;

export interface SlackApiOptions {
  /** Read when it is needed: a `response_url` works without. */
  readonly token: () => string;
  /** Ends with `/`. */
  readonly apiUrl: string;
  /** Milliseconds since the epoch: no attempt and no wait goes beyond it. */
  readonly deadline: number;
  readonly now: () => number;
}

const ATTEMPTS = 4;
const TIMEOUT_MS = 10_000;
/** Before the second attempt; doubled for each further one. */
const BACK_OFF_MS = 300;
/** Methods that take no JSON ("Content types" in their reference). */
const TAKE_FORMS = new Set(['users.info', 'usergroups.users.list', 'files.getUploadURLExternal']);
/** Said of a message that may have been posted already, a second attempt could post it twice. */
const NOT_REPEATABLE = new Set([
  'chat.postMessage',
  'chat.postEphemeral',
  'response_url',
  'files.completeUploadExternal',
]);

/**
 * A small client instead of @slack/web-api: that one retries for half an hour by default, waits for a Retry-After beyond
 * the time that a Lambda has left, and takes four times as long to the first message.
 */
export function slackApi({ token, apiUrl, deadline, now }: SlackApiOptions): SlackApi {
  async function send(what: string, url: string, headers: Record<string, string>, text: string): Promise<Posted> {
    for (let attempt = 1; ; attempt += 1) {
      const left = deadline - now();
      if (left <= 0) throw new Error(`no time is left for ${what}`);
      const answer = await post(url, headers, text, Math.min(TIMEOUT_MS, left)).catch((error: unknown) => error);
      const pause = pauseBefore(what, answer, attempt);
      if (pause === undefined || attempt === ATTEMPTS || now() + pause >= deadline) {
        if (answer instanceof Error) throw answer;
        return answer as Posted;
      }
      await wait(pause);
    }
  }

  return {
    async call(method, args) {
      const [type, text] = TAKE_FORMS.has(method)
        ? ['application/x-www-form-urlencoded', formOf(args)]
        : ['application/json; charset=utf-8', JSON.stringify(args)];
      const headers = { 'content-type': type, authorization: `Bearer ${token()}` };
      const answer = await send(method, new URL(method, apiUrl).href, headers, text);
      const body = parse(answer.body);
      if (body?.ok === true) return body;
      throw new SlackRefused(method, typeof body?.error === 'string' ? body.error : `status ${answer.status}`);
    },

    async respond(responseUrl, body) {
      const headers = { 'content-type': 'application/json' };
      const answer = await send('response_url', responseUrl, headers, JSON.stringify(body));
      if (answer.status === 200) return;
      const error = parse(answer.body)?.error ?? answer.body;
      throw new SlackRefused(
        'response_url',
        /^[a-z_]{1,40}$/.test(String(error)) ? String(error) : `status ${answer.status}`,
      );
    },

    async upload(uploadUrl, text) {
      // The URL itself is the credential. Its host gets no token.
      const { status } = await send('upload', uploadUrl, { 'content-type': 'application/octet-stream' }, text);
      if (status !== 200) throw new SlackRefused('upload', `status ${status}`);
    },
  };
}

function formOf(args: Readonly<Record<string, unknown>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(args)) form.set(name, String(value));
  return form.toString();
}

/** How long to wait before the next attempt; undefined: there is none. */
function pauseBefore(what: string, answer: unknown, attempt: number): number | undefined {
  const backOff = BACK_OFF_MS * 2 ** (attempt - 1);
  if (answer instanceof PostFailed) return answer.wasSent && NOT_REPEATABLE.has(what) ? undefined : backOff;
  if (answer instanceof Error) return undefined;
  const { status, headers } = answer as Posted;
  // "Rate limits" in Slack's docs: Retry-After is in seconds, and the call was not carried out.
  if (status === 429) return Number(headers['retry-after'] ?? 1) * 1000;
  return status >= 500 && !NOT_REPEATABLE.has(what) ? backOff : undefined;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
