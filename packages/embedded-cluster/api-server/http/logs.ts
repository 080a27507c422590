import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import type { KubeObject } from '../../api/api.ts';
import { ApiError, badRequest, type Cause, invalid, notFound } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import { forbiddenField, invalidValue } from '../validation/field-error.ts';
import type { Exchange } from './exchange.ts';
import { storedAt } from './read.ts';
import type { Target } from './target.ts';

/** Streams a container's log from the node's kubelet until either side closes. */
export async function answerLog(exchange: Exchange, target: Target): Promise<void> {
  const causes = optionErrors(exchange);
  if (causes.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, target.name ?? '', causes);
  const pod = storedAt(exchange, target);
  const container = containerOf(pod, exchange.params.get('container') ?? '');
  if (!pod.spec.nodeName) return exchange.send(200, '', 'text/plain');
  const query = new URLSearchParams();
  for (const name of ['follow', 'previous', 'timestamps']) if (exchange.isSet(name)) query.set(name, 'true');
  for (const name of ['sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes']) {
    const value = exchange.params.get(name);
    if (value) query.set(name, value);
  }
  const { namespace, name } = pod.metadata;
  const path = `/containerLogs/${namespace}/${name}/${container}?${query}`;
  return relay(exchange, kubeletOf(exchange, pod), path);
}

function optionErrors(exchange: Exchange): Cause[] {
  const causes: Cause[] = [];
  const [tail, limit, since] = ['tailLines', 'limitBytes', 'sinceSeconds'].map((name) => exchange.number(name));
  if (tail !== undefined && tail < 0)
    causes.push(invalidValue('tailLines', tail, 'must be greater than or equal to 0'));
  if (limit !== undefined && limit < 1) causes.push(invalidValue('limitBytes', limit, 'must be greater than 0'));
  if (since !== undefined && exchange.params.get('sinceTime')) {
    causes.push(forbiddenField('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  } else if (since !== undefined && since < 1) {
    causes.push(invalidValue('sinceSeconds', since, 'must be greater than 0'));
  }
  return causes;
}

export function containerOf({ metadata, spec }: KubeObject, asked: string): string {
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

interface Kubelet {
  host: string;
  port: number;
}

export function kubeletOf(exchange: Exchange, pod: KubeObject): Kubelet {
  const node = exchange.cluster.store.get('nodes', undefined, pod.spec.nodeName);
  // The real message names the node as a pod, too.
  if (node === undefined) throw notFound(kindOf('pods'), pod.spec.nodeName);
  const addresses: Json[] = node.status?.addresses ?? [];
  const host = addresses.find(({ type }) => type === 'InternalIP')?.address;
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  if (host === undefined || port === undefined) {
    throw internal('no preferred addresses found; known addresses: []');
  }
  return { host, port };
}

function relay(exchange: Exchange, { host, port }: Kubelet, path: string): Promise<void> {
  const { response } = exchange;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      reject(internal(`Get "http://${host}:${port}${path}": ${error.message}`));
    };
    const upstream = httpRequest({ host, port, path, agent: false }, (answer) => {
      if (answer.statusCode === 200) {
        response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' });
        response.flushHeaders();
        answer.on('data', (chunk: Buffer) => response.write(chunk));
        answer.on('end', () => response.end());
        answer.on('error', () => response.destroy());
        answer.on('close', resolve);
      } else {
        refusal(answer).then(reject, fail);
      }
    });
    upstream.on('error', fail);
    response.on('close', () => upstream.destroy());
    upstream.end();
  });
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
