import { fileURLToPath } from 'node:url';
/** The script and the style of the page, made in memory. */
export interface Assets {
  readonly script: string;
  readonly style: string;
}

export async function bundlePage(): Promise<Assets> {
  // Loaded here, since a sandbox without a page does not need it.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: ['main.tsx', 'style.css'].map((name) => fileURLToPath(new URL(`front/${name}`, import.meta.url))),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    outdir: 'page',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}
