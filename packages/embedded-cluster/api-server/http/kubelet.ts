import { type ClientRequest, request as httpRequest, type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import type { KubeObject } from '../../api/api.ts';
import { ApiError, badRequest, invalid, notFound } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import { forbiddenField, invalidValue } from '../validation/field.ts';
import type { Exchange } from './exchange.ts';
import { causesOf } from './list-options.ts';
import type { ApiRequest } from './messages.ts';
import { storedAt } from './read.ts';
import { accessOf, type Target } from './target.ts';

/** Streams a container's log from the node's kubelet until either side closes. */
export async function answerLog(exchange: Exchange, target: Target): Promise<void> {
  const number = (name: string, least: number) => exchange.number(name) ?? least;
  const [tail, limit, since] = [number('tailLines', 0), number('limitBytes', 1), number('sinceSeconds', 1)];
  const isTwice = Boolean(exchange.params.get('sinceSeconds') && exchange.params.get('sinceTime'));
  const causes = causesOf(
    [tail < 0, invalidValue('tailLines', tail, 'must be greater than or equal to 0')],
    [limit < 1, invalidValue('limitBytes', limit, 'must be greater than 0')],
    [isTwice, forbiddenField('', 'at most one of `sinceTime` or `sinceSeconds` may be specified')],
    [!isTwice && since < 1, invalidValue('sinceSeconds', since, 'must be greater than 0')],
  );
  if (causes.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, target.name ?? '', causes);
  const pod = storedAt(exchange, target);
  const container = containerOf(exchange, pod);
  if (!pod.spec.nodeName) return exchange.send(200, '', 'text/plain');
  const query = new URLSearchParams();
  for (const name of ['follow', 'previous', 'timestamps']) if (exchange.isSet(name)) query.set(name, 'true');
  for (const name of ['sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes']) {
    const value = exchange.params.get(name);
    if (value) query.set(name, value);
  }
  const { namespace, name } = pod.metadata;
  await relay(exchange, pod, `/containerLogs/${namespace}/${name}/${container}?${query}`);
}

/** The container that the request names, or the only one. */
function containerOf({ params }: Exchange, { metadata, spec }: KubeObject): string {
  const asked = params.get('container') ?? '';
  const containers: Json[] = spec.containers ?? [];
  const all: Json[] = [...(spec.initContainers ?? []), ...containers, ...(spec.ephemeralContainers ?? [])];
  if (asked !== '') {
    if (all.some(({ name }) => name === asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  }
  if (containers.length === 1) return containers[0].name;
  const choices = all.map(({ name }) => name).join(' ');
  throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${choices}]`);
}

function kubeletOf({ cluster }: Exchange, { spec }: KubeObject): { host: string; port: number } {
  const node = cluster.store.get('nodes', undefined, spec.nodeName);
  // The real message names the node as a pod, too.
  if (node === undefined) throw notFound(kindOf('pods'), spec.nodeName);
  const addresses: Json[] = node.status?.addresses ?? [];
  const host = addresses.find(({ type }) => type === 'InternalIP')?.address;
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  if (!host || !port) throw internal('no preferred addresses found; known addresses: []');
  return { host, port };
}

async function relay(exchange: Exchange, pod: KubeObject, path: string): Promise<void> {
  const { response } = exchange;
  const { host, port } = kubeletOf(exchange, pod);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const upstream = httpRequest({ host, port, path, agent: false }).on('response', resolve).on('error', reject).end();
  response.on('close', () => upstream.destroy());
  const answer = await promise.catch((error: Error) => {
    throw internal(`Get "http://${host}:${port}${path}": ${error.message}`);
  });
  if (answer.statusCode !== 200) throw await refusal(answer);
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
  try {
    for await (const chunk of answer) response.write(chunk);
    response.end();
  } catch {
    // Either side may break off.
    response.destroy();
  }
}

/** The API server answers with the kubelet's message. */
async function refusal(answer: IncomingMessage): Promise<ApiError> {
  const text = (await textOf(answer)).trim();
  const code = answer.statusCode ?? 500;
  if (code === 400) return badRequest(text);
  if (code !== 404) return internal(text, code);
  const causes = [{ message: text }];
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', { causes });
}

function internal(why: string, code = 500): ApiError {
  return new ApiError(code, 'InternalError', `Internal error occurred: ${why}`);
}

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
  const container = isForward ? '' : containerOf(exchange, pod);
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
  const { method, headers: sent } = exchange.request;
  const { authorization: _, ...headers } = sent;
  return connected(upgrade, httpRequest({ ...kubeletOf(exchange, pod), path, method, headers, agent: false }));
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
