import type { KubeObject } from '../../api/api.ts';
import { ApiError, badRequest, notFound } from '../../api/api-error.ts';
import { keyOfObject } from '../store.ts';
import type { Exchange } from './exchange.ts';
import { type ListOptions, listOptionsOf, selectionOf, versionNumber } from './list-options.ts';
import { type ListMeta, sendList, sendObject } from './shape.ts';
import type { Target } from './target.ts';

export function storedAt(exchange: Exchange, { kind, namespace, name }: Target): KubeObject {
  const object = exchange.cluster.store.get(kind.resource, namespace, name as string);
  if (object === undefined) throw notFound(kind, name as string);
  return object;
}

export function answerGet(exchange: Exchange, target: Target): void {
  sendObject(exchange, 200, target.kind, storedAt(exchange, target));
}

export function answerList(exchange: Exchange, target: Target): void {
  const { store } = exchange.cluster;
  const options = listOptionsOf(exchange, false);
  const selection = selectionOf(exchange, target);
  const from = startOf(options, store.version);
  const objects = listAt(exchange, target, from.version);
  const rest = from.after === '' ? objects : objects.filter((object) => keyOfObject(object) > from.after);
  const selected = selection.isAll ? rest : rest.filter(selection.selects);
  const metadata: ListMeta = { resourceVersion: String(from.version) };
  const isCut = options.limit > 0 && selected.length > options.limit && options.resourceVersion !== '0';
  const page = isCut ? selected.slice(0, options.limit) : selected;
  const last = page.at(-1);
  if (isCut && last !== undefined) {
    metadata.continue = continueToken(from.version, keyOfObject(last));
    // With a selector the server does not count the remaining items.
    if (selection.isAll) metadata.remainingItemCount = selected.length - page.length;
  }
  sendList(exchange, target.kind, page, metadata);
}

function listAt(exchange: Exchange, { kind, namespace }: Target, version: number): readonly KubeObject[] {
  try {
    return exchange.cluster.store.listAt(kind.resource, version, namespace);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'Expired') throw error;
    const message =
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';
    throw exchange.params.has('continue') ? new ApiError(410, 'Expired', message) : error;
  }
}

/** The version of the list, and the key after which it starts. */
function startOf(options: ListOptions, current: number): { version: number; after: string } {
  if (options.continue !== '') {
    if (options.resourceVersion !== '' && options.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    return readToken(options.continue);
  }
  const version = versionNumber(options.resourceVersion, false);
  if (version > current) {
    const message = `Timeout: Too large resource version: ${version}, current: ${current}`;
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
    // The version may exist soon.
    throw new ApiError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
  }
  return { version: options.match === 'Exact' ? version : current, after: '' };
}

/** Opaque to clients; has the same three fields as the real token. */
function continueToken(version: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start: `${after}\u0000` })).toString(
    'base64url',
  );
}

function readToken(token: string): { version: number; after: string } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number; start: string };
    return { version: rv, after: start.slice(0, -1) };
  } catch {
    const why = "continue key is not valid: invalid character 'i' looking for beginning of value";
    throw badRequest(`invalid continue token: ${why}`);
  }
}
