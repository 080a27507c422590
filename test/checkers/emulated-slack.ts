import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { types } from '@slack/bolt';
import { createEmulator } from 'emulate';

/** A workspace of the emulator: its first user, in its first channel. */
export const ADMIN = { user: 'U000000001', team: 'T000000001', channel: 'C000000001' };

interface Call {
  readonly method: string;
  /** Slack's code, if it refused the call. */
  readonly error?: string;
}

interface Posted {
  readonly text: string;
  readonly blocks: readonly types.KnownBlock[];
}

/** Slack as the emulator of vercel-labs knows it, which refuses a call without the scope of its method. */
export interface EmulatedSlack {
  /** For SLACK_API_URL. */
  readonly apiUrl: string;
  readonly responseUrl: string;
  /** Every call so far, in order. */
  readonly calls: readonly Call[];
  /** What was sent to response_urls. */
  readonly responses: readonly Posted[];
  /** Asks with a token that has these scopes. */
  ask(scopes: readonly string[], method: string, args: object): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

const BOT = { app_id: 'A0PITLANE0', bot_id: 'B0PITLANE0', bot_user_id: 'U0PITLANE0' };

/** `sets`: of scopes, each with a token, beside Pitlane's own. */
export async function startEmulatedSlack(
  token: string,
  scopes: readonly string[],
  sets: readonly (readonly string[])[],
): Promise<EmulatedSlack> {
  const calls: Call[] = [];
  const responses: Posted[] = [];

  async function answer(request: IncomingMessage): Promise<{ readonly status: number; readonly text: string }> {
    const path = request.url ?? '';
    const body = await buffer(request);
    if (path === '/response') {
      responses.push(JSON.parse(body.toString()));
      return { status: 200, text: 'ok' };
    }
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const headers = { authorization, 'content-type': type };
    const response = await fetch(new URL(path, emulator.url), { method: request.method ?? '', headers, body });
    const text = await response.text();
    if (path.startsWith('/api/')) {
      const { error } = JSON.parse(text) as { readonly error?: string };
      calls.push({ method: path.slice('/api/'.length), ...(error !== undefined && { error }) });
    }
    return { status: response.status, text };
  }

  // In front of the emulator, which tells no one what it was asked, and has no response_urls.
  const server = createServer(async (request, response) => {
    const { status, text } = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const app = { client_id: '1.2', client_secret: 'secret', name: 'Pitlane', redirect_uris: [], ...BOT };
  const tokenWith = (of: string, given: readonly string[]) => ({
    ...BOT,
    token: of,
    type: 'bot',
    user_id: BOT.bot_user_id,
    scopes: given,
  });
  const emulator = await createEmulator({
    service: 'slack',
    port: 0,
    seed: {
      slack: {
        strict_scopes: true,
        oauth_apps: [{ ...app, scopes }],
        tokens: [tokenWith(token, scopes), ...sets.map((set) => tokenWith(tokenOf(set), set))],
      },
    },
  });

  return {
    apiUrl: `${origin}/api/`,
    responseUrl: `${origin}/response`,
    calls,
    responses,
    async ask(set, method, args) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(set)}` };
      const url = new URL(`/api/${method}`, emulator.url);
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(args) });
      return (await response.json()) as Record<string, unknown>;
    },
    async close() {
      await emulator.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

function tokenOf(scopes: readonly string[]): string {
  return `xoxb-${scopes.join(' ')}`;
}
