import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { pause } from '../../client/pause.ts';
import { type AppContext, type HttpApp, podHeader, type TcpApp } from './app.ts';
import type { Fault } from './fault.ts';

export type AppServer = Awaited<ReturnType<typeof serve>>;

/** Starts the server of a container's app, on a free port of 127.0.0.1. */
export async function serve(app: HttpApp | TcpApp, context: AppContext, fault: () => Fault) {
  const server = app.kind === 'http' ? httpServer(app, context, fault) : createTcpServer((s) => app.accept(s, context));
  const { port, cut } = await listen(server);
  const listensOn = app.ports ?? (context.container.ports ?? []).map(({ containerPort }) => containerPort);
  return {
    /** The port on 127.0.0.1 of a container port, or of any; undefined when the app does not listen there. */
    loopbackPort(containerPort?: number): number | undefined {
      const isOpen = containerPort === undefined || listensOn.length === 0 || listensOn.includes(containerPort);
      return isOpen ? port : undefined;
    },
    /** Acts as an app on SIGTERM: finishes open requests and accepts no others. Resolves to false after `graceMs`. */
    async drain(graceMs: number): Promise<boolean> {
      const closed = once(server.close(), 'close', { signal: AbortSignal.timeout(graceMs) });
      const isClosed = await closed.then(() => true).catch(() => false);
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

/** Listens on a free port of 127.0.0.1; `cut` ends all connections, upgraded ones too. */
export async function listen(server: TcpServer) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // Ignore clients that disconnect.
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, cut };
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
    } else {
      await app.answer(request, response, context);
    }
  };
  return createHttpServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      context.log(`${error.stack ?? error}`);
      response.destroy();
    });
  });
}
