import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { type OnStream, serveSpdy } from './spdy.ts';

export interface UpgradeRequest {
  request: IncomingMessage;
  wire: Duplex;
  head: Buffer;
}

/** A stream over a WebSocket, where the client sends no headers. */
export interface Channel {
  headers: Readonly<Record<string, string>>;
  /** Written first. */
  first?: Buffer;
  /** The connection ends with this channel. */
  endsAll?: boolean;
}

interface Protocols {
  /** Those that begin with SPDY tunnel it; the others have `channels`. */
  webSocket: readonly string[];
  spdy: string;
  channels: readonly Channel[];
}

/** Switches protocols and passes on the streams; undefined when the client offers no known protocol, which it is told. */
export async function upgrade({ request, wire, head }: UpgradeRequest, protocols: Protocols, onStream: OnStream) {
  const { headers } = request;
  if (headers.upgrade?.toLowerCase() === 'websocket') {
    const handleProtocols = (offered: Set<string>) => protocols.webSocket.find((each) => offered.has(each)) ?? false;
    const server = new WebSocketServer({ noServer: true, handleProtocols, perMessageDeflate: false });
    return new Promise<{ protocol: string; end(): void }>((resolve) => {
      server.handleUpgrade(request, wire, head, (socket) => {
        const { protocol } = socket.on('error', () => socket.terminate());
        if (protocol.startsWith('SPDY/')) void serveSpdy(createWebSocketStream(socket), onStream);
        else openChannels(socket, protocols.channels, onStream);
        resolve({ protocol, end: () => socket.close(1000) });
      });
    });
  }
  const { spdy: protocol } = protocols;
  const offered = String(headers['x-stream-protocol-version'] ?? '').split(/,\s*/);
  if (headers.upgrade?.toLowerCase() !== 'spdy/3.1' || !offered.includes(protocol)) {
    wire.end(plain(403, `unable to upgrade: unsupported protocols, supported: [${protocol}]`));
    return undefined;
  }
  const chosen = `X-Stream-Protocol-Version: ${protocol}`;
  wire.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${chosen}\r\n\r\n`);
  if (head.length > 0) wire.unshift(head);
  void serveSpdy(wire, onStream);
  return { protocol, end: () => wire.end() };
}

/** Messages of a WebSocket begin with the number of their channel (k8s.io/streaming, wsstream/conn.go). */
const closeChannel = 255;

function openChannels(socket: WebSocket, channels: readonly Channel[], onStream: OnStream): void {
  const streams = channels.map(({ headers, first, endsAll }, number) => {
    const write = (chunk: Buffer, _: string, done: () => void) =>
      socket.send(Buffer.concat([Buffer.of(number), chunk]), () => done());
    const stream = new Duplex({ read() {}, write }).on('error', () => {});
    if (first !== undefined) stream.write(first);
    if (endsAll) stream.on('finish', () => socket.close(1000));
    return Object.assign(stream, { headers });
  });
  socket.on('message', (message: Buffer) => {
    const [number = 0, closed = streams.length] = message;
    // v5.channel.k8s.io closes a channel by its number.
    if (number === closeChannel) streams[closed]?.push(null);
    else if (message.length > 1) streams[number]?.push(message.subarray(1));
  });
  socket.on('close', () => {
    for (const stream of streams) stream.destroy();
  });
  for (const stream of streams) onStream(stream);
}

/** An answer on a connection that is not upgraded. */
export function plain(status: number, text: string): string {
  const length = `Content-Length: ${Buffer.byteLength(text)}`;
  return `HTTP/1.1 ${status} -\r\nContent-Type: text/plain; charset=utf-8\r\n${length}\r\nConnection: close\r\n\r\n${text}`;
}
