import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Container, Pod } from '../pod.ts';
import type { Surroundings } from './programs.ts';

/** The response header with the pod's uid: a client notices when another pod has the port. */
export const podHeader = 'x-pitlane-pod';

/** An app's view of its container. */
export interface AppContext extends Surroundings {
  pod: Pod;
  container: Container;
  /** Writes a line to the container's log. */
  log(text: string): void;
  /** Writes to standard output: the container's log and attached clients. */
  write(chunk: string | Buffer): void;
  /** What attached clients send. */
  input: Readable;
  /** In [0, 1), from the kubelet's seed and the pod's name. */
  random(): number;
  /** Aborted when the container ends. */
  signal: AbortSignal;
}

interface Served {
  /** The container ports that it listens on. Default: the declared ones, or any when none is declared. */
  ports?: readonly number[];
  onStart?(context: AppContext): void;
  /** The log lines of a crash. */
  crashLog?(context: AppContext): string;
}

export interface HttpApp extends Served {
  kind: 'http';
  answer(request: IncomingMessage, response: ServerResponse, context: AppContext): void | Promise<void>;
  /** The log line of a 500 that a fault causes. */
  errorLog(request: IncomingMessage, context: AppContext): string;
}

export interface TcpApp extends Served {
  kind: 'tcp';
  accept(socket: Socket, context: AppContext): void;
}

/** Runs without a server and ends with an exit code. */
export interface CommandApp {
  kind: 'command';
  run(context: AppContext): Promise<number>;
  crashLog?(context: AppContext): string;
}

export type App = HttpApp | TcpApp | CommandApp;

/** Apps by image without tag and digest, such as `dockercoins/rng`. */
export type Apps = Readonly<Record<string, App>>;

/** The client's pod or node address, from a header, since all connections come from loopback. */
export function clientOf(request: IncomingMessage): string {
  return String(request.headers['x-forwarded-for'] ?? request.socket.remoteAddress ?? '-');
}
