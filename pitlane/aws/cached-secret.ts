/** A secret that is read once, and again when it no longer works, so that it can be rotated while the process lives. */
export interface CachedSecret<T> {
  /** `deadline`: milliseconds since the epoch. Rejects if the secret can't be read and was not read before. */
  get(deadline: number): Promise<T>;
  /** What `get` returned was refused: reads it again, at most once a minute. Returns `refused` if there is no other. */
  renew(refused: T, deadline: number): Promise<T>;
}

export interface CachedSecretOptions<T> {
  readonly read: (deadline: number) => Promise<T>;
  readonly now: () => number;
  /** The secret could not be read again, so the old one stays in use. */
  readonly onStale: (error: unknown) => void;
}

/** A secret that leaked and was replaced works no longer than this. */
const FRESH_MS = 10 * 60_000;
/** Anyone may send requests with a wrong signature, and none of them may call AWS again. */
const RENEW_EVERY_MS = 60_000;
const FAILED_MS = 10_000;

export function cachedSecret<T>({ read, now, onStale }: CachedSecretOptions<T>): CachedSecret<T> {
  let known: { readonly value: T; readonly at: number } | undefined;
  let failed: { readonly error: unknown; readonly at: number } | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let pending: Promise<T> | undefined;

  async function refresh(deadline: number): Promise<T> {
    try {
      const value = await read(deadline);
      known = { value, at: now() };
      return value;
    } catch (error) {
      failed = { error, at: now() };
      throw error;
    }
  }

  /** Requests at the same time share one. */
  function shared(deadline: number): Promise<T> {
    pending ??= refresh(deadline).finally(() => {
      pending = undefined;
    });
    return pending;
  }

  async function again(old: T, deadline: number): Promise<T> {
    if (pending === undefined && now() - renewedAt < RENEW_EVERY_MS) return old;
    renewedAt = now();
    return shared(deadline).catch((error: unknown) => {
      onStale(error);
      return old;
    });
  }

  return {
    async get(deadline) {
      if (known !== undefined) return now() - known.at < FRESH_MS ? known.value : again(known.value, deadline);
      if (pending === undefined && failed !== undefined && now() - failed.at < FAILED_MS) throw failed.error;
      return shared(deadline);
    },
    async renew(refused, deadline) {
      if (known !== undefined && known.value !== refused) return known.value;
      return again(refused, deadline);
    },
  };
}
