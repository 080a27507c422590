import type { Page } from 'playwright-core';
import { openSandbox, type Sandbox } from '../sandbox/open.ts';
import { servePage } from '../sandbox/page/serve.ts';
import { openPage, startBrowser } from '../test/page/browser.ts';
import { median, table } from './process.ts';

export interface PageSize {
  readonly pods: number;
  readonly nodes: number;
  readonly ratePerSecond: number;
  readonly loads: number;
  /** How long frames are counted. */
  readonly seconds: number;
}

/** A longer frame is seen as a jerk: three of 60 a second. */
const JERK_MS = 50;

/**
 * Measures what a person sees of the playground: the first paint, and the frames while pods are drained and restored under
 * traffic. Cluster, traffic and Pitlane run in this process, beside the browser on the same processors.
 */
export async function benchPage({ pods, nodes, ratePerSecond, loads, seconds }: PageSize): Promise<string> {
  const browser = await startBrowser();
  const sandbox = await openSandbox(1, { replicas: pods, nodes, ratePerSecond });
  const served = await servePage(sandbox.playground);
  const paints: number[] = [];
  const shown: number[] = [];
  try {
    for (let load = 0; load < loads; load += 1) {
      const { page } = await openPage(browser, served.url);
      await page
        .locator('.chip')
        .nth(pods - 1)
        .waitFor();
      const [painted, complete] = await page.evaluate(() => [
        performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
        performance.now(),
      ]);
      paints.push(painted ?? Number.NaN);
      shown.push(complete ?? Number.NaN);
      await page.context().close();
    }
    const { page } = await openPage(browser, served.url);
    const calm = await framesOf(page, seconds);
    const [busy, changes] = await Promise.all([framesOf(page, seconds), change(sandbox, seconds)]);
    return `The page with ${pods} pods and ${ratePerSecond} requests a second, ${loads} loads, frames of ${seconds} s:\n\n${table(
      [
        ['the page', 'median, ms', '99 % within, ms', 'longest, ms', `over ${JERK_MS} ms`],
        ['first paint', ...figures(paints).slice(0, -1), ''],
        ['all pods shown', ...figures(shown).slice(0, -1), ''],
        ['frames under traffic', ...figures(calm)],
        [`frames during ${changes} drains and restores`, ...figures(busy)],
      ],
    )}`;
  } finally {
    await browser.close();
    await served.close();
    await sandbox.close();
  }
}

function figures(times: readonly number[]): readonly (string | number)[] {
  const sorted = [...times].sort((a, b) => a - b);
  const within99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
  const jerks = sorted.filter((time) => time > JERK_MS).length;
  return [
    median(times).toFixed(1),
    within99.toFixed(1),
    sorted.at(-1)?.toFixed(1) ?? '',
    `${jerks} of ${times.length}`,
  ];
}

/** The times between frames. */
function framesOf(page: Page, seconds: number): Promise<readonly number[]> {
  return page.evaluate((ms) => {
    const { requestAnimationFrame: atNextFrame } = globalThis as unknown as {
      requestAnimationFrame(then: (now: number) => void): void;
    };
    const { promise, resolve } = Promise.withResolvers<number[]>();
    const times: number[] = [];
    const count = (start: number, last: number) =>
      atNextFrame((now) => {
        times.push(now - last);
        if (now - start < ms) count(start, now);
        else resolve(times);
      });
    atNextFrame((now) => count(now, now));
    return promise;
  }, seconds * 1000);
}

/** Drains and restores one pod after the other. Resolves with the number of changes. */
async function change({ people: { ada }, playground, settled }: Sandbox, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const pods = playground.cluster.api.list('pods', playground.namespace);
  const names = pods.filter(({ metadata }) => metadata.labels?.app === playground.service);
  let changes = 0;
  for (const { metadata } of names)
    for (const verb of ['drain', 'restore']) {
      if (performance.now() > end) return changes;
      await ada.type(`/${playground.service} ${verb} ${metadata.name}`);
      changes += (await settled()).filter(({ outcome }) => outcome === 'done').length;
    }
  return changes;
}
