import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Messages of a WebSocket begin with the number of their channel (k8s.io/streaming, wsstream/conn.go). */
const closeChannel = 255;

export function openChannels(socket: WebSocket, count: number): Duplex[] {
  const channels = Array.from({ length: count }, (_, number) => {
    const write = (chunk: Buffer, _: string, done: () => void) =>
      socket.send(Buffer.concat([Buffer.of(number), chunk]), () => done());
    return new Duplex({ read() {}, write }).on('error', () => {});
  });
  socket.on('message', (message: Buffer) => {
    const [number = 0, ...rest] = message.subarray(0, 2);
    // v5.channel.k8s.io closes a channel by its number.
    if (number === closeChannel) channels[rest[0] ?? count]?.push(null);
    else if (message.length > 1) channels[number]?.push(message.subarray(1));
  });
  socket.on('close', () => {
    for (const channel of channels) channel.destroy();
  });
  return channels;
}
