import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The licenses of the packages whose code is in a bundle, as most of them demand. `files`: paths of bundled files. */
export function thirdPartyLicenses(root: string, files: readonly string[]): string {
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => licenseOf(join(root, folder)));
  return `Pitlane contains code of these packages.\n\n${texts.join('\n')}`;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.(md|txt))?$/i.test(each));
  if (file === undefined && license === undefined) throw new Error(`${name} ${version} has no license.`);
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
  return [`${'-'.repeat(80)}\n${name} ${version}: ${license}\n`, text.trim(), ''].join('\n');
}
