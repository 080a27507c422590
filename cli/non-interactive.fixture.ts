import type { Terminal } from './terminal.ts';

/** A terminal without a person: no questions, no colours. */
export function nonInteractive(given: Pick<Terminal, 'env' | 'out' | 'err'>): Terminal {
  return {
    program: 'pitlane',
    user: 'ada',
    isScreen: false,
    canAsk: false,
    signal: new AbortController().signal,
    now: Date.now,
    ask: () => Promise.reject(new Error('this terminal is not interactive')),
    ...given,
  };
}
