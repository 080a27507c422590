import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Both ends of a TCP connection within this process. */
interface Connection {
  client?: Socket;
  server?: Socket;
}

/** By the ports of both ends. */
const connections = new Map<string, Connection>();
const connecting = new Set<Socket>();

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  connecting.add(socket);
  socket.once('close', () => connecting.delete(socket));
  socket.once('connect', () => {
    connecting.delete(socket);
    keep(socket, 'client', `${socket.localPort} ${socket.remotePort}`);
  });
});
subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket };
  keep(socket, 'server', `${socket.remotePort} ${socket.localPort}`);
});

function keep(socket: Socket, end: keyof Connection, ports: string): void {
  const connection = connections.get(ports) ?? {};
  connection[end] = socket;
  connections.set(ports, connection);
  socket.once('close', () => {
    const isOver = (connection.client?.closed ?? true) && (connection.server?.closed ?? true);
    if (isOver && connections.get(ports) === connection) connections.delete(ports);
  });
}

/** The connection that was busy at the last check: it is likely to be busy still. */
let lastBusy: Connection | undefined;

/**
 * Nothing can happen in this process but what a timer begins: no callback is due, no request to the operating system is
 * open, and each byte that was written to a TCP connection within the process has been read at its other end.
 */
export function isQuiet(): boolean {
  if (connecting.size > 0 || (lastBusy !== undefined && isBusy(lastBusy))) return false;
  if (process.getActiveResourcesInfo().some((name) => PENDING.test(name))) return false;
  lastBusy = connections.values().find(isBusy);
  return lastBusy === undefined;
}

/** The events that the loop has handled: answers of the operating system, such as bytes that arrived. */
export function handledEvents(): number {
  return performance.nodeTiming.uvMetricsInfo.events;
}

const PENDING = /Immediate|Req|ConnectWrap|WriteWrap|ShutdownWrap/;

function isBusy({ client, server }: Connection): boolean {
  if (client === undefined || server === undefined) return (client ?? server)?.destroyed === false;
  return isOnItsWay(client, server) || isOnItsWay(server, client);
}

function isOnItsWay(from: Socket, to: Socket): boolean {
  if (to.destroyed) return false;
  return from.destroyed || from.bytesWritten > to.bytesRead || (from.writableEnded && !to.readableEnded);
}
