import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream } from 'ws';
import type { PodWorker } from '../pods/pod-worker.ts';
import { openChannels } from './channels.ts';
import { SpdyConnection, type SpdyStream } from './spdy.ts';
import type { Upgraded } from './upgrade.ts';

const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';

export const forwardProtocols = [tunnelProtocol, 'v4.channel.k8s.io'];

/** Connects pairs of a data and an error stream to the pod's ports (cri-streaming, portforward/httpstream.go). */
export function portForward(upgraded: Upgraded, query: URLSearchParams, worker: PodWorker): void {
  if ('socket' in upgraded && upgraded.socket.protocol !== tunnelProtocol) {
    overChannels(upgraded, query, worker);
    return;
  }
  const halves = new Map<string, SpdyStream>();
  const wire = 'socket' in upgraded ? createWebSocketStream(upgraded.socket) : upgraded.wire;
  new SpdyConnection(wire, (stream) => {
    const { requestid = '', streamtype, port } = stream.headers;
    const other = halves.get(requestid);
    if (other === undefined) {
      halves.set(requestid, stream);
      return;
    }
    halves.delete(requestid);
    const [data, error] = streamtype === 'data' ? [stream, other] : [other, stream];
    forward(worker, Number(port), data, error);
  });
}

/** The query names the ports; each has two channels, which begin with the port. */
function overChannels({ socket }: Extract<Upgraded, { socket: unknown }>, query: URLSearchParams, worker: PodWorker) {
  const ports = [...query.getAll('port'), ...query.getAll('ports')].map(Number);
  const channels = openChannels(socket, 2 * ports.length);
  for (const [i, port] of ports.entries()) {
    const [data, error] = channels.slice(2 * i, 2 * i + 2) as [Duplex, Duplex];
    for (const channel of [data, error]) channel.write(Buffer.of(port & 0xff, port >> 8));
    forward(worker, port, data, error);
    // This protocol has no ends of single channels.
    data.on('finish', () => socket.close(1000));
  }
}

function forward(worker: PodWorker, port: number, data: Duplex, error: Duplex): void {
  const { name, namespace, uid } = worker.pod.metadata;
  const loopbackPort = worker.loopbackPort(port);
  const fail = (why: string) => {
    const pod = `pod ${name}_${namespace}, uid ${uid}`;
    error.end(`error forwarding port ${port} to ${pod}: ${why}`);
    data.end();
  };
  const refused =
    `failed to connect to localhost:${port} inside namespace "${uid}", ` +
    `IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused ` +
    `IPv6 dial tcp6: address localhost: no suitable address found`;
  if (loopbackPort === undefined) {
    fail(refused);
    return;
  }
  const target = connect({ host: '127.0.0.1', port: loopbackPort, allowHalfOpen: true });
  target.on('error', (cause) => (target.connecting ? fail(refused) : fail(cause.message)));
  data.pipe(target).pipe(data);
  target.on('close', () => {
    data.end();
    error.end();
  });
  data.on('close', () => target.destroy());
}
