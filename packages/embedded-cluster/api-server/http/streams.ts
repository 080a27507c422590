import { type ClientRequest, request as httpRequest, type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { badRequest } from '../../api/api-error.ts';
import type { Exchange } from './exchange.ts';
import { containerOf, kubeletOf } from './logs.ts';
import type { ApiRequest } from './messages.ts';
import { storedAt } from './read.ts';
import { accessOf, type Target } from './target.ts';

/** The options of exec and attach, and their names in the kubelet's API. */
const names = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };

interface Upgrade {
  wire: Duplex;
  head: Buffer;
}

/** The connections of requests that ask for another protocol. */
const upgrades = new WeakMap<ApiRequest, Upgrade>();

/** A response for a request that asks for another protocol, should it be refused. */
export function upgradable(request: IncomingMessage, wire: Duplex, head: Buffer): ServerResponse {
  upgrades.set(request, { wire, head });
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(wire as Socket);
  response.on('finish', () => wire.end());
  wire.on('error', () => wire.destroy());
  return response;
}

/** Passes exec, attach and port-forward on to the node's kubelet (pkg/registry/core/pod/strategy.go, streamLocation). */
export function answerStream(exchange: Exchange, target: Target): Promise<void> {
  // A WebSocket begins with GET, and still needs the verb create (subresources.go, ensureAuthorizedForVerb).
  exchange.check({ ...accessOf(exchange), verb: 'create' });
  const pod = storedAt(exchange, target);
  const { namespace, name } = pod.metadata;
  const isForward = target.subresource === 'portforward';
  const container = isForward ? '' : containerOf(pod, exchange.params.get('container') ?? '');
  if (!pod.spec.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const upgrade = upgrades.get(exchange.request);
  if (upgrade === undefined) throw badRequest('Upgrade request required');
  const query = new URLSearchParams();
  for (const [from, to] of Object.entries(names)) if (exchange.isSet(from)) query.set(to, '1');
  if (target.subresource === 'exec')
    for (const word of exchange.params.getAll('command')) query.append('command', word);
  for (const port of exchange.params.getAll('ports')) query.append('port', port);
  const path = isForward
    ? `/portForward/${namespace}/${name}?${query}`
    : `/${target.subresource}/${namespace}/${name}/${container}?${query}`;
  const { host, port } = kubeletOf(exchange, pod);
  const headers = { ...exchange.request.headers };
  delete headers.authorization;
  const method = exchange.request.method ?? 'GET';
  return connected(upgrade, httpRequest({ host, port, path, method, headers, agent: false }));
}

function connected({ wire, head }: Upgrade, upstream: ClientRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    wire.on('close', () => upstream.destroy());
    upstream.on('close', resolve).on('error', reject);
    upstream.on('response', (answer) => {
      wire.write(headOf(answer));
      answer.pipe(wire);
    });
    upstream.on('upgrade', (answer, node, rest) => {
      wire.write(headOf(answer));
      wire.write(rest);
      node.write(head);
      node.on('error', () => wire.destroy()).on('close', () => wire.destroy());
      wire.on('error', () => node.destroy()).on('close', () => node.destroy());
      node.pipe(wire).pipe(node);
      resolve();
    });
    upstream.end();
  });
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}\r\n`] : []));
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${pairs.join('')}\r\n`;
}
