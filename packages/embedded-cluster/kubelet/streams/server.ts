import type { Duplex } from 'node:stream';
import type { PodWorker } from '../pods/pod-worker.ts';
import { forwardProtocols, portForward } from './port-forward.ts';
import { commandProtocols, remoteCommand, translatedProtocol } from './remote-command.ts';
import { plain, type UpgradeRequest, upgrade } from './upgrade.ts';

/** Serves exec, attach and port-forward (pkg/kubelet/server/server.go, getExec and others). */
export async function serveStreams(asked: UpgradeRequest, workers: Iterable<PodWorker>): Promise<void> {
  const { pathname, searchParams: query } = new URL(asked.request.url ?? '/', 'http://kubelet');
  const [, what, namespace, name, container] = pathname.split('/');
  const refuse = (status: number, why: string) => refused(asked.wire, status, why);
  if (what !== 'exec' && what !== 'attach' && what !== 'portForward') return refuse(404, '404 page not found');
  const worker = [...workers].find(
    ({ pod: { metadata } }) => metadata.namespace === namespace && metadata.name === name,
  );
  if (worker === undefined) return refuse(404, 'pod does not exist');
  if (what === 'portForward') {
    const upgraded = await upgrade(asked, { webSocket: forwardProtocols, spdy: 'portforward.k8s.io' });
    if (upgraded !== undefined) portForward(upgraded, query, worker);
    return;
  }
  const run = worker.keeper(container ?? '')?.running;
  const missing = `container not found ("${container}")`;
  const isTranslated = asked.request.headers['sec-websocket-protocol']?.includes(translatedProtocol) ?? false;
  if (run === undefined && !isTranslated) return refuse(500, missing);
  const upgraded = await upgrade(asked, { webSocket: commandProtocols, spdy: 'v4.channel.k8s.io' });
  if (upgraded !== undefined) await remoteCommand(upgraded, query, run ?? missing);
}

function refused(wire: Duplex, status: number, why: string): void {
  wire.end(plain(status, why));
}
