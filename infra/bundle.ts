import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { LEAN_INDEX } from '../pitlane/cluster/lean-client.ts';
import type { Config } from '../pitlane/config/config.ts';
import { type LazyModule, lazyImports } from './lazy-imports.ts';

/** client-node imports them for the proxies of a kubeconfig, at the cost of 50 ms of each cold start. */
const PROXIES: readonly LazyModule[] = [{ path: 'undici' }, { path: 'socks' }];

export const FUNCTIONS = ['slack', 'worker', 'failed', 'runbook', 'tick'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

const ROOT = join(import.meta.dirname, '..');

/** The inputs of a function's bundle, for tests. */
export interface Bundle {
  readonly name: FunctionName;
  readonly bytes: number;
  readonly metafile: Metafile;
}

/** Each function as one file, `<outDir>/<name>/index.cjs`. */
export async function bundle(config: Config, outDir: string): Promise<readonly Bundle[]> {
  return Promise.all(
    FUNCTIONS.map(async (name) => {
      const entry = join(ROOT, 'functions', `${name}.ts`);
      return { name, ...(await bundleEntry(entry, join(outDir, name), [packedConfig(config), boltOnlyForLambda])) };
    }),
  );
}

/** A file and what it imports, as `<outdir>/index.cjs`. */
export async function bundleEntry(entry: string, outdir: string, plugins: readonly Plugin[] = []) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: join(outdir, 'index.cjs'),
    bundle: true,
    minify: true,
    // Names in stack traces are worth their bytes at 3 a.m.
    keepNames: true,
    platform: 'node',
    target: 'node24',
    // Lambda loads CommonJS faster than ES modules, and Node's compile cache takes both.
    format: 'cjs',
    metafile: true,
    plugins: [...plugins, kubernetesOnlyByHttps, kubernetesWithoutModels, lazyImports(PROXIES)],
    logLevel: 'warning',
  });
  return { bytes: Object.values(metafile.outputs)[0]?.bytes ?? 0, metafile };
}

/** The socket door as one file, which reads its configuration where it runs. */
export async function bundleSocket(outDir = join(ROOT, 'dist/socket')): Promise<{ file: string; bytes: number }> {
  const file = join(outDir, 'pitlane.mjs');
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'functions/socket.ts')],
    outfile: file,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Packages in CommonJS load Node's modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    metafile: true,
    plugins: [kubernetesWithoutModels],
    logLevel: 'warning',
  });
  return { file, bytes: Object.values(metafile.outputs)[0]?.bytes ?? 0 };
}

/** The checked configuration in the place of the module that reads the file. A function needs to know nothing of its deployment. */
function packedConfig({ deploy: _, ...config }: Config): Plugin {
  return {
    name: 'packed-config',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]functions[\\/]config\.ts$/ }, () => ({
        contents: `const config = ${JSON.stringify(config)};\nexport function readConfig() { return config; }`,
        loader: 'js',
      }));
    },
  };
}

/**
 * bolt's index loads every receiver that there is, with express, ws and an OAuth server: 1.2 MB and 130 ms of a cold start
 * for an AwsLambdaReceiver that needs none of them.
 */
const boltOnlyForLambda = stubs('bolt-only-for-lambda', /[\\/]@slack[\\/]bolt[\\/]dist[\\/]/, [
  /[\\/](ExpressReceiver|HTTPReceiver|SocketModeReceiver|HTTPModuleFunctions|HTTPResponseAck)$/,
  /^@slack\/(oauth|socket-mode)$/,
]);

/** KubeConfig's ways to log in that no Lambda has: OpenID Connect with a browser, and proxies by SOCKS. */
export const kubernetesOnlyByHttps = stubs(
  'kubernetes-only-by-https',
  /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]/,
  [/^(openid-client|socks-proxy-agent|hpagent|jsonpath-plus)$/],
);

/** As pitlane/cluster/lean-client.ts does outside Lambda: KubeConfig without the 900 models and the API classes beside it. */
export const kubernetesWithoutModels: Plugin = {
  name: 'kubernetes-without-models',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]client-node[\\/]dist[\\/]gen[\\/]index\.js$/ }, () => ({
      contents: LEAN_INDEX,
      loader: 'js',
    }));
  },
};

/** Empty modules for what `importer` imports and never calls. A name that is called after all fails as undefined. */
function stubs(name: string, importer: RegExp, paths: readonly RegExp[]): Plugin {
  return {
    name,
    setup({ onLoad, onResolve }) {
      for (const filter of paths) {
        onResolve({ filter }, (args) =>
          importer.test(args.importer) ? { path: args.path, namespace: name } : undefined,
        );
      }
      onLoad({ filter: /.*/, namespace: name }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
    },
  };
}
