/** Calls the tick where no EventBridge does. */
export interface Clock {
  /** Resolves once the last call has ended. */
  stop(): Promise<void>;
}

/** Calls at an interval, but never while the last call is in progress. Does not keep the process alive. */
export function startClock(call: () => Promise<unknown>, everyMs: number): Clock {
  let inProgress: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    inProgress ??= call().finally(() => {
      inProgress = undefined;
    });
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await inProgress;
    },
  };
}
