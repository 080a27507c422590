import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PodWorker } from '../pods/pod-worker.ts';
import { type Channel, type UpgradeRequest, upgrade } from './connection.ts';
import type { Stream } from './spdy.ts';

/** Connects pairs of a data and an error stream to the pod's ports (cri-streaming, portforward/httpstream.go). */
export async function portForward(asked: UpgradeRequest, query: URLSearchParams, worker: PodWorker): Promise<void> {
  // Without SPDY the query names the ports; each has two channels, which begin with the port.
  const channels = [...query.getAll('port'), ...query.getAll('ports')].flatMap((port, i): Channel[] => {
    const [first, pair] = [Buffer.of(Number(port) & 0xff, Number(port) >> 8), { port, requestid: String(i) }];
    return [
      { headers: { ...pair, streamtype: 'data' }, first, endsAll: true },
      { headers: { ...pair, streamtype: 'error' }, first },
    ];
  });
  const halves = new Map<string, Stream>();
  const webSocket = ['SPDY/3.1+portforward.k8s.io', 'v4.channel.k8s.io'];
  await upgrade(asked, { webSocket, spdy: 'portforward.k8s.io', channels }, (stream) => {
    const { requestid = '', streamtype, port } = stream.headers;
    const other = halves.get(requestid);
    if (other === undefined) return void halves.set(requestid, stream);
    halves.delete(requestid);
    const [data, error] = streamtype === 'data' ? [stream, other] : [other, stream];
    forward(worker, Number(port), data, error);
  });
}

function forward(worker: PodWorker, port: number, data: Duplex, error: Duplex) {
  const { name, namespace, uid } = worker.pod.metadata;
  const loopbackPort = worker.loopbackPort(port);
  const fail = (why: string) => {
    error.end(`error forwarding port ${port} to pod ${name}_${namespace}, uid ${uid}: ${why}`);
    data.end();
  };
  const refused =
    `failed to connect to localhost:${port} inside namespace "${uid}", ` +
    `IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused ` +
    `IPv6 dial tcp6: address localhost: no suitable address found`;
  if (loopbackPort === undefined) return fail(refused);
  const target = connect({ host: '127.0.0.1', port: loopbackPort, allowHalfOpen: true });
  target.on('error', (cause) => fail(target.connecting ? refused : cause.message));
  data.pipe(target).pipe(data);
  target.on('close', () => {
    data.end();
    error.end();
  });
  data.on('close', () => target.destroy());
}
