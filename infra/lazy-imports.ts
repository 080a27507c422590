import type { Plugin } from 'esbuild';

/**
 * Modules that load when the first of their names is used, not when the bundle starts. `external`: the name under which
 * the bundle requires the module; absent: it is part of the bundle.
 */
export interface LazyModule {
  readonly path: string;
  readonly external?: string;
  /** Only for imports of files that match; absent: of all. */
  readonly importer?: RegExp;
}

/** The modules of Node that take a millisecond or more to load, and that most commands do not need. */
export const SLOW_BUILTINS: readonly LazyModule[] = [
  'node:child_process',
  'node:crypto',
  'node:https',
  'node:net',
  'node:readline/promises',
  'node:tls',
  'node:zlib',
].map((path) => ({ path, external: path }));

const NAMESPACE = 'lazy-import';

export function lazyImports(modules: readonly LazyModule[]): Plugin {
  const find = (path: string) => modules.find((each) => each.path === path);
  return {
    name: 'lazy-imports',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /.*/ }, ({ path, importer, namespace }) => {
        if (namespace === NAMESPACE)
          return modules.some(({ external }) => external === path) ? { path, external: true } : undefined;
        const lazy = find(path);
        const isMeant = lazy !== undefined && (lazy.importer?.test(importer) ?? true);
        return isMeant ? { path, namespace: NAMESPACE } : undefined;
      });
      onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => {
        const names = Object.keys(await import(path)).filter((name) => name !== 'default' && name !== 'module.exports');
        const target = JSON.stringify(find(path)?.external ?? path);
        const contents = `for (const name of ${JSON.stringify(names)})
  Object.defineProperty(exports, name, { enumerable: true, get: () => require(${target})[name] });`;
        return { contents, loader: 'js', resolveDir: import.meta.dirname };
      });
    },
  };
}
