import { ApiError, methodNotAllowed } from '../../api/api-error.ts';
import { groupVersionOf, kinds } from '../../api/kinds.ts';
import { answerDiscovery, subresourcesOf, version } from './discovery.ts';
import type { Exchange } from './exchange.ts';
import { answerLog } from './logs.ts';
import { answerOpenApi } from './openapi.ts';
import { answerBinding, answerEviction } from './pod-actions.ts';
import { answerGet, answerList } from './read.ts';
import { answerReview } from './reviews.ts';
import { answerStream } from './streams.ts';
import { accessOf, type Target, targetOf, verbOf } from './target.ts';
import { answerTokenRequest } from './tokens.ts';
import { answerWatch } from './watch.ts';
import { answerCreate, answerDelete, answerDeleteCollection, answerScale, answerUpdate } from './write.ts';

const health = new Set(['/healthz', '/livez', '/readyz']);

/** Authorizes the request and calls its handler. */
export async function route(exchange: Exchange): Promise<void> {
  exchange.check(accessOf(exchange));
  const target = targetOf(exchange.path);
  if (target !== undefined) return routeResource(exchange, target);
  const { path } = exchange;
  if (exchange.request.method !== 'GET' && exchange.request.method !== 'HEAD') throw methodNotAllowed();
  if (health.has(path.split('/', 2).join('/'))) return exchange.send(200, 'ok', 'text/plain; charset=utf-8');
  if (path === '/version') return exchange.send(200, JSON.stringify(version, undefined, 2));
  if (answerDiscovery(exchange) || answerOpenApi(exchange)) return;
  if (isServedGroupVersion(path)) throw unknownPath();
  exchange.send(404, '404 page not found\n', 'text/plain; charset=utf-8');
}

/** An unknown resource gets a JSON answer within a served group version, plain text elsewhere. */
function isServedGroupVersion(path: string): boolean {
  return kinds.some((kind) => path.startsWith(`/${kind.group === '' ? 'api' : 'apis'}/${groupVersionOf(kind)}/`));
}

function unknownPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

async function routeResource(exchange: Exchange, target: Target): Promise<void> {
  const { kind, namespace, name, subresource } = target;
  const verb = verbOf(exchange, target);
  if (kind.review) {
    if (verb !== 'create') throw methodNotAllowed();
    return answerReview(exchange, target);
  }
  if (subresource !== undefined) return routeSubresource(exchange, target, verb);
  switch (verb) {
    case 'get':
      return answerGet(exchange, target);
    case 'list':
      return answerList(exchange, target);
    case 'watch':
      return answerWatch(exchange, target);
    case 'create':
      if (name !== undefined) throw methodNotAllowed();
      return answerCreate(exchange, target);
    case 'update':
    case 'patch':
      if (name === undefined) throw methodNotAllowed();
      return answerUpdate(exchange, target);
    case 'delete':
      return answerDelete(exchange, target);
    case 'deletecollection':
      if (kind.namespaced && namespace === undefined) throw methodNotAllowed();
      return answerDeleteCollection(exchange, target);
    default:
      throw methodNotAllowed();
  }
}

const answers: Record<string, (exchange: Exchange, target: Target) => void | Promise<void>> = {
  attach: answerStream,
  binding: answerBinding,
  eviction: answerEviction,
  exec: answerStream,
  log: answerLog,
  portforward: answerStream,
  scale: answerScale,
  token: answerTokenRequest,
};

async function routeSubresource(exchange: Exchange, target: Target, verb: string): Promise<void> {
  const found = subresourcesOf(target.kind).find(({ name }) => name === target.subresource);
  const answer = found && answers[found.name];
  if (found === undefined || (answer && !found.verbs.includes(verb))) throw unknownPath();
  if (!found.verbs.includes(verb)) throw methodNotAllowed();
  if (answer) return answer(exchange, target);
  return verb === 'get' ? answerGet(exchange, target) : answerUpdate(exchange, target);
}
