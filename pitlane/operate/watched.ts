import { CannotConnect, ClusterError, Forbidden } from '../cluster/errors.ts';
import { ENDPOINT_SLICES, PODS, type Resource } from '../cluster/resource.ts';
import type { Patience } from '../cluster/retry.ts';
import { watch } from '../cluster/watch.ts';
import type { ReadRequest } from '../command/request.ts';
import { roleFor, specOf } from '../operations/table.ts';
import type { Asker } from './asker.ts';
import { type House, type NamespaceOf, namespacesOf, patienceOf } from './house.ts';
import type { Outcome } from './outcome.ts';
import type { WatchListener } from './use-case.ts';

/** Changes often come together: those of a drain, or of a rollout. */
const SETTLE_MS = 300;
/** How often to look where the cluster can't be watched, or did not answer. */
const POLL_MS = 5_000;

/** What the answer depends on. */
const WATCHED: readonly Resource[] = [PODS, ENDPOINT_SLICES];

/**
 * Answers a read at once and after each change of its pods or endpoints, until the signal. The watches only say that
 * something has changed: each answer is a new look, so that it is the same as without a watch. Returns an outcome only if
 * there is nothing to watch.
 */
export async function watchAnswer(
  house: House,
  request: ReadRequest,
  asker: Asker,
  look: () => Promise<Outcome>,
  listener: WatchListener,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const first = await Promise.race([look(), stopped]);
  if (first === undefined || !isAnswer(first)) return first;
  listener.seen(first);
  const news = new News();
  const patience = patienceOf(house, Number.POSITIVE_INFINITY, { signal });
  const tasks = spacesOf(house, request).map((space) =>
    watchSpace(house, space, request, asker, patience, news, listener),
  );
  while (!signal.aborted) {
    await Promise.race([news.next(), stopped]);
    await patience.sleep(SETTLE_MS, signal);
    const outcome = await Promise.race([look(), stopped]);
    if (outcome === undefined) break;
    if (isAnswer(outcome)) listener.seen(outcome);
    else {
      if ('message' in outcome) listener.trouble(outcome.message);
      void patience.sleep(POLL_MS, signal).then(() => news.come());
    }
  }
  await Promise.all(tasks);
  return undefined;
}

function isAnswer({ kind }: Outcome): boolean {
  return kind === 'listed' || kind === 'drainedList';
}

function spacesOf(house: House, request: ReadRequest): readonly NamespaceOf[] {
  const { keys = [] } = house;
  return namespacesOf(house, specOf(request).isAboutAll && keys.length > 0 ? keys : [request.service ?? '']);
}

async function watchSpace(
  house: House,
  { cluster, namespace }: NamespaceOf,
  request: ReadRequest,
  asker: Asker,
  patience: Patience,
  news: News,
  listener: WatchListener,
): Promise<void> {
  const connected = Promise.resolve().then(() => house.connect(cluster, { ...asker, role: roleFor(request) }));
  await Promise.all(
    WATCHED.map(async (resource) => {
      try {
        const watched = watch(await connected, { resource, namespace }, undefined, patience);
        for await (const _ of watched) news.come();
      } catch (error) {
        if (!(error instanceof ClusterError) && !(error instanceof CannotConnect)) throw error;
        if (error instanceof Forbidden)
          listener.trouble(`${error.message} Changes are seen up to ${POLL_MS / 1000} s late.`);
        await poll(patience, news);
      }
    }),
  );
}

async function poll(patience: Patience, news: News): Promise<void> {
  while (!patience.signal?.aborted) {
    await patience.sleep(POLL_MS, patience.signal);
    news.come();
  }
}

/** News that came since the last look. */
class News {
  #next = Promise.withResolvers<void>();

  come(): void {
    this.#next.resolve();
  }

  async next(): Promise<void> {
    await this.#next.promise;
    this.#next = Promise.withResolvers();
  }
}
