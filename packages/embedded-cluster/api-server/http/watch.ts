import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { groupVersionOf, type Kind } from '../../api/kinds.ts';
import { decode } from '../decode/decode.ts';
import type { Exchange } from './exchange.ts';
import { listOptionsOf, selectionOf, versionNumber } from './list-options.ts';
import { objectText, wantedBy } from './shape.ts';
import type { Target } from './target.ts';

const bookmarkEveryMs = 60_000;
/** A client with more unread bytes is disconnected; it can resume. */
const maxUnreadBytes = 64 * 1024 * 1024;
/** A watch without a timeout ends after 30 to 60 minutes, so that not all clients reconnect at once. */
const shortestMs = 30 * 60_000;

/** Streams changes, one JSON object a line, until the client disconnects or the timeout ends. */
export function answerWatch(exchange: Exchange, target: Target): void {
  const { store } = exchange.cluster;
  const { resource } = target.kind;
  const { resourceVersion, sendInitialEvents } = listOptionsOf(exchange, true);
  const version = versionNumber(resourceVersion, true);
  const { selects } = selectionOf(exchange, target);
  const stream = new WatchStream(exchange, target.kind);
  const sendIfSelected = (event: ApiEvent) => {
    const seen = filteredEvent(event, selects);
    if (seen !== undefined) stream.sendObject(seen.type, seen.object);
  };
  if (sendInitialEvents ?? version === 0) {
    for (const object of store.list(resource, target.namespace).filter(selects)) stream.sendObject('ADDED', object);
  } else if (version > 0) {
    try {
      store.changesSince(resource, version).forEach(sendIfSelected);
    } catch (error) {
      // The real server reports this error in the stream, too.
      if (!(error instanceof ApiError)) throw error;
      stream.send('ERROR', JSON.stringify(error.status()));
      exchange.response.end();
      return;
    }
  }
  if (sendInitialEvents === true) stream.bookmark({ 'k8s.io/initial-events-end': 'true' });
  // A client may ask for a version that does not exist yet.
  const shown = Math.max(store.version, version);
  const unsubscribe = store.subscribe((event) => {
    if (event.resource === resource && Number(event.object.metadata.resourceVersion) > shown) sendIfSelected(event);
  });
  exchange.response.on('close', unsubscribe);
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
  #isFirst = true;

  constructor(exchange: Exchange, kind: Kind) {
    this.#exchange = exchange;
    this.#kind = kind;
    this.#hasBookmarks = exchange.isSet('allowWatchBookmarks');
    const seconds = exchange.number('timeoutSeconds') ?? 0;
    const timeoutMs = seconds > 0 ? seconds * 1_000 : shortestMs * (1 + Math.random());
    const { response } = exchange;
    // Throws 406 before the stream begins.
    wantedBy(exchange);
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    const regularly = setInterval(() => this.bookmark(), bookmarkEveryMs).unref();
    const last = setTimeout(() => {
      this.bookmark();
      response.end();
    }, timeoutMs).unref();
    response.on('close', () => {
      clearInterval(regularly);
      clearTimeout(last);
    });
  }

  sendObject(type: ApiEvent['type'], object: KubeObject): void {
    this.send(type, objectText(this.#exchange, this.#kind, object, this.#isFirst));
    this.#isFirst = false;
  }

  send(type: string, text: string): void {
    const { response } = this.#exchange;
    if (response.writableEnded) return;
    response.write(`{"type":"${type}","object":${text}}\n`);
    if (response.writableLength > maxUnreadBytes) response.destroy();
  }

  /** Sends the current version, from which the client can resume. */
  bookmark(annotations?: Record<string, string>): void {
    if (!this.#hasBookmarks) return;
    const object: Json = {
      ...decode(this.#kind.model, {}).value,
      kind: this.#kind.kind,
      apiVersion: groupVersionOf(this.#kind),
      metadata: {
        resourceVersion: String(this.#exchange.cluster.store.version),
        creationTimestamp: null,
        ...(annotations && { annotations }),
      },
    };
    this.send('BOOKMARK', objectText(this.#exchange, this.#kind, object, false));
  }
}
