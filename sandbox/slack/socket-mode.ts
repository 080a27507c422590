import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FakeSlack } from './server.ts';

/** What an app answers to an envelope. */
interface SocketAnswer {
  readonly envelope_id: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

export interface SocketMode {
  /** The apps that are connected. */
  readonly connections: number;
  /** How many have connected so far. */
  readonly connected: number;
  /** Delivers an envelope to the newest connection; resolves with its acknowledgement. */
  deliver(type: 'slash_commands' | 'interactive' | 'events_api', payload: object): Promise<SocketAnswer>;
  /** Tells all apps that this connection ends, as Slack does every few hours. */
  refresh(): void;
  /** Resolves once an app is connected, after so many before it. */
  untilConnected(count: number): Promise<void>;
  close(): Promise<void>;
}

/** The WebSocket server of Socket Mode, whose address `apps.connections.open` of the fake Slack gives. */
export async function startSocketMode(slack: FakeSlack): Promise<SocketMode> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  slack.socketUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/link/?ticket=${randomUUID()}`;
  const waiting = new Map<string, (answer: SocketAnswer) => void>();
  const arrivals = new Set<() => void>();
  let newest: WebSocket | undefined;
  let connected = 0;
  server.on('connection', (socket) => {
    newest = socket;
    connected += 1;
    socket.send(JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A0SANDBOX00' } }));
    // The app's own pings are answered by ws; Slack sends some too.
    socket.ping();
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as SocketAnswer;
      waiting.get(answer.envelope_id)?.(answer);
      waiting.delete(answer.envelope_id);
    });
    for (const arrived of arrivals) arrived();
  });
  return {
    get connections() {
      return server.clients.size;
    },
    get connected() {
      return connected;
    },
    deliver(type, payload) {
      const id = randomUUID();
      const answer = new Promise<SocketAnswer>((resolve) => waiting.set(id, resolve));
      newest?.send(JSON.stringify({ type, envelope_id: id, payload, accepts_response_payload: type !== 'events_api' }));
      return answer;
    },
    refresh() {
      for (const socket of server.clients)
        socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: {} }));
    },
    untilConnected(count) {
      return new Promise((resolve) => {
        const look = () => {
          if (connected < count) return;
          arrivals.delete(look);
          resolve();
        };
        arrivals.add(look);
        look();
      });
    },
    async close() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
