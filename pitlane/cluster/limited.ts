/** Concurrent requests to one API server. */
const AT_A_TIME = 8;

/** Does the work for each item, a few at a time. Returns the results in the order of the items. */
export async function limited<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atATime: number = AT_A_TIME,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const workers = Array.from({ length: Math.min(atATime, items.length) }, async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  });
  await Promise.all(workers);
  return results;
}
