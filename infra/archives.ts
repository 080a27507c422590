import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../pitlane/config/config.ts';
import { formatFault, type LoadedConfig } from '../pitlane/config/file.ts';
import { bundle, FUNCTIONS } from './bundle.ts';
import { deploymentOf } from './deployment.ts';
import { runOsls } from './osls.ts';

const ROOT = join(import.meta.dirname, '..');

/** What was asked for can't be done. The message has one sentence for each reason. */
export class Refused extends Error {
  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'Refused';
  }
}

/** Throws Refused with a sentence for each mistake. */
export function configIn(loaded: LoadedConfig): Config {
  switch (loaded.kind) {
    case 'config':
      return loaded.config;
    case 'unreadable':
      throw new Refused([loaded.message]);
    case 'faulty':
      throw new Refused(loaded.faults.map((fault) => formatFault(loaded.path, fault)));
  }
}

/** Writes what serverless.yml reads from the configuration. */
export function writeDeployment(config: Config): void {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(join(ROOT, 'dist/deploy.json'), `${JSON.stringify(deploymentOf(config), null, 2)}\n`);
}

/** Builds the archives of the functions in .serverless/, without network and credentials. */
export async function buildArchives(config: Config, log: (line: string) => void): Promise<void> {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const bundles = await bundle(config, join(ROOT, 'dist'));
  writeDeployment(config);
  const { code, output } = await runOsls(['package'], { env: process.env, shown: false });
  if (code !== 0) throw new Refused([`osls package failed (exit code ${code}):`, output]);
  const missing = FUNCTIONS.filter((name) => !existsSync(archiveOf(name)));
  if (missing.length > 0) throw new Refused([`osls package created no archive for ${missing.join(', ')}.`]);
  for (const { name, bytes } of bundles) {
    const zip = kilobytes(statSync(archiveOf(name)).size);
    log(`${name.padEnd(8)} ${kilobytes(bytes)} in dist/${name}/index.cjs, ${zip} in .serverless/${name}.zip`);
  }
}

function archiveOf(name: string): string {
  return join(ROOT, '.serverless', `${name}.zip`);
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KB`.padStart(7);
}

/** Runs a script: prints its refusal, and exits with 1. */
export async function main(script: () => Promise<void>): Promise<void> {
  process.chdir(ROOT);
  try {
    await script();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
