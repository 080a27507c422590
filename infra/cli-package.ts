import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleCli } from './cli-bundle.ts';
import { cliVersion } from './cli-version.ts';
import { krewManifest } from './krew.ts';
import { thirdPartyLicenses } from './third-party.ts';

const usage = `Packs the command line as an npm package without dependencies.

  npm run pack:cli -- [--out DIR] [--url URL]

  --out DIR  default: dist/cli-package
  --url URL  where the archive will be downloaded from; writes a manifest for krew, pitlane.yaml`;

const ROOT = join(import.meta.dirname, '..');

const { out, url } = readArguments();
const version = cliVersion(ROOT);
const folder = join(out, 'package');
rmSync(out, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const bundled = await bundleCli(folder, version);
writeFileSync(join(folder, 'THIRD-PARTY.txt'), thirdPartyLicenses(ROOT, bundled));
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
cpSync(join(ROOT, 'cli/package/README.md'), join(folder, 'README.md'));
for (const name of ['LICENSE', 'CHANGELOG.md']) cpSync(join(ROOT, name), join(folder, name));
const archive = join(out, pack());
console.log(`${archive}: pitlane ${version}, ${Math.ceil(readFileSync(archive).length / 1024)} KB`);
if (url !== undefined) {
  const file = join(out, 'pitlane.yaml');
  writeFileSync(file, krewManifest({ version, url, archive: readFileSync(archive) }));
  console.log(`${file}: the manifest for krew`);
}

function readArguments(): { readonly out: string; readonly url?: string } {
  try {
    const { values } = parseArgs({ options: { out: { type: 'string' }, url: { type: 'string' } } });
    if (values.url !== undefined && !/^https:\/\/\S+$/.test(values.url))
      throw new Error(`--url must be an https address, not ${JSON.stringify(values.url)}.`);
    return { out: join(ROOT, 'dist/cli-package'), ...values };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return process.exit(2);
  }
}

function manifest(): object {
  const { name, description, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return {
    name,
    version,
    description,
    license,
    keywords: ['kubernetes', 'kubectl', 'kubectl-plugin', 'chatops', 'incident', 'drain', 'canary'],
    bin: {
      pitlane: 'bin/pitlane.cjs',
      'kubectl-pitlane': 'bin/kubectl-pitlane.cjs',
      'kubectl_complete-pitlane': 'bin/kubectl_complete-pitlane.cjs',
    },
    engines: { node: '>=22' },
    files: ['bin', 'lib', 'CHANGELOG.md', 'THIRD-PARTY.txt'],
  };
}

/** Returns the name of the archive. The same folder gives the same bytes: npm sets fixed times in it. */
function pack(): string {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--pack-destination', out], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) {
    console.error(stderr);
    process.exit(1);
  }
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return filename;
}
