export interface CacheOptions<T> {
  readonly ask: (key: string) => Promise<T>;
  /** Milliseconds for which an answer is not asked for again. */
  readonly freshMs: number;
  /** Milliseconds for which an old answer replaces one that is unavailable. */
  readonly staleMs: number;
  /** True for a failure that says nothing about the answer. */
  readonly isUnavailable: (error: unknown) => boolean;
  readonly now: () => number;
}

/** Caches answers by key. Requests at the same time share one. */
export function cached<T>(options: CacheOptions<T>): (key: string) => Promise<T> {
  const { ask, freshMs, staleMs, isUnavailable, now } = options;
  const answers = new Map<string, { readonly value: T; readonly at: number }>();
  const pending = new Map<string, Promise<T>>();

  async function refresh(key: string): Promise<T> {
    const at = now();
    try {
      const value = await ask(key);
      answers.set(key, { value, at });
      return value;
    } catch (error) {
      const old = answers.get(key);
      if (old !== undefined && isUnavailable(error) && now() - old.at < staleMs) return old.value;
      answers.delete(key);
      throw error;
    }
  }

  return (key) => {
    const known = answers.get(key);
    if (known !== undefined && now() - known.at < freshMs) return Promise.resolve(known.value);
    const answer = pending.get(key) ?? refresh(key).finally(() => pending.delete(key));
    pending.set(key, answer);
    return answer;
  };
}
