import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { FUNCTIONS } from '../../infra/bundle.ts';

const ROOT = join(import.meta.dirname, '../..');
const OUTPUT = join(ROOT, '.serverless');
/** In .serverless/ */
export const TEMPLATE = join(OUTPUT, 'cloudformation-template-update-stack.json');

/** `npm run package` with the configuration at the path. */
export function pack(config: string): void {
  const env = { ...process.env, PITLANE_CONFIG: config };
  execFileSync(process.execPath, [join(ROOT, 'infra/package.ts')], { env, encoding: 'utf8' });
}

/** Unpacks the archives of all functions into one folder, as each function has its own in there. */
export function unpack(into: string): void {
  for (const name of FUNCTIONS) execFileSync('unzip', ['-q', '-o', join(OUTPUT, `${name}.zip`), '-d', into]);
}
