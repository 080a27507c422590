import { readFileSync } from 'node:fs';

/** Set where the command line is packed: infra/cli-version.ts decides it. */
declare const PITLANE_VERSION: string | undefined;

/** Pitlane's version. From the source tree, it is the one of package.json. */
export function version(): string {
  if (typeof PITLANE_VERSION === 'string') return PITLANE_VERSION;
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
