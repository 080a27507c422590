import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../pitlane/config/config.ts';
import { configPath, formatFault, loadConfig } from '../pitlane/config/file.ts';
import { bundle, FUNCTIONS } from './bundle.ts';
import { deploymentOf } from './deployment.ts';

/** `npm run package`: builds the archives of the functions in .serverless/, without network and credentials. */
const ROOT = join(import.meta.dirname, '..');
const EXAMPLE = 'pitlane.example.yaml';

const config = configToPack();
rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const bundles = await bundle(config, join(ROOT, 'dist'));
writeFileSync(join(ROOT, 'dist/deploy.json'), `${JSON.stringify(deploymentOf(config), null, 2)}\n`);
createArchives();
for (const { name, bytes } of bundles) {
  const zip = statSync(join(ROOT, '.serverless', `${name}.zip`)).size;
  console.log(
    `${name.padEnd(8)} ${kilobytes(bytes)} in dist/${name}/index.cjs, ${kilobytes(zip)} in .serverless/${name}.zip`,
  );
}

function configToPack(): Config {
  const configured = configPath(process.env);
  const isExample = process.env.PITLANE_CONFIG === undefined && !existsSync(join(ROOT, configured));
  const path = isExample ? EXAMPLE : configured;
  if (isExample) console.log(`No ${configured}: packaging ${EXAMPLE}, for a trial only.`);
  process.chdir(ROOT);
  const loaded = loadConfig(path);
  switch (loaded.kind) {
    case 'config':
      return loaded.config;
    case 'unreadable':
      return fail([loaded.message]);
    case 'faulty':
      return fail(loaded.faults.map((fault) => formatFault(loaded.path, fault)));
  }
}

function createArchives(): void {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/osls'), ['package'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off', CI: '1' },
  });
  if (status !== 0) fail([`osls package failed (exit code ${status}):`, stdout, stderr]);
  const missing = FUNCTIONS.filter((name) => !existsSync(join(ROOT, '.serverless', `${name}.zip`)));
  if (missing.length > 0) fail([`osls package created no archive for ${missing.join(', ')}.`]);
}

function fail(sentences: readonly string[]): never {
  for (const sentence of sentences) console.error(sentence);
  process.exit(1);
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KB`.padStart(7);
}
