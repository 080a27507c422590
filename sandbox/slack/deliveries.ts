import { createHmac } from 'node:crypto';
import type { types } from '@slack/bolt';

type ModalView = types.ModalView;

/** A user in a channel of the fake workspace. */
export interface Place {
  readonly user: string;
  readonly team: string;
  readonly channel: string;
  readonly thread?: string;
  /** Of the user; default: ada. */
  readonly name?: string;
}

export interface Pressed {
  readonly actionId: string;
  readonly blockId: string;
  readonly value: string;
  readonly isOption: boolean;
}

/** An HTTP request at a Lambda function URL (payload 2.0), which encodes form bodies as base64. */
export interface FunctionUrlEvent {
  readonly version: '2.0';
  readonly routeKey: '$default';
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Record<string, string>;
  readonly requestContext: Record<string, unknown>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

const FORM = 'application/x-www-form-urlencoded';

/** Signs a body as in "Verifying requests from Slack". */
export function signedRequest(
  secret: string,
  body: string,
  atMs: number,
  contentType: string = FORM,
): FunctionUrlEvent {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const isForm = contentType.startsWith(FORM);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers: {
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(body)),
      host: 'abcdefghij0123456789.lambda-url.eu-west-1.on.aws',
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    requestContext: {
      accountId: 'anonymous',
      http: { method: 'POST', path: '/', protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'Slackbot 1.0' },
      stage: '$default',
      timeEpoch: atMs,
    },
    body: isForm ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: isForm,
  };
}

const APP = { token: 'legacy-verification-token', api_app_id: 'A0SANDBOX00' };

/** The body of a slash command, with the text escaped as by Slack. */
export function commandBody(line: string, at: Place, triggerId: string, responseUrl: string): string {
  const [command = '', text = ''] = /^(\S+)\s*(.*)$/s.exec(line)?.slice(1) ?? [];
  return new URLSearchParams({
    ...APP,
    team_id: at.team,
    team_domain: 'sandbox',
    channel_id: at.channel,
    channel_name: 'ops',
    user_id: at.user,
    user_name: at.name ?? 'ada',
    command,
    text: escapeTyped(text),
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: triggerId,
  }).toString();
}

/** A message in the channel, as Slack sends it with a pressed button. */
export interface PublicMessage {
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly thread?: string;
}

/**
 * The body of a pressed button or a picked option. `shown` is undefined for an ephemeral message, which Slack omits.
 */
export function actionBody(
  pressed: Pressed,
  at: Place,
  triggerId: string,
  responseUrl: string,
  messageTs: string,
  shown?: PublicMessage,
): string {
  const thread = shown?.thread ?? at.thread;
  const inThread = thread !== undefined && { thread_ts: thread };
  const option = { text: { type: 'plain_text', text: 'picked', emoji: false }, value: pressed.value };
  return interactionBody(at, triggerId, {
    type: 'block_actions',
    container: {
      type: 'message',
      message_ts: messageTs,
      channel_id: at.channel,
      is_ephemeral: shown === undefined,
      ...inThread,
    },
    ...(shown !== undefined && {
      message: { type: 'message', ts: messageTs, text: shown.text, blocks: shown.blocks, ...inThread },
    }),
    channel: { id: at.channel, name: 'ops' },
    response_url: responseUrl,
    actions: [
      {
        type: pressed.isOption ? 'static_select' : 'button',
        action_id: pressed.actionId,
        block_id: pressed.blockId,
        action_ts: messageTs,
        ...(pressed.isOption ? { selected_option: option } : { value: pressed.value }),
      },
    ],
  });
}

/** The JSON body of an `app_mention` event. */
export function mentionBody(text: string, at: Place, eventId: string, atMs: number): string {
  const ts = (atMs / 1000).toFixed(6);
  const authorizations = [{ enterprise_id: null, team_id: at.team, user_id: 'U0PITLANE00', is_bot: true }];
  const event = {
    type: 'app_mention',
    user: at.user,
    text: `<@U0PITLANE00> ${escapeTyped(text)}`,
    ts,
    channel: at.channel,
    event_ts: ts,
    ...(at.thread !== undefined && { thread_ts: at.thread }),
  };
  return eventBody(at, eventId, atMs, { authorizations, event });
}

/** The JSON body of an `app_home_opened` event. */
export function homeBody(at: Place, eventId: string, atMs: number, tab = 'home'): string {
  const channel = `D${at.user.slice(1)}`;
  const event = { type: 'app_home_opened', user: at.user, channel, tab, event_ts: String(atMs / 1000) };
  return eventBody(at, eventId, atMs, { event });
}

function eventBody(at: Place, eventId: string, atMs: number, rest: object): string {
  const event_time = Math.floor(atMs / 1000);
  return JSON.stringify({ ...APP, team_id: at.team, type: 'event_callback', event_id: eventId, event_time, ...rest });
}

/** The body of a button on the Home tab, which belongs to no channel. */
export function homeActionBody({ actionId, blockId, value }: Pressed, at: Place, triggerId: string): string {
  return interactionBody(at, triggerId, {
    type: 'block_actions',
    container: { type: 'view', view_id: 'V0HOME' },
    view: { id: 'V0HOME', type: 'home', callback_id: '' },
    actions: [{ type: 'button', action_id: actionId, block_id: blockId, value }],
  });
}

/** What a person has filled in: `block_id` to text, or to an option in brackets. */
export type Filled = Readonly<Record<string, string>>;

/** The body of a submitted window. */
export function windowBody(
  { id, view }: { readonly id: string; readonly view: ModalView },
  filled: Filled,
  at: Place,
  triggerId: string,
): string {
  const inputs = (view.blocks as readonly types.KnownBlock[]).filter((block) => block.type === 'input');
  const values = Object.fromEntries(
    inputs.map(({ block_id: blockId = '', element }) => {
      const given = filled[blockId];
      const option = given === undefined ? null : { text: { type: 'plain_text', text: given }, value: given };
      const answer = element.type === 'plain_text_input' ? { value: given ?? null } : { selected_option: option };
      const actionId = 'action_id' in element ? (element.action_id ?? '') : '';
      return [blockId, { [actionId]: { type: element.type, ...answer } }];
    }),
  );
  return interactionBody(at, triggerId, {
    type: 'view_submission',
    view: { ...view, id, team_id: at.team, state: { values }, hash: '1.abc', root_view_id: id },
    response_urls: [],
  });
}

/** The form that carries a person's interaction. */
function interactionBody({ user, team, name = 'ada' }: Place, triggerId: string, rest: object): string {
  const payload = {
    ...APP,
    user: { id: user, username: name, name, team_id: team },
    team: { id: team, domain: 'sandbox' },
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: triggerId,
    ...rest,
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

/** As Slack escapes what people type. */
export function escapeTyped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
