import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

/** What a request became: a WebSocket, or a connection that speaks SPDY. */
export type Upgraded = { socket: WebSocket } | { wire: Duplex };

export interface UpgradeRequest {
  request: IncomingMessage;
  wire: Duplex;
  head: Buffer;
}

/** Switches protocols; undefined when the client offers none of them, which it is told. */
export function upgrade(
  { request, wire, head }: UpgradeRequest,
  protocols: { webSocket: readonly string[]; spdy: string },
): Promise<Upgraded | undefined> {
  const { headers } = request;
  if (headers.upgrade?.toLowerCase() === 'websocket') {
    const handleProtocols = (offered: Set<string>) => protocols.webSocket.find((each) => offered.has(each)) ?? false;
    const server = new WebSocketServer({ noServer: true, handleProtocols, perMessageDeflate: false });
    return new Promise((resolve) => {
      server.handleUpgrade(request, wire, head, (socket) => {
        socket.on('error', () => socket.terminate());
        resolve({ socket });
      });
    });
  }
  const offered = String(headers['x-stream-protocol-version'] ?? '').split(/,\s*/);
  if (headers.upgrade?.toLowerCase() !== 'spdy/3.1' || !offered.includes(protocols.spdy)) {
    wire.end(plain(403, `unable to upgrade: unsupported protocols, supported: [${protocols.spdy}]`));
    return Promise.resolve(undefined);
  }
  const chosen = `X-Stream-Protocol-Version: ${protocols.spdy}`;
  wire.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${chosen}\r\n\r\n`);
  if (head.length > 0) wire.unshift(head);
  return Promise.resolve({ wire });
}

/** An answer on a connection that is not upgraded. */
export function plain(status: number, text: string): string {
  const length = `Content-Length: ${Buffer.byteLength(text)}`;
  return `HTTP/1.1 ${status} -\r\nContent-Type: text/plain; charset=utf-8\r\n${length}\r\nConnection: close\r\n\r\n${text}`;
}
