import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Container, Pod } from '../pod.ts';

/** The response header in which a pod's server names its pod, so that a caller notices a port that changed hands. */
export const podHeader = 'x-pitlane-pod';

/** What an app knows of the container that it runs in. */
export interface AppContext {
  pod: Pod;
  container: Container;
  podIp: string;
  /** Writes to the container's log. */
  log(text: string): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** In [0, 1), from the kubelet's seed and the pod's name. */
  random(): number;
  /** Aborted when the container ends. */
  signal: AbortSignal;
}

interface Served {
  /** Container ports that it listens on. Absent: the declared ones; any when none is declared. */
  ports?: readonly number[];
  onStart?(context: AppContext): void;
  /** What it logs as it crashes. */
  lastWords?(context: AppContext): string;
}

export interface HttpApp extends Served {
  kind: 'http';
  answer(request: IncomingMessage, response: ServerResponse, context: AppContext): void | Promise<void>;
  /** What it logs with a 500 that a fault asks for. */
  complain(request: IncomingMessage, context: AppContext): string;
}

export interface TcpApp extends Served {
  kind: 'tcp';
  accept(socket: Socket, context: AppContext): void;
}

/** Serves nothing, does something, and ends with an exit code. */
export interface CommandApp {
  kind: 'command';
  run(context: AppContext): Promise<number>;
  lastWords?(context: AppContext): string;
}

export type App = HttpApp | TcpApp | CommandApp;

/** By image without tag and digest, such as `dockercoins/rng`. */
export type Apps = Readonly<Record<string, App>>;

/** Container ports where the app listens; empty: on any. */
export function portsOf(app: HttpApp | TcpApp, container: Container): readonly number[] {
  return app.ports ?? (container.ports ?? []).map(({ containerPort }) => containerPort);
}

/** The caller's pod or node address: connections all come from loopback, so whoever calls says so in a header. */
export function clientOf(request: IncomingMessage): string {
  const named = request.headers['x-forwarded-for'];
  return (typeof named === 'string' ? named : undefined) ?? request.socket.remoteAddress ?? '-';
}
