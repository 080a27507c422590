import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../sandbox/open.ts';
import { type Page as Served, servePage } from '../../sandbox/page/serve.ts';
import { type Opened, openPage, screenshot, startBrowser, violations } from './browser.ts';

const WAIT = { timeout: 60_000, interval: 100 };

let browser: Browser;
let sandbox: Sandbox;
let served: Served;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  sandbox = await openSandbox(7);
  served = await servePage(sandbox.playground);
});
afterEach(async () => {
  await page.context().close();
  await served.close();
  await sandbox.close();
  expect(opened.errors).toEqual([]);
});

async function open(options: Parameters<typeof openPage>[2] = {}): Promise<void> {
  opened = await openPage(browser, served.url, { viewport: { width: 1400, height: 1000 }, ...options });
  page = opened.page;
}

const composer = () => page.getByLabel('Message to #ops');

async function type(text: string): Promise<void> {
  await composer().fill(text);
  await composer().press('Enter');
}

const messages = () => page.getByLabel('Messages', { exact: true });
const lastMessage = () => messages().locator(':scope > li').last();
const chips = (state: string) => page.locator(`.chip.state-${state}`);
const button = (name: string, within: Page | Locator = page) => within.getByRole('button', { name, exact: true });
const doneSteps = () => page.locator('#tour li.done');
const shows = (locator: Locator, count: number) => expect.poll(() => locator.count(), WAIT).toBe(count);
const hasFocus = (locator: Locator) => locator.evaluate((it) => it === it.ownerDocument.activeElement);
/** Tabs until the element has the focus. */
async function tabTo(target: Locator): Promise<void> {
  await target.first().waitFor();
  for (let steps = 0; steps < 150; steps += 1) {
    if (await hasFocus(target.first())) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The keyboard does not reach ${target}.`);
}

async function pressByKeyboard(target: Locator): Promise<void> {
  await tabTo(target);
  await page.keyboard.press('Enter');
}

/** Types the command that the tour suggests. */
async function typeSuggested(): Promise<void> {
  await pressByKeyboard(page.locator('#tour li[aria-current=step] button'));
  await page.keyboard.press('Enter');
}

test('the tour is ticked off from its beginning to its end, with the keyboard alone', async () => {
  await open();
  await shows(chips('inRotation'), 4);
  await shows(doneSteps(), 0);
  const colourOfBad = () => page.locator('tr', { hasText: sandbox.bad }).locator('.swatch').getAttribute('class');
  const colour = await colourOfBad();
  await typeSuggested();
  await shows(doneSteps(), 1);
  await shows(chips('drained'), 1);
  expect(await chips('drained').getAttribute('aria-label')).toBe(`${sandbox.bad}, drained`);
  await shows(chips('inRotation'), 4);
  await shows(page.locator('tbody tr'), 5);
  expect(await colourOfBad()).toBe(colour);

  await pressByKeyboard(button('1 reply', messages()));
  await screenshot(page, 'drain');
  await pressByKeyboard(page.locator('button.file'));
  await shows(doneSteps(), 2);
  expect(await page.getByRole('dialog').locator('pre').textContent()).toContain('Too many open files');
  await page.keyboard.press('Escape');

  await typeSuggested();
  await pressByKeyboard(button('Confirm finish'));
  await shows(doneSteps(), 3);
  await shows(chips('drained'), 0);

  await typeSuggested();
  await shows(doneSteps(), 4);
  await expect.poll(() => page.locator('.selector ins').textContent(), WAIT).toContain('enabled=yes');

  await typeSuggested();
  await shows(doneSteps(), 5);
  await shows(chips('canary'), 1);
  await screenshot(page, 'canary');

  await expect
    .poll(() => page.locator('#tour li[aria-current=step] button').textContent(), WAIT)
    .toContain('canary start');
  await typeSuggested();
  await expect.poll(() => page.locator('#tour li[aria-current=step] button').textContent(), WAIT).toContain('switch');
  await typeSuggested();
  await pressByKeyboard(button('Confirm switch'));
  await shows(doneSteps(), 6);
  await shows(chips('disabled'), 4);
  await page.getByRole('heading', { name: 'Rotation' }).scrollIntoViewIfNeeded();
  await screenshot(page, 'tour');
  expect(Number(await page.locator('#requests').textContent())).toBeGreaterThan(100);
  expect(await page.locator('.mark-ended').count()).toBeGreaterThan(2);
});

test('everything works with the keyboard: a picker, a window, a dialog, and a pod', async () => {
  await open();
  const { keyboard } = page;
  await tabTo(page.getByLabel('Message to #ops'));
  await keyboard.type('/rng drain');
  await keyboard.press('Enter');
  await messages().getByText('Which pod of rng?').waitFor();
  await pressByKeyboard(messages().locator('summary'));
  await pressByKeyboard(messages().locator('.picker button'));
  await page.getByRole('dialog').waitFor();
  await tabTo(page.getByLabel('Because (optional)'));
  await keyboard.type('5xx');
  await keyboard.press('Enter');
  await shows(page.getByRole('dialog'), 0);
  await messages().getByText('because 5xx').waitFor();
  await shows(chips('drained'), 1);

  await pressByKeyboard(button('Undo drain', messages()));
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Escape');
  await shows(page.getByRole('dialog'), 0);
  expect(await hasFocus(button('Undo drain', messages()))).toBe(true);
  await shows(chips('drained'), 1);

  await pressByKeyboard(chips('drained'));
  await page.getByRole('dialog').getByText('pitlane.dev/drained-from=rng').waitFor();
  await expect.poll(() => page.locator('.log').textContent(), WAIT).toContain('GET /32');
  expect(await page.locator('.events li').count()).toBeGreaterThan(0);
  await keyboard.press('Escape');
  expect(await hasFocus(chips('drained'))).toBe(true);
});

test('a button that asks does nothing until its dialog is confirmed', async () => {
  await open();
  await type(`/rng drain ${sandbox.bad} because 5xx`);
  await button('Undo drain', messages()).click();
  await button('Go back', page.getByRole('dialog')).click();
  await shows(chips('drained'), 1);
  await button('Undo drain', messages()).click();
  await button('Undo', page.getByRole('dialog')).click();
  await shows(chips('drained'), 0);
});

test('each person sees what is theirs, and may do what their role allows', async () => {
  await open();
  const as = (name: string) => page.getByLabel('Type as').selectOption({ label: name });
  await as('eve, viewer');
  await type(`/rng drain ${sandbox.bad}`);
  await messages().getByText('drain is for operators').waitFor();
  await as('ada, operator');
  await shows(messages().locator(':scope > li'), 0);
  await type('@pitlane rng list');
  await messages().getByText('4 in rotation').waitFor();
  expect(await messages().locator(':scope > li').count()).toBe(2);
  await type('Is <b>5 < 6</b> & *true*?');
  await messages().getByText('Is <b>5 < 6</b> & true?').waitFor();
  await type('/rgn list');
  await page.getByRole('alert').getByText('/rgn is not a valid command').waitFor();
  await type(`/rng drain ${sandbox.bad} because 5xx`);
  await messages().getByText('asked by @ada').waitFor();
  await button('Reply in thread', messages()).last().click();
  await expect.poll(() => hasFocus(composer()), WAIT).toBe(true);
  await page.keyboard.type('rng list');
  await page.keyboard.press('Enter');
  const thread = page.getByLabel('Thread');
  await thread.getByText('@pitlane rng list').waitFor();
  await thread.getByText('Only visible to ada').waitFor();
  await as('eve, viewer');
  await messages().getByText('asked by @ada').first().waitFor();
  expect(await messages().getByText('4 in rotation').count()).toBe(0);
});

describe('faults', () => {
  test('of a pod: it crashes again and again, is not ready, answers 500', async () => {
    await open();
    const faulty = chips('inRotation').first();
    const name = (await faulty.getAttribute('aria-label'))?.split(',')[0] ?? '';
    await faulty.click();
    const dialog = page.getByRole('dialog');
    await button('Crash loop', dialog).click();
    await dialog.getByText('not ready, CrashLoopBackOff').waitFor();
    await button('Crash loop', dialog).click();
    await expect.poll(() => dialog.locator('dd').first().textContent(), WAIT).toBe('in rotation');
    await button('Not ready', dialog).click();
    await expect.poll(() => dialog.locator('dd').first().textContent(), WAIT).toBe('not ready');
    await button('Answer 500', dialog).click();
    await expect.poll(() => dialog.locator('dd').first().textContent(), WAIT).toBe('in rotation');
    await button('Close', dialog).click();
    const errors = page.locator('tr', { hasText: name }).locator('td').last();
    await expect.poll(async () => Number(await errors.textContent()), WAIT).toBeGreaterThan(0);
  });

  test('a lost node: requests get no answer, then its pods leave the rotation, until it is back', async () => {
    await open();
    const node = page.getByRole('region', { name: 'node-3' });
    await shows(node.locator('.state-inRotation'), 2);
    await button('node-3').click();
    await shows(node.locator('.state-notReady'), 2);
    await node.getByRole('heading', { name: 'node-3 not ready' }).waitFor();
    await expect.poll(async () => Number(await page.locator('#lost').textContent()), WAIT).toBeGreaterThan(0);
    await button('node-3').click();
    await shows(node.locator('.state-inRotation'), 2);
    await shows(page.locator('.chip.faulty'), 1);
  });

  test('an image that is never pulled, and back', async () => {
    await open();
    await button('Image that is never pulled').click();
    await page.locator('.chip[aria-label$="ErrImagePull"], .chip[aria-label$="ImagePullBackOff"]').first().waitFor();
    await button('Image that is never pulled').click();
    await shows(chips('notReady'), 0);
    await shows(chips('inRotation'), 4);
  });

  test('GitOps reverts the gate', async () => {
    await open();
    await button('GitOps reverts the Service').click();
    await type('/rng gate on');
    await page.locator('.selector ins', { hasText: 'enabled=yes' }).waitFor();
    await page.locator('.selector del', { hasText: 'enabled=yes' }).waitFor();
    await page.locator('.mark-fault', { hasText: 'GitOps reverted the selector of rng' }).waitFor();
    expect(await page.locator('.selector .label').allTextContents()).toEqual(['app=rng']);
  });

  test('the second on-call drains another pod at the same time: the minimum holds', async () => {
    await open();
    await button('Second on-call').click();
    await type(`/rng drain ${sandbox.bad} because 5xx`);
    await page.locator('.mark-fault', { hasText: 'ada types /rng drain' }).waitFor();
    await page.getByLabel('Type as').selectOption({ label: 'ada, operator' });
    await messages()
      .getByText(/asked by @ada|Only visible to ada|Can't drain/)
      .first()
      .waitFor();
    await shows(chips('inRotation'), 4);
    expect(sandbox.traffic.stats().lowestReadyEndpoints).toBeGreaterThanOrEqual(3);
  });
});

describe('a phone', () => {
  test('the conversation can be seen as wide as on one', async () => {
    await open();
    const width = async () => (await page.locator('#conversation').boundingBox())?.width;
    expect(await width()).toBeGreaterThan(400);
    await button('Phone width').click();
    expect(await width()).toBe(375);
  });

  test('shows everything without scrolling sideways', async () => {
    await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await type('/rng list');
    await messages().getByText('4 in rotation').waitFor();
    await type(`/rng drain ${sandbox.bad} because 5xx`);
    await shows(chips('drained'), 1);
    expect(await page.locator('html').evaluate(({ scrollWidth }) => scrollWidth)).toBe(390);
    expect(await violations(page)).toEqual([]);
    await chips('drained').tap();
    await page.getByRole('dialog').getByText('Owner').waitFor();
    const box = await page.getByRole('dialog').boundingBox();
    expect(box?.width).toBeLessThanOrEqual(390);
    await screenshot(page, 'phone-pod');
    await button('Close').tap();
    await page.getByRole('link', { name: 'conversation' }).tap();
    await screenshot(page, 'phone');
  });
});

test.each(['light', 'dark'] as const)('contrast, names and roles are right in the %s theme', async (colorScheme) => {
  await open({ colorScheme });
  await type('/rng list');
  await messages().getByText('4 in rotation').waitFor();
  await type(`/rng drain ${sandbox.bad} because 5xx`);
  await button('1 reply', messages()).click();
  await messages().locator('summary').first().click();
  await button('Second on-call').click();
  expect(await violations(page)).toEqual([]);
  await screenshot(page, colorScheme);
  await chips('drained').click();
  await expect.poll(() => page.locator('.log').textContent(), WAIT).toContain('GET /32');
  expect(await violations(page)).toEqual([]);
  await button('Close').click();
  await button('Undo drain', messages()).click();
  expect(await violations(page)).toEqual([]);
  await button('Go back').click();
  await type('/rng drain');
  await lastMessage().locator('summary').click();
  await lastMessage().locator('.picker button').first().click();
  await page.getByLabel('Because (optional)').waitFor();
  expect(await violations(page)).toEqual([]);
});
