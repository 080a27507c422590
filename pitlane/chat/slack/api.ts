import { setTimeout as wait } from 'node:timers/promises';
import { parseObject } from '../../text/shape.ts';
import { type Posted, PostFailed, post } from './post.ts';

/** Slack's Web API, and `response_url`s. */
export interface SlackApi {
  /** Rejects with SlackRefused if Slack refuses the call. */
  call(method: string, args: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  respond(responseUrl: string, body: Readonly<Record<string, unknown>>): Promise<void>;
  /** Sends a file to the URL from `files.getUploadURLExternal`. */
  upload(uploadUrl: string, text: string): Promise<void>;
}

/** Slack refuses a call. `code`: as in the reference of the method, such as `not_in_channel`. */
export class SlackRefused extends Error {
  readonly code: string;
  constructor(method: string, code: string) {
    super(`Slack refused ${method}: ${code}`);
    this.name = 'SlackRefused';
    this.code = code;
  }

  get isRateLimit(): boolean {
    return RATE_LIMIT.test(this.code);
  }

  /** The cause is in Slack, so the same call may work in a minute. */
  get isTemporary(): boolean {
    return TEMPORARY.test(this.code);
  }
}

const RATE_LIMIT = /^(status 429|ratelimited)$/;
const TEMPORARY =
  /^(status 5\d\d|status 429|ratelimited|internal_error|fatal_error|service_unavailable|request_timeout)$/;

/** The token was replaced, so the call had no effect. */
const TOKEN_REFUSED = /^(invalid_auth|token_revoked|token_expired|account_inactive|status 401)$/;

export interface SlackApiOptions {
  /**
   * Read only when needed: a `response_url` works without a token. `refused`: Slack does not accept it; returns the same if
   * there is no other.
   */
  readonly token: (refused?: string) => string | Promise<string>;
  /** Ends with `/`. */
  readonly apiUrl: string;
  /** Milliseconds since the epoch. No attempt and no wait lasts longer. */
  readonly deadline: number;
  readonly now: () => number;
}

/** Reserved at the end of a Lambda for the last messages, which Slack may rate limit. */
export const LAST_WORD_MS = 8_000;
/** The last call gives up so long before the end. */
export const LAST_CALL_MS = 1_000;

const ATTEMPTS = 4;
const TIMEOUT_MS = 10_000;
/** Before the second attempt. It doubles for each further one. */
const BACK_OFF_MS = 300;
/** Between many attempts that Slack refuses for their rate, whatever it says. */
const LIMITED_MS = 1_000;
/** Methods that accept no JSON ("Content types" in their reference). */
const FORM_METHODS = new Set(['users.info', 'usergroups.users.list', 'files.getUploadURLExternal']);
/** Not idempotent: a retry after an unclear answer could post twice, or find its trigger used. */
const NOT_IDEMPOTENT = new Set([
  'chat.postMessage',
  'chat.postEphemeral',
  'response_url',
  'files.completeUploadExternal',
  'views.open',
]);

/** For messages: of foreign text nothing becomes a mention, a link or a preview ("parse" in the reference of each method). */
const UNPARSED = { parse: 'none', link_names: false };
const METHOD_ARGS: Readonly<Record<string, object>> = {
  'chat.postMessage': { ...UNPARSED, unfurl_links: false, unfurl_media: false },
  'chat.postEphemeral': UNPARSED,
  'chat.update': UNPARSED,
};

/**
 * A small client instead of @slack/web-api, which retries for half an hour by default, follows a Retry-After beyond the
 * deadline of a Lambda, and needs four times as long for the first message.
 */
export function slackApi({ token, apiUrl, deadline, now }: SlackApiOptions): SlackApi {
  async function send(what: string, url: string, headers: Record<string, string>, text: string): Promise<Posted> {
    for (let attempt = 1; ; attempt += 1) {
      const left = deadline - now();
      if (left <= 0) throw new Error(`no time left for ${what}`);
      const answer = await post(url, headers, text, Math.min(TIMEOUT_MS, left)).catch((error: unknown) => error);
      const pause = pauseBefore(what, answer, attempt);
      if (pause === undefined || now() + pause >= deadline) {
        if (answer instanceof Error) throw answer;
        return answer as Posted;
      }
      await wait(pause);
    }
  }

  async function callWith(bearer: string, method: string, given: Readonly<Record<string, unknown>>) {
    const args = { ...METHOD_ARGS[method], ...given };
    const isForm = FORM_METHODS.has(method);
    const text = isForm ? new URLSearchParams(args as Record<string, string>).toString() : JSON.stringify(args);
    const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8';
    const headers = { 'content-type': type, authorization: `Bearer ${bearer}` };
    const answer = await send(method, new URL(method, apiUrl).href, headers, text);
    const body = parseObject(answer.body);
    if (body?.ok === true) return body;
    throw new SlackRefused(method, typeof body?.error === 'string' ? body.error : `status ${answer.status}`);
  }

  return {
    async call(method, given) {
      const used = await token();
      try {
        return await callWith(used, method, given);
      } catch (error) {
        if (!(error instanceof SlackRefused && TOKEN_REFUSED.test(error.code))) throw error;
        const other = await token(used);
        if (other === used) throw error;
        return callWith(other, method, given);
      }
    },

    async respond(responseUrl, body) {
      const headers = { 'content-type': 'application/json' };
      const answer = await send('response_url', responseUrl, headers, JSON.stringify(body));
      if (answer.status === 200) return;
      const error = parseObject(answer.body)?.error ?? answer.body;
      throw new SlackRefused(
        'response_url',
        /^[a-z_]{1,40}$/.test(String(error)) ? String(error) : `status ${answer.status}`,
      );
    },

    async upload(uploadUrl, text) {
      // The URL itself is the credential, so its host must not get the token.
      const { status } = await send('upload', uploadUrl, { 'content-type': 'application/octet-stream' }, text);
      if (status !== 200) throw new SlackRefused('upload', `status ${status}`);
    },
  };
}

/** Milliseconds before the next attempt. Undefined: do not retry. */
function pauseBefore(what: string, answer: unknown, attempt: number): number | undefined {
  const isLast = attempt >= ATTEMPTS;
  const backOff = isLast ? undefined : BACK_OFF_MS * 2 ** (attempt - 1);
  if (answer instanceof PostFailed) return answer.wasSent && NOT_IDEMPOTENT.has(what) ? undefined : backOff;
  if (answer instanceof Error) return undefined;
  const { status, headers } = answer as Posted;
  if (status === 429) return Math.max(retryAfterMs(headers), isLast ? LIMITED_MS : 0);
  return status >= 500 && !NOT_IDEMPOTENT.has(what) ? backOff : undefined;
}

/** In seconds; the call had no effect ("Rate limits" in Slack's docs). */
function retryAfterMs(headers: Posted['headers']): number {
  const seconds = Number(headers['retry-after'] ?? 1);
  return (Number.isFinite(seconds) ? seconds : 1) * 1000;
}
