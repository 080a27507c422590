/** Brings together what comes for the same key within a short time of each other. */
export interface GatheringOptions<T, R> {
  /** Waits so long for one more. */
  readonly quietMs: number;
  /** But not longer than that after the first. */
  readonly longestMs: number;
  /** One result for each item. */
  readonly deliver: (key: string, items: readonly T[]) => readonly Promise<R>[];
}

interface Group<T, R> {
  readonly startedAt: number;
  readonly members: { readonly item: T; readonly settle: (result: Promise<R>) => void }[];
  timer?: NodeJS.Timeout;
}

export function gathering<T, R>({ quietMs, longestMs, deliver }: GatheringOptions<T, R>) {
  const groups = new Map<string, Group<T, R>>();

  function send(key: string, { members }: Group<T, R>): void {
    groups.delete(key);
    const results = deliver(
      key,
      members.map(({ item }) => item),
    );
    members.forEach(({ settle }, index) => {
      settle(results[index] as Promise<R>);
    });
  }

  return (key: string, item: T): Promise<R> =>
    new Promise((settle) => {
      const group: Group<T, R> = groups.get(key) ?? { startedAt: performance.now(), members: [] };
      groups.set(key, group);
      group.members.push({ item, settle });
      clearTimeout(group.timer);
      const left = group.startedAt + longestMs - performance.now();
      group.timer = setTimeout(() => send(key, group), Math.max(0, Math.min(quietMs, left)));
    });
}
