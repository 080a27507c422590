/** Hands values from one side that pushes to one side that reads, in order. */
export function channel<T>() {
  const waiting: T[] = [];
  let isClosed = false;
  let wake = () => {};
  return {
    push(value: T) {
      waiting.push(value);
      wake();
    },
    close() {
      isClosed = true;
      wake();
    },
    async *all(): AsyncGenerator<T, void> {
      for (;;) {
        yield* waiting.splice(0);
        if (waiting.length > 0) continue;
        if (isClosed) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
