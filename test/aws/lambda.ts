import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';

/** Of a new invocation. */
export function context(): Context {
  return { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 60_000 } as Context;
}

/** Takes asynchronous invocations of one function as Lambda does, and runs its handler. */
export interface Lambda {
  /** For AWS_ENDPOINT_URL_LAMBDA. */
  readonly url: string;
  /** Resolves when every invocation so far is over. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** `handler`: looked up for each invocation. */
export async function startLambda(
  functionName: string,
  handler: () => (event: unknown, context: Context) => Promise<void>,
): Promise<Lambda> {
  const running: Promise<void>[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isSigned = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ');
    const isKnown = request.url === `/2015-03-31/functions/${functionName}/invocations` && isSigned;
    response.writeHead(isKnown ? 202 : 403).end();
    if (isKnown) running.push(handler()(JSON.parse(Buffer.concat(chunks).toString()), context()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async settled() {
      await Promise.all(running);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
