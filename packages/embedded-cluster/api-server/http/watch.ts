import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { groupVersionOf, type Kind } from '../../api/kinds.ts';
import { decode } from '../decode/decode.ts';
import type { Exchange } from './exchange.ts';
import { type ListOptions, listOptionsOf, selectionOf, versionNumber } from './list-options.ts';
import { watchedText } from './shape.ts';
import type { Target } from './target.ts';

const bookmarkEveryMs = 60_000;
/** A client with more unread bytes is disconnected; it can resume. */
const maxUnreadBytes = 64 * 1024 * 1024;
/** A watch without a timeout ends after 30 to 60 minutes, so that not all clients reconnect at once. */
const shortestMs = 30 * 60_000;

/** Streams changes, one JSON object a line, until the client disconnects or the timeout ends. */
export function answerWatch(exchange: Exchange, target: Target): void {
  const { store } = exchange.cluster;
  const options = listOptionsOf(exchange, true);
  checkReadable(options.resourceVersion);
  const { selects } = selectionOf(exchange, target);
  const stream = new WatchStream(exchange, target.kind);
  let backlog: { objects: readonly KubeObject[]; events: ApiEvent[] };
  try {
    backlog = backlogOf(exchange, target, options);
  } catch (error) {
    // The real server reports these errors in the stream, too.
    if (!(error instanceof ApiError)) throw error;
    stream.send('ERROR', JSON.stringify(error.status()));
    stream.end();
    return;
  }
  for (const object of backlog.objects.filter(selects)) stream.sendObject('ADDED', object);
  if (options.sendInitialEvents === true) stream.bookmark({ 'k8s.io/initial-events-end': 'true' });
  const sendIfSelected = (event: ApiEvent) => {
    const seen = filteredEvent(event, selects);
    if (seen !== undefined) stream.sendObject(seen.type, seen.object);
  };
  for (const event of backlog.events) sendIfSelected(event);
  // Skip the versions of the backlog and those before the requested one.
  const shown = Math.max(store.version, versionNumber(options.resourceVersion));
  const unsubscribe = store.subscribe((event) => {
    if (event.resource !== target.kind.resource || Number(event.object.metadata.resourceVersion) <= shown) return;
    sendIfSelected(event);
  });
  stream.onEnd(unsubscribe);
}

/** Unlike a list, a watch gets this message and no reason. */
function checkReadable(version: string): void {
  if (/^\d*$/.test(version)) return;
  const value = JSON.stringify(version);
  const why = `strconv.ParseUint: parsing ${value}: invalid syntax`;
  throw new ApiError(500, '', `resourceVersion: Invalid value: ${value}: ${why}`);
}

/** The objects or events that the client gets before new ones. */
function backlogOf(exchange: Exchange, { kind, namespace }: Target, options: ListOptions) {
  const { store } = exchange.cluster;
  const version = versionNumber(options.resourceVersion);
  const isAny = version === 0;
  const wantsObjects = options.sendInitialEvents ?? isAny;
  if (wantsObjects) return { objects: store.list(kind.resource, namespace), events: [] };
  if (isAny) return { objects: [], events: [] };
  return { objects: [], events: store.changesSince(kind.resource, version) };
}

/**
 * The event as a watch with a selector shows it: an object that starts to match is added, one that stops to match is
 * deleted in its last matching state (cacher/cache_watcher.go, convertToWatchEvent).
 */
function filteredEvent({ type, object, previous }: ApiEvent, selects: (object: KubeObject) => boolean) {
  const isSeen = type !== 'DELETED' && selects(object);
  const wasSeen = previous !== undefined && selects(previous);
  if (isSeen) return { type: wasSeen ? ('MODIFIED' as const) : ('ADDED' as const), object };
  if (!wasSeen) return undefined;
  const { resourceVersion } = object.metadata;
  return { type: 'DELETED' as const, object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
}

class WatchStream {
  readonly #exchange: Exchange;
  readonly #kind: Kind;
  readonly #hasBookmarks: boolean;
  readonly #timers: NodeJS.Timeout[] = [];
  #onEnd: () => void = () => {};
  #isFirst = true;
  #isOver = false;

  constructor(exchange: Exchange, kind: Kind) {
    this.#exchange = exchange;
    this.#kind = kind;
    this.#hasBookmarks = exchange.isSet('allowWatchBookmarks');
    const seconds = exchange.number('timeoutSeconds') ?? 0;
    const timeoutMs = seconds > 0 ? seconds * 1_000 : shortestMs * (1 + Math.random());
    const { response } = exchange;
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    response.on('close', () => this.#close());
    const last = setTimeout(() => {
      this.bookmark();
      this.end();
    }, timeoutMs);
    this.#timers.push(
      last,
      setInterval(() => this.bookmark(), bookmarkEveryMs),
    );
    for (const timer of this.#timers) timer.unref();
  }

  onEnd(callback: () => void): void {
    this.#onEnd = callback;
    if (this.#isOver) callback();
  }

  sendObject(type: ApiEvent['type'], object: KubeObject): void {
    this.send(type, watchedText(this.#exchange, this.#kind, object, this.#isFirst));
    this.#isFirst = false;
  }

  send(type: string, text: string): void {
    if (this.#isOver) return;
    const { response } = this.#exchange;
    response.write(`{"type":"${type}","object":${text}}\n`);
    if (response.writableLength > maxUnreadBytes) response.destroy();
  }

  /** Sends the current version, from which the client can resume. */
  bookmark(annotations?: Record<string, string>): void {
    if (!this.#hasBookmarks) return;
    const metadata = {
      resourceVersion: String(this.#exchange.cluster.store.version),
      creationTimestamp: null,
      ...(annotations && { annotations }),
    };
    const empty: KubeObject = decode(this.#kind.model, {}).value;
    const { kind, group, version } = this.#kind;
    const object = { ...empty, kind, apiVersion: groupVersionOf({ group, version }), metadata };
    this.send('BOOKMARK', watchedText(this.#exchange, this.#kind, object as unknown as KubeObject, false));
  }

  end(): void {
    this.#exchange.response.end();
    this.#close();
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#onEnd();
  }
}
