import type { Duplex } from 'node:stream';
import type { ContainerRun } from '../containers/container-run.ts';
import { openChannels } from './channels.ts';
import { SpdyConnection } from './spdy.ts';
import type { Upgraded } from './upgrade.ts';

/** Where a command reads and writes; without `stderr` (a terminal) all goes to `stdout`. */
interface Streams {
  stdin: Duplex | undefined;
  stdout: Duplex | undefined;
  stderr: Duplex | undefined;
  error: Duplex;
  close(): void;
}

/** A real API server translates it to SPDY, and wraps the kubelet's errors (apiserver, streamtranslator.go, ServeHTTP). */
export const translatedProtocol = 'v5.channel.k8s.io';

export const commandProtocols = [translatedProtocol, 'v4.channel.k8s.io'];

/**
 * Serves exec, or attach when there is no command, until the process or the client ends (cri-streaming, ServeExec).
 * `run` is a message when the container does not run.
 */
export async function remoteCommand(upgraded: Upgraded, query: URLSearchParams, run: ContainerRun | string) {
  const streams = await openStreams(upgraded, query);
  const gone = new AbortController();
  streams.error.on('close', () => gone.abort());
  const isTranslated = 'socket' in upgraded && upgraded.socket.protocol === translatedProtocol;
  const status =
    typeof run === 'string'
      ? internalError(`unable to upgrade connection: ${run}`)
      : await outcome(streams, query, run, { signal: gone.signal, isTranslated });
  for (const each of [streams.stdout, streams.stderr]) if (each && !each.destroyed) await ended(each);
  if (!streams.error.destroyed) await ended(streams.error, JSON.stringify({ metadata: {}, ...status }));
  streams.close();
}

function ended(stream: Duplex, last = ''): Promise<void> {
  return new Promise((resolve) => {
    stream.on('close', resolve);
    stream.end(last, () => resolve());
  });
}

async function outcome(
  { stdin, stdout, stderr }: Streams,
  query: URLSearchParams,
  run: ContainerRun,
  { signal, isTranslated }: { signal: AbortSignal; isTranslated: boolean },
) {
  const isTerminal = wants(query, 'tty');
  const write = (stream: Duplex | undefined) => (chunk: string | Buffer) => {
    if (stream?.writable) stream.write(isTerminal ? String(chunk).replace(/\r?\n/g, '\r\n') : chunk);
  };
  const io = { stdin, out: write(stdout), err: write(stderr ?? stdout), isTerminal, signal };
  const command = query.getAll('command');
  try {
    const code = command.length === 0 ? await run.attach(io) : await run.exec(command, io);
    return code === 0 ? { status: 'Success' } : exitStatus(code);
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

function exitStatus(code: number) {
  return {
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function wants(query: URLSearchParams, name: string): boolean {
  return query.get(name) === '1' || query.get(name) === 'true';
}

function openStreams(upgraded: Upgraded, query: URLSearchParams): Promise<Streams> | Streams {
  const isTerminal = wants(query, 'tty');
  const [hasInput, hasOutput, hasError] = ['input', 'output', 'error'].map((name) => wants(query, name));
  if ('socket' in upgraded) {
    const [stdin, stdout, stderr, error] = openChannels(upgraded.socket, 5) as [Duplex, Duplex, Duplex, Duplex];
    // An empty message tells the client that the connection stands.
    upgraded.socket.send(Buffer.of(hasOutput ? 1 : hasError ? 2 : 3));
    return {
      stdin: hasInput ? stdin : undefined,
      stdout: hasOutput ? stdout : undefined,
      stderr: hasError && !isTerminal ? stderr : undefined,
      error,
      close: () => upgraded.socket.close(1000),
    };
  }
  const awaited = [
    'error',
    ...(hasInput ? ['stdin'] : []),
    ...(hasOutput ? ['stdout'] : []),
    ...(hasError && !isTerminal ? ['stderr'] : []),
    ...(isTerminal ? ['resize'] : []),
  ];
  return new Promise((resolve) => {
    const seen: Record<string, Duplex> = {};
    const connection = new SpdyConnection(upgraded.wire, (stream) => {
      seen[stream.headers.streamtype ?? ''] = stream;
      const { stdin, stdout, stderr, error } = seen;
      if (error === undefined || awaited.some((type) => !(type in seen))) return;
      resolve({ stdin, stdout, stderr, error, close: () => connection.end() });
    });
  });
}
