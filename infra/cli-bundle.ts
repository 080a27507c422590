import { chmodSync, cpSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { kubernetesOnlyByHttps, kubernetesWithoutModels } from './bundle.ts';
import { lazyImports, SLOW_BUILTINS } from './lazy-imports.ts';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'cli/package');

/** Libraries that most commands do not need. Each is a bundle of its own, so that a list need not read them. */
const LIBRARIES = ['croner', 'undici', 'yaml', 'zod'];

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
  const main = await build({
    ...BUNDLE,
    entryPoints: { main: 'cli/main.ts' },
    outdir: lib,
    outExtension: { '.js': '.cjs' },
    // The version is read from a file only in the source tree.
    define: { PITLANE_VERSION: JSON.stringify(version), 'import.meta.url': '"file:///"' },
    plugins: [
      // `socks` is for the proxies of a kubeconfig.
      lazyImports([...SLOW_BUILTINS, ...LIBRARIES.map((path) => ({ path, external: path })), { path: 'socks' }]),
      kubernetesOnlyByHttps,
      kubernetesWithoutModels,
      withoutExecAuth,
    ],
  });
  const bundles = [['main', main.metafile], ...libraries] as const;
  await writeLaunchers(folder, Object.fromEntries(bundles.map(([name, { outputs }]) => [name, onlyFile(outputs)])));
  return bundles.flatMap(([, { inputs }]) => Object.keys(inputs));
}

/** pitlane/kubeconfig/ starts credential plugins itself; that of client-node loads `child_process` before it is asked. */
const withoutExecAuth: Plugin = {
  name: 'without-exec-auth',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]client-node[\\/]dist[\\/]exec_auth\.js$/ }, () => ({
      contents: 'export class ExecAuth { isAuthProvider() { return false; } }',
      loader: 'js',
    }));
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
