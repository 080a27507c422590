import type { Duplex } from 'node:stream';
import type { ProcessIo } from '../apps/programs.ts';
import type { ContainerRun } from '../containers/container-run.ts';
import { type UpgradeRequest, upgrade } from './connection.ts';
import type { Stream } from './spdy.ts';

/** A real API server translates it to SPDY, and wraps the kubelet's errors (apiserver, streamtranslator.go, ServeHTTP). */
export const translatedProtocol = 'v5.channel.k8s.io';

/**
 * Serves exec, or attach when there is no command, until the process or the client ends (cri-streaming, ServeExec).
 * `run` is a message when the container does not run.
 */
export async function remoteCommand(asked: UpgradeRequest, query: URLSearchParams, run: ContainerRun | string) {
  const wants = (name: string) => ['1', 'true'].includes(query.get(name) ?? '');
  const isTerminal = wants('tty');
  /** In the order of channels. A terminal shows errors among the output. */
  const isWanted: Record<string, boolean> = {
    stdin: wants('input'),
    stdout: wants('output'),
    stderr: wants('error') && !isTerminal,
    error: true,
    resize: isTerminal,
  };
  // An empty message tells the client of a WebSocket that the connection stands.
  const greeted = ['stdout', 'stderr', 'error'].find((type) => isWanted[type]);
  const channels = Object.keys(isWanted).map((streamtype) => ({
    headers: { streamtype },
    first: streamtype === greeted ? Buffer.alloc(0) : undefined,
  }));
  const streams: Record<string, Stream> = {};
  const { promise: opened, resolve: onOpened } = Promise.withResolvers<void>();
  const protocols = { webSocket: [translatedProtocol, 'v4.channel.k8s.io'], spdy: 'v4.channel.k8s.io', channels };
  const connection = await upgrade(asked, protocols, (stream) => {
    const { streamtype = '' } = stream.headers;
    if (isWanted[streamtype]) streams[streamtype] = stream;
    if (Object.keys(isWanted).every((type) => type in streams || !isWanted[type])) onOpened();
  });
  if (connection === undefined) return;
  await opened;
  const { stdin, stdout, stderr } = streams;
  const error = streams.error as Stream;
  const gone = new AbortController();
  error.on('close', () => gone.abort());
  const write = (stream: Duplex | undefined) => (chunk: string | Buffer) => {
    if (stream?.writable) stream.write(isTerminal ? String(chunk).replace(/\r?\n/g, '\r\n') : chunk);
  };
  const io = { stdin, out: write(stdout), err: write(stderr ?? stdout), isTerminal, signal: gone.signal };
  const status = await outcome(run, query.getAll('command'), io, connection.protocol === translatedProtocol);
  for (const each of [stdout, stderr]) if (each && !each.destroyed) await ended(each);
  if (!error.destroyed) await ended(error, JSON.stringify({ metadata: {}, ...status }));
  connection.end();
}

function ended(stream: Duplex, last = ''): Promise<void> {
  return new Promise((resolve) => {
    stream.on('close', resolve);
    stream.end(last, () => resolve());
  });
}

async function outcome(run: ContainerRun | string, command: string[], io: ProcessIo, isTranslated: boolean) {
  if (typeof run === 'string') return internalError(`unable to upgrade connection: ${run}`);
  try {
    const code = command.length === 0 ? await run.attach(io) : await run.exec(command, io);
    if (code === 0) return { status: 'Success' };
    const message = `command terminated with non-zero exit code: command terminated with exit code ${code}`;
    const details = { causes: [{ reason: 'ExitCode', message: String(code) }] };
    return { status: 'Failure', message, reason: 'NonZeroExitCode', details };
  } catch (error) {
    const what = command.length === 0 ? 'attaching to' : 'executing command in';
    const failure = internalError(`error ${what} container: ${(error as Error).message}`);
    return isTranslated ? internalError(failure.message) : failure;
  }
}

/** apimachinery, NewInternalError. */
function internalError(why: string) {
  const message = `Internal error occurred: ${why}`;
  return { status: 'Failure', message, reason: 'InternalError', details: { causes: [{ message: why }] }, code: 500 };
}
