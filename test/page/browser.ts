import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { transform } from 'esbuild';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** For what hangs: no test depends on the machine's speed. */
const WAIT_MS = 60_000;
/** Ignored by git. */
const SCREENSHOTS = fileURLToPath(new URL('../../dist/screenshots/', import.meta.url));

export async function startBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error(`Found none of ${NAMES.join(', ')} on PATH. On Debian: apt-get install chromium`);
  // Containers have no user namespaces for the sandbox; the pages are this repository's own.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** Undefined if it is not on PATH. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

export interface Opened {
  readonly page: Page;
  /** Errors of scripts and refusals of the content security policy so far. */
  readonly errors: readonly string[];
}

/** Opens the page in a context of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error.stack)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  await page.getByLabel('Message to #ops').waitFor();
  return { page, errors };
}

/** What axe-core finds: contrast, names of controls, roles, keyboard access. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof import('axe-core') };
    const found = await inPage.run();
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

/** Writes dist/screenshots/NAME.png, and NAME.svg, which is text. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
  const { code } = await transform(await readFile(new URL('drawing.ts', import.meta.url), 'utf8'), { loader: 'ts' });
  await writeFile(join(SCREENSHOTS, `${name}.svg`), String(await page.evaluate(code)));
}
