export interface RememberedOptions<T> {
  readonly ask: (key: string) => Promise<T>;
  /** Milliseconds for which an answer is not asked for again. */
  readonly freshMs: number;
  /** Milliseconds for which it stands in for one that can't be had. */
  readonly staleMs: number;
  /** Whether the failure says nothing about the answer, so that the old one may stand in. */
  readonly isNoAnswer: (error: unknown) => boolean;
  readonly now: () => number;
}

/** Answers by key, kept for a while. Who asks for what is being asked for already gets the same answer. */
export function remembered<T>(options: RememberedOptions<T>): (key: string) => Promise<T> {
  const { ask, freshMs, staleMs, isNoAnswer, now } = options;
  const answers = new Map<string, { readonly value: T; readonly at: number }>();
  const underWay = new Map<string, Promise<T>>();

  async function askAnew(key: string): Promise<T> {
    const at = now();
    try {
      const value = await ask(key);
      answers.set(key, { value, at });
      return value;
    } catch (error) {
      const kept = answers.get(key);
      if (kept !== undefined && isNoAnswer(error) && now() - kept.at < staleMs) return kept.value;
      answers.delete(key);
      throw error;
    }
  }

  return (key) => {
    const kept = answers.get(key);
    if (kept !== undefined && now() - kept.at < freshMs) return Promise.resolve(kept.value);
    const asked = underWay.get(key) ?? askAnew(key).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  };
}
