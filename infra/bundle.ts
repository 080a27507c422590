import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin, transform } from 'esbuild';
import { LEAN_INDEX } from '../pitlane/cluster/lean-client.ts';
import type { Config } from '../pitlane/config/config.ts';
import { lazyImports } from './lazy-imports.ts';

export const FUNCTIONS = ['slack', 'worker', 'failed', 'runbook', 'tick'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

const ROOT = join(import.meta.dirname, '..');

/** The inputs of a function's bundle, for tests. */
export interface Bundle {
  readonly name: FunctionName;
  readonly bytes: number;
  readonly metafile: Metafile;
}

/** Libraries that most requests do not need: files beside the function, which Node reads when they are first used. */
const LIBRARIES = ['croner', 'js-yaml', 'socks'].map((path) => ({ path, external: `./${path}.cjs` }));

const CHILD_PROCESS = { path: 'node:child_process', external: 'node:child_process' };
const KUBE_CONFIG = { path: '@kubernetes/client-node/dist/config.js' };

const BUNDLE = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Lambda loads CommonJS faster than ES modules, and Node's compile cache takes both.
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Each function, in `<outDir>/<name>/`. */
export async function bundle(config: Config, outDir: string): Promise<readonly Bundle[]> {
  return Promise.all(
    FUNCTIONS.map(async (name) => {
      const entry = join(ROOT, 'functions', `${name}.ts`);
      return { name, ...(await bundleEntry(entry, join(outDir, name), [packedConfig(config), boltOnlyForLambda])) };
    }),
  );
}

/** A file and what it imports, as `<outdir>/index.cjs`, with the libraries that it uses beside it. */
export async function bundleEntry(entry: string, outdir: string, plugins: readonly Plugin[] = []) {
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: { index: entry },
    outdir,
    plugins: [...plugins, lazyImports([...LIBRARIES, CHILD_PROCESS, KUBE_CONFIG]), ...leanKubeConfig],
  });
  const file = join(outdir, 'index.cjs');
  // Names in stack traces are worth their bytes at 3 a.m.: this keeps those of the top level, a bundler would not.
  const { code } = await transform(await readFile(file, 'utf8'), { minify: true, target: BUNDLE.target });
  await writeFile(file, code);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  const used = LIBRARIES.filter(({ external }) => imports.includes(external));
  await build({ ...BUNDLE, minify: true, entryPoints: used.map(({ path }) => path), outdir });
  return { bytes: code.length, metafile };
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
    plugins: [...leanKubeConfig],
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

/** bolt's index loads them with express, ws, an OAuth server and a Web API client: 1.3 MB that its Lambda receiver never uses. */
const UNUSED_BY_BOLT = new RegExp(
  [
    '[\\\\/](ExpressReceiver|HTTPReceiver|SocketModeReceiver|HTTPModuleFunctions|HTTPResponseAck|SocketModeFunctions)$',
    '[\\\\/](Assistant|CustomFunction|custom-routes)$',
    '^@slack/(oauth|socket-mode|types|web-api)$',
  ].join('|'),
);
/** bolt still constructs these, such as a client for each event. Any other name fails as undefined. */
const STUBS = ['WebClient', 'WebAPIPlatformError', 'WebAPIRateLimitedError', 'WebAPIHTTPError', 'addAppMetadata'];

const boltOnlyForLambda: Plugin = {
  name: 'bolt-only-for-lambda',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: UNUSED_BY_BOLT }, ({ path, importer }) =>
      /[\\/]@slack[\\/]bolt[\\/]dist[\\/]/.test(importer) ? { path, namespace: 'unused' } : undefined,
    );
    const contents = `module.exports = { ${STUBS.map((name) => `${name}: function () {}`).join()} };`;
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents, loader: 'js' }));
  },
};

const CLIENT_NODE = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]/;
/** KubeConfig imports them for requests, proxies and logins that Pitlane makes in another way. A use fails as a missing module. */
const UNUSED_BY_KUBE_CONFIG = ['undici', 'hpagent', 'socks-proxy-agent', 'openid-client', 'jsonpath-plus'];

/** KubeConfig without 800 KB of HTTP and login clients, the 900 models and the API classes. */
export const leanKubeConfig: readonly Plugin[] = [
  lazyImports(UNUSED_BY_KUBE_CONFIG.map((path) => ({ path, external: path, importer: CLIENT_NODE }))),
  {
    name: 'lean-kube-config',
    setup({ onLoad }) {
      // As pitlane/cluster/lean-client.ts does outside bundles.
      onLoad({ filter: /[\\/]client-node[\\/]dist[\\/]gen[\\/]index\.js$/ }, () => ({ contents: LEAN_INDEX }));
      // pitlane/kubeconfig/ starts credential plugins itself; that of client-node loads `child_process` before it is asked.
      const contents = 'export class ExecAuth { isAuthProvider() { return false; } }';
      onLoad({ filter: /[\\/]client-node[\\/]dist[\\/]exec_auth\.js$/ }, () => ({ contents }));
    },
  },
];
