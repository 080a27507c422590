import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as plain, type ServerResponse } from 'node:http';
import { request as secure } from 'node:https';
import type { AddressInfo } from 'node:net';

/** The traffic through the proxy since its last reset. */
interface Traffic {
  requests: number;
  /** Bytes of bodies, without headers. */
  bytesUp: number;
  bytesDown: number;
  /** `GET /api/v1/namespaces/…`, in the order of arrival. */
  lines: string[];
}

export interface CountingProxy {
  /** `http://127.0.0.1:PORT`, for clients to use as the server of the cluster. */
  readonly url: string;
  traffic: Traffic;
  reset(): void;
  stop(): Promise<void>;
}

export interface Upstream {
  readonly server: string;
  readonly caFile?: string;
  readonly token?: string;
}

/** Starts a reverse proxy on 127.0.0.1 that counts the requests and bytes of any client: kubectl and Pitlane alike. */
export async function countingProxy(upstream: Upstream): Promise<CountingProxy> {
  const base = new URL(upstream.server);
  const ca = upstream.caFile === undefined ? undefined : await readFile(upstream.caFile);
  const open = new Set<IncomingMessage | ServerResponse>();

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    proxy.traffic.requests += 1;
    proxy.traffic.lines.push(`${incoming.method} ${incoming.url}`);
    const headers = { ...incoming.headers, host: base.host };
    if (upstream.token !== undefined) headers.authorization = `Bearer ${upstream.token}`;
    const options = { method: incoming.method, headers, ...(ca ? { ca } : {}) };
    const send = base.protocol === 'https:' ? secure : plain;
    const onward = send(new URL(incoming.url ?? '/', base), options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.on('data', (chunk: Buffer) => {
        proxy.traffic.bytesDown += chunk.length;
        outgoing.write(chunk);
      });
      answer.on('end', () => outgoing.end());
      answer.on('error', () => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    incoming.on('data', (chunk: Buffer) => {
      proxy.traffic.bytesUp += chunk.length;
      onward.write(chunk);
    });
    incoming.on('end', () => onward.end());
    outgoing.on('close', () => {
      onward.destroy();
      open.delete(outgoing);
    });
    open.add(outgoing);
  };

  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: CountingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    traffic: noTraffic(),
    reset: () => {
      proxy.traffic = noTraffic();
    },
    stop: async () => {
      for (const stream of open) stream.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

function noTraffic(): Traffic {
  return { requests: 0, bytesUp: 0, bytesDown: 0, lines: [] };
}
