import { chmodSync, cpSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { leanKubeConfig } from './bundle.ts';
import { lazyImports, SLOW_BUILTINS } from './lazy-imports.ts';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'cli/package');

/** Libraries that most commands do not need. Each is a bundle of its own, so that a list need not read them. */
const LIBRARIES = ['croner', 'socks', 'yaml'];
/** What reads and checks a pitlane.yaml, with the part of zod that it needs. */
const CONFIG = 'config';

const BUNDLE = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  charset: 'ascii',
  logLevel: 'warning',
  entryNames: '[name]-[hash]',
  metafile: true,
  // A script has no import().
  supported: { 'dynamic-import': false },
} as const satisfies BuildOptions;

/** Writes the command line to `bin/` and `lib/` of the folder. It needs no other package. Returns the bundled files. */
export async function bundleCli(folder: string, version: string): Promise<readonly string[]> {
  const lib = join(folder, 'lib');
  const libraries = await Promise.all(
    LIBRARIES.map(async (name) => {
      const contents = `module.exports = require(${JSON.stringify(name)});`;
      const built = await build({
        ...BUNDLE,
        stdin: { contents, resolveDir: ROOT, sourcefile: `${name}.cjs` },
        outdir: lib,
        outExtension: { '.js': '.cjs' },
        entryNames: `${name}-[hash]`,
      });
      return [name, built.metafile] as const;
    }),
  );
  const external = LIBRARIES.map((path) => ({ path, external: path }));
  const config = await build({
    ...BUNDLE,
    entryPoints: { [CONFIG]: 'pitlane/config/file.ts' },
    outdir: lib,
    outExtension: { '.js': '.cjs' },
    plugins: [lazyImports(external)],
  });
  const main = await build({
    ...BUNDLE,
    entryPoints: { main: 'cli/main.ts' },
    outdir: lib,
    outExtension: { '.js': '.cjs' },
    // The version is read from a file only in the source tree.
    define: { PITLANE_VERSION: JSON.stringify(version), 'import.meta.url': '"file:///"' },
    plugins: [lazyImports([...SLOW_BUILTINS, ...external]), configApart, ...leanKubeConfig],
  });
  const bundles = [['main', main.metafile], [CONFIG, config.metafile], ...libraries] as const;
  await writeLaunchers(folder, Object.fromEntries(bundles.map(([name, { outputs }]) => [name, onlyFile(outputs)])));
  return bundles.flatMap(([, { inputs }]) => Object.keys(inputs));
}

const configApart: Plugin = {
  name: 'config-apart',
  setup({ onResolve }) {
    onResolve({ filter: /[\\/]config[\\/]file\.ts$/ }, () => ({ path: CONFIG, external: true }));
  },
};

function onlyFile(outputs: Metafile['outputs']): string {
  return basename(Object.keys(outputs)[0] ?? '');
}

async function writeLaunchers(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await build({
    ...BUNDLE,
    bundle: false,
    entryPoints: { 'code-cache': join(SOURCES, 'lib/code-cache.cjs') },
    outdir: join(folder, 'lib'),
    outExtension: { '.js': '.cjs' },
    entryNames: '[name]',
    define: { BUNDLE_FILES: JSON.stringify(files) },
  });
  cpSync(join(SOURCES, 'lib/start.cjs'), join(folder, 'lib/start.cjs'));
  cpSync(join(SOURCES, 'bin'), join(folder, 'bin'), { recursive: true });
  // npm does it when it installs the package, krew does not.
  for (const name of readdirSync(join(folder, 'bin'))) chmodSync(join(folder, 'bin', name), 0o755);
}
