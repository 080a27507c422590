import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { FunctionUrlEvent } from './deliveries.ts';

type Handler = (event: FunctionUrlEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

export interface FunctionUrl {
  readonly url: string;
  close(): Promise<void>;
}

/** A Lambda function URL: turns an HTTP request into an event (payload 2.0) and the result into an HTTP answer. */
export async function serveFunctionUrl(handler: Handler): Promise<FunctionUrl> {
  let count = 0;
  const server = createServer(async (request, response) => {
    count += 1;
    const event = await eventOf(request);
    const context = { awsRequestId: `sandbox-${count}` } as Context;
    const { statusCode = 200, headers = {}, body = '' } = await handler(event, context);
    // A request on a connection that this server is about to close for idleness would fail.
    response.shouldKeepAlive = false;
    response.writeHead(statusCode, headers as Record<string, string>).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function eventOf(request: IncomingMessage): Promise<FunctionUrlEvent> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  // Lambda encodes all types but JSON and text.
  const isText = /^(application\/json|text\/)/.test(headers['content-type'] ?? '');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.url ?? '/',
    rawQueryString: '',
    headers,
    requestContext: { http: { method: request.method ?? 'POST', path: request.url ?? '/' }, stage: '$default' },
    body: bytes.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}
