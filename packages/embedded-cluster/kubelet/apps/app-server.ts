import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { pause } from '../../client/pause.ts';
import { type AppContext, type HttpApp, podHeader, type TcpApp } from './app.ts';
import type { Fault } from './fault.ts';

export type AppServer = Awaited<ReturnType<typeof serve>>;

/** Starts the server of a container's app, on a free port of 127.0.0.1. */
export async function serve(app: HttpApp | TcpApp, context: AppContext, fault: () => Fault) {
  const sockets = new Set<Socket>();
  const server = app.kind === 'http' ? httpServer(app, context, fault) : createTcpServer((s) => app.accept(s, context));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // Ignore clients that disconnect.
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const listensOn = app.ports ?? (context.container.ports ?? []).map(({ containerPort }) => containerPort);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    /** The port on 127.0.0.1 of a container port, or of any; undefined when the app does not listen there. */
    loopbackPort(containerPort?: number): number | undefined {
      const isOpen = containerPort === undefined || listensOn.length === 0 || listensOn.includes(containerPort);
      return isOpen ? port : undefined;
    },
    /** Acts as an app on SIGTERM: finishes open requests and accepts no others. Resolves to false after `graceMs`. */
    async drain(graceMs: number): Promise<boolean> {
      const closed = once(server.close(), 'close', { signal: AbortSignal.timeout(graceMs) });
      const isClosed = await closed.then(
        () => true,
        () => false,
      );
      cut();
      return isClosed;
    },
    /** Acts as SIGKILL: cuts open connections. */
    kill(): void {
      server.close();
      cut();
    },
  };
}

function httpServer(app: HttpApp, context: AppContext, fault: () => Fault): Server {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { slowMs, failingShare } = fault();
    response.setHeader(podHeader, context.pod.metadata.uid);
    if (slowMs > 0 && !(await pause(slowMs, context.signal))) return;
    const isProbe = request.headers['user-agent']?.startsWith('kube-probe/') ?? false;
    if (!isProbe && context.random() < failingShare) {
      context.log(app.errorLog(request, context));
      response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error\n');
      return;
    }
    await app.answer(request, response, context);
  };
  return createHttpServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      context.log(`${error.stack ?? error}`);
      response.destroy();
    });
  });
}
