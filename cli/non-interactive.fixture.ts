import type { Terminal } from './terminal.ts';

/** A pipe: nothing can be asked, and nothing is in colour. */
export function nonInteractive(given: Pick<Terminal, 'env' | 'out' | 'err'>): Terminal {
  return {
    program: 'pitlane',
    user: 'ada',
    isScreen: false,
    canAsk: false,
    signal: new AbortController().signal,
    now: Date.now,
    ask: () => Promise.reject(new Error('nobody is here to be asked')),
    ...given,
  };
}
