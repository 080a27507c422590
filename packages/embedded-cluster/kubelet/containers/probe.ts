import { type ClientRequest, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Container, Probe } from '../pod.ts';

export interface ProbeTarget {
  container: Container;
  podIp: string;
  /** The source address: the node's address in the pod network. */
  from: string;
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
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.httpGet !== undefined) {
    const { path = '/', port, httpHeaders = [] } = probe.httpGet;
    const number = portNumber(port, target.container);
    const url = `http://${target.podIp}:${number}${path.startsWith('/') ? path : `/${path}`}`;
    const loopbackPort = target.loopbackPort(number);
    if (loopbackPort === undefined) {
      return failure(`Get "${url}": dial tcp ${target.podIp}:${number}: connect: connection refused`);
    }
    const named = Object.fromEntries(httpHeaders.map(({ name, value }) => [name.toLowerCase(), value]));
    const headers = { 'user-agent': 'kube-probe/1.36', 'x-forwarded-for': target.from, ...named };
    return httpGet(url, { port: loopbackPort, headers, timeoutMs });
  }
  const port = probe.tcpSocket?.port ?? probe.grpc?.port;
  if (port === undefined) return success;
  const number = portNumber(port, target.container);
  const loopbackPort = target.loopbackPort(number);
  const refused = `dial tcp ${target.podIp}:${number}: connect: connection refused`;
  return loopbackPort === undefined ? failure(refused) : tcpConnect(loopbackPort, timeoutMs, refused);
}

function portNumber(port: number | string, container: Container): number {
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? Number(port);
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
  return new Promise((resolve) => {
    const { host, pathname, search } = new URL(url);
    const path = pathname + search;
    const all = { host, connection: 'close', ...headers };
    const request: ClientRequest = httpRequest({ host: '127.0.0.1', port, path, headers: all, agent: false });
    const timer = setTimeout(() => {
      request.destroy();
      resolve(failure(`Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`));
    }, timeoutMs);
    request.on('response', (response) => {
      clearTimeout(timer);
      response.resume();
      const status = response.statusCode ?? 0;
      const hasSucceeded = status >= 200 && status < 400;
      resolve(
        hasSucceeded ? success : { ...failure(`HTTP probe failed with statuscode: ${status}`), isAnswered: true },
      );
    });
    request.on('error', () => {
      clearTimeout(timer);
      resolve(failure(`Get "${url}": dial tcp ${host}: connect: connection refused`));
    });
    request.end();
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
