import type { Log } from '../tool-cache.ts';

interface Installation<T> {
  readonly name: string;
  /** Rejects with what the machine lacks. */
  readonly needs: () => Promise<unknown>;
  readonly install: (log: Log) => Promise<T>;
}

/**
 * Installs a checker. Undefined, and the reason printed: its tests are skipped. In CI only what the machine lacks skips a
 * test; an installation that fails there is an error.
 */
export async function installed<T>({ name, needs, install }: Installation<T>): Promise<T | undefined> {
  const log: Log = (line) => console.log(line);
  try {
    await needs();
  } catch (error) {
    log(`SKIPPED ${name}: ${(error as Error).message}`);
    return undefined;
  }
  try {
    return await install(log);
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    log(`SKIPPED ${name}: it can't be installed. ${(error as Error).message}`);
    return undefined;
  }
}
