import { request } from 'node:http';
import { connect } from 'node:net';
import type { Container, Probe } from '../pod.ts';

/** The container that is probed. */
export interface ProbeTarget {
  container: Container;
  /** `nodeGateway`: the source address, the node's in the pod network. */
  pod: { podIp: string; nodeGateway: string };
  /** The loopback port of a container port; undefined when nothing listens there. */
  loopbackPort(port: number): number | undefined;
}

export type ProbeOutcome =
  | { hasSucceeded: true }
  /** `isAnswered`: an HTTP server answered, with an error. */
  | { hasSucceeded: false; message: string; isAnswered?: boolean };

const success: ProbeOutcome = { hasSucceeded: true };

/**
 * Runs the probe once. Messages are a real kubelet's, as `kubectl describe pod` shows them. An exec probe always
 * succeeds.
 */
export async function probeOnce(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const asked = probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port;
  if (asked === undefined) return success;
  const { podIp, nodeGateway } = target.pod;
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const containerPort = target.container.ports?.find(({ name }) => name === asked)?.containerPort ?? Number(asked);
  const port = target.loopbackPort(containerPort);
  const refused = `dial tcp ${podIp}:${containerPort}: connect: connection refused`;
  if (probe.httpGet === undefined) return port === undefined ? failure(refused) : tcpConnect(port, timeoutMs, refused);
  const { path = '/', httpHeaders = [] } = probe.httpGet;
  const url = `http://${podIp}:${containerPort}${path.startsWith('/') ? path : `/${path}`}`;
  if (port === undefined) return failure(`Get "${url}": ${refused}`);
  const named = Object.fromEntries(httpHeaders.map(({ name, value }) => [name.toLowerCase(), value]));
  const headers = { 'user-agent': 'kube-probe/1.36', 'x-forwarded-for': nodeGateway, ...named };
  return httpGet(url, { port, headers, timeoutMs });
}

function failure(message: string) {
  return { hasSucceeded: false, message } as const;
}

interface HttpProbe {
  port: number;
  headers: Record<string, string>;
  timeoutMs: number;
}

function httpGet(url: string, { port, headers, timeoutMs }: HttpProbe): Promise<ProbeOutcome> {
  const { host, pathname, search } = new URL(url);
  const path = pathname + search;
  const all = { host, connection: 'close', ...headers };
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: all, agent: false, signal });
    asked.on('response', (response) => {
      const { statusCode: status = 0 } = response.on('error', () => {}).resume();
      const hasSucceeded = status >= 200 && status < 400;
      resolve(
        hasSucceeded ? success : { ...failure(`HTTP probe failed with statuscode: ${status}`), isAnswered: true },
      );
    });
    asked.on('error', () => {
      const tooLate = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
      const why = signal.aborted ? tooLate : `dial tcp ${host}: connect: connection refused`;
      resolve(failure(`Get "${url}": ${why}`));
    });
    asked.end();
  });
}

function tcpConnect(port: number, timeoutMs: number, refused: string): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs });
    const settle = (outcome: ProbeOutcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('connect', () => settle(success));
    socket.on('timeout', () => settle(failure(refused.replace('connect: connection refused', 'i/o timeout'))));
    socket.on('error', () => settle(failure(refused)));
  });
}
