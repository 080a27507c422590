/** What calls the tick: on AWS that is EventBridge. */
export interface Clock {
  /** Resolves once nothing is under way any more. */
  stop(): Promise<void>;
}

/** Calls again and again, never while the last call is still at work. Keeps no process from ending. */
export function startClock(call: () => Promise<unknown>, everyMs: number): Clock {
  let underWay: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    underWay ??= call().finally(() => {
      underWay = undefined;
    });
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}
