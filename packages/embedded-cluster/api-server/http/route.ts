import { ApiError, methodNotAllowed } from '../../api/api-error.ts';
import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import { pathOf } from '../openapi/schemas.ts';
import { answerDiscovery, answerOpenApi, release, subresourcesOf } from './discovery.ts';
import type { Exchange } from './exchange.ts';
import { answerLog, answerStream } from './kubelet.ts';
import { answerBinding, answerEviction } from './pod-actions.ts';
import { answerGet, answerList } from './read.ts';
import { answerReview, answerTokenRequest } from './reviews.ts';
import { accessOf, type Target, targetOf } from './target.ts';
import { answerWatch } from './watch.ts';
import { answerCreate, answerDelete, answerDeleteCollection, answerScale, answerUpdate } from './write.ts';

type Answer = (exchange: Exchange, target: Target) => void | Promise<void>;

/** By the verbs for one object. */
const ofOne: Record<string, Answer> = {
  get: answerGet,
  update: answerUpdate,
  patch: answerUpdate,
  delete: answerDelete,
};

/** By the verbs for all objects of a kind. */
const ofAll: Record<string, Answer> = {
  list: answerList,
  watch: answerWatch,
  create: answerCreate,
  deletecollection: answerDeleteCollection,
};

/** The subresources that are not a part of the object. */
const ofSubresource: Record<string, Answer> = {
  attach: answerStream,
  binding: answerBinding,
  eviction: answerEviction,
  exec: answerStream,
  log: answerLog,
  portforward: answerStream,
  scale: answerScale,
  token: answerTokenRequest,
};

const health = new Set(['/healthz', '/livez', '/readyz']);

/** Authorizes the request and calls its handler. */
export async function route(exchange: Exchange): Promise<void> {
  exchange.check(accessOf(exchange));
  const target = targetOf(exchange);
  if (target !== undefined) return answerTo(target)(exchange, target);
  const { path } = exchange;
  if (exchange.request.method !== 'GET' && exchange.request.method !== 'HEAD') throw methodNotAllowed();
  if (health.has(path.split('/', 2).join('/'))) return exchange.send(200, 'ok', 'text/plain; charset=utf-8');
  if (path === '/version') return exchange.send(200, JSON.stringify(release, undefined, 2));
  if (answerDiscovery(exchange) || answerOpenApi(exchange)) return;
  // An unknown resource gets a JSON answer within a served group version, plain text elsewhere.
  if (kinds.some((kind) => path.startsWith(`/${pathOf(groupVersionOf(kind))}/`))) throw unknownPath();
  exchange.send(404, '404 page not found\n', 'text/plain; charset=utf-8');
}

function unknownPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

function answerTo({ kind, namespace, name, subresource, verb }: Target): Answer {
  if (kind.review) {
    if (verb === 'create') return answerReview;
    throw methodNotAllowed();
  }
  if (subresource !== undefined) return answerToSubresource(kind, subresource, verb);
  const answer = (name === undefined ? ofAll : ofOne)[verb];
  const isTooWide = verb === 'deletecollection' && kind.namespaced && namespace === undefined;
  if (answer === undefined || isTooWide) throw methodNotAllowed();
  return answer;
}

function answerToSubresource(kind: Kind, subresource: string, verb: string): Answer {
  const found = subresourcesOf(kind).find(({ name }) => name === subresource);
  if (found === undefined) throw unknownPath();
  const own = ofSubresource[subresource];
  const answer = found.verbs.includes(verb) ? (own ?? ofOne[verb]) : undefined;
  if (answer === undefined) throw own === undefined ? methodNotAllowed() : unknownPath();
  return answer;
}
