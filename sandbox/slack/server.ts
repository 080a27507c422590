import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './answer.ts';
import { Workspace } from './workspace.ts';

/**
 * What the server does instead of an answer. `drop`: cuts the connection before anything is done. `lose-answer`:
 * carries the call out, then cuts the connection.
 */
export type SlackVerdict =
  | 'drop'
  | 'lose-answer'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface FakeSlackOptions {
  readonly token: string;
  /** Channels that the bot has joined. */
  readonly joined: readonly string[];
  readonly now?: () => number;
  /** Of the app, for Socket Mode. */
  readonly appToken?: string;
}

export interface FakeSlack {
  readonly workspace: Workspace;
  /** The bot's. Slack refuses every other one. */
  token: string;
  /** For SLACK_API_URL. */
  readonly apiUrl: string;
  /** Every call so far, in order: the method's name, or `response_url`. */
  readonly calls: readonly string[];
  /** A new response_url for an interaction of this user in this channel. */
  responseUrl(channel: string, user: string, original?: string): string;
  /** Sets the verdict on the next call of this method. */
  next(method: string, verdict: SlackVerdict): void;
  /** The address that `apps.connections.open` gives (socket-mode.ts). */
  socketUrl: string | undefined;
  /** Decides on every call; undefined: the usual answer. */
  intercept: ((method: string) => SlackVerdict | undefined) | undefined;
  close(): Promise<void>;
}

/** Methods that accept only forms ("Content types" in their reference). */
const TAKE_FORMS = new Set(['users.info', 'usergroups.users.list', 'files.getUploadURLExternal']);

/** Serves a workspace on loopback: Web API, uploads and response_urls. */
export async function startFakeSlack({
  token,
  appToken,
  joined,
  now = Date.now,
}: FakeSlackOptions): Promise<FakeSlack> {
  const workspace = new Workspace(joined, now);
  const calls: string[] = [];
  const scripted: { method: string; verdict: SlackVerdict }[] = [];

  function verdictOn(method: string): SlackVerdict | undefined {
    const index = scripted.findIndex((script) => script.method === method);
    return index < 0 ? slack.intercept?.(method) : scripted.splice(index, 1)[0]?.verdict;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    const path = request.url ?? '';
    const method = methodOf(path);
    calls.push(method);
    const verdict = verdictOn(method);
    if (verdict === 'drop') {
      request.socket.destroy();
      return;
    }
    if (verdict === 'lose-answer') {
      const cut = () => {
        request.socket.destroy();
        return response;
      };
      response.writeHead = cut;
      response.end = cut;
    } else if (verdict !== undefined) {
      response.writeHead(verdict.status, verdict.headers).end(verdict.body ?? '');
      return;
    }
    if (method === 'upload') {
      response.writeHead(workspace.files.receive(path, text)).end();
      return;
    }
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    const body: Record<string, unknown> = isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
    if (method === 'response_url') {
      const answer = workspace.respond(path, body);
      response.writeHead(answer.status).end(answer.body);
      return;
    }
    const needed = method === 'apps.connections.open' ? appToken : slack.token;
    const isKnown = needed !== undefined && request.headers.authorization === `Bearer ${needed}`;
    // A method that accepts only forms ignores JSON.
    const seen = isForm || !TAKE_FORMS.has(method) ? body : {};
    const answer: Answer = !isKnown
      ? { ok: false, error: 'invalid_auth' }
      : needed === appToken
        ? { ok: true, url: slack.socketUrl }
        : workspace.call(method, seen, `http://${request.headers.host}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  // A request on a connection that this server is about to close for idleness would fail.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const slack: FakeSlack = {
    workspace,
    token,
    socketUrl: undefined,
    intercept: undefined,
    apiUrl: `${origin}/api/`,
    calls,
    responseUrl: (channel, user, original) => origin + workspace.responsePath(channel, user, original),
    next: (method, verdict) => scripted.push({ method, verdict }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return slack;
}

function methodOf(path: string): string {
  if (path.startsWith('/upload/')) return 'upload';
  return path.startsWith('/response/') ? 'response_url' : path.replace('/api/', '');
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
