// Promises of the page in a real browser: it asks for nothing, is read by everybody, works by keyboard, and lets nobody in.

import axe from 'axe-core';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fleetPage } from '../../src/report/fleet/page/page.ts';
import { nadJson, nodeJson, podJson, reportJson } from '../support/fleet/cluster-json.ts';
import { largeCluster, troubledCluster } from '../support/fleet/sample-fleets.ts';
import { fleetIn, fleetWith } from '../support/fleet/seen-fleet.ts';
import { describeWhere, missingCommands } from '../support/needs.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { project } from '../support/project.ts';

const pictures = join(project, 'build/fleet');
const takenMs = Date.UTC(2026, 10, 28, 9, 0);

function troubledPage(): string {
  return fleetPage(
    fleetIn([troubledCluster()], { cluster: 'prod-eu-1', takenMs, installerVersion: packageJson.version }),
  );
}

function fileOf(name: string, page: string): string {
  mkdirSync(pictures, { recursive: true });
  const path = join(pictures, `${name}.html`);
  writeFileSync(path, page);
  return path;
}

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Requests beyond the page itself, and whatever the browser complained of. */
  readonly complaints: readonly string[];
}

async function opened(browser: Browser, file: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const url = `file://${file}`;
  page.on('request', (request) => request.url() === url || complaints.push(`request: ${request.url()}`));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Everything unfolded: what is hidden is not judged. */
async function unfold(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((all) => all.forEach((one) => one.setAttribute('open', '')));
}

async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: string[] = await page.evaluate(`axe.run().then(({ violations }) => violations.map(
    ({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html).join(' | ')))`);
  return found;
}

/** Of each node's row, whether there are boxes for what is in it. */
async function rowsLaidOut(page: Page): Promise<readonly boolean[]> {
  return page.evaluate(`[...document.querySelectorAll('#all-nodes tbody tr')].map(
    ({ firstElementChild }) => firstElementChild.checkVisibility({ contentVisibilityAuto: true }))`);
}

/** What a screen reader is told of an element and of what is in it, without the texts. */
async function rolesIn(page: Page, selector: string): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Accessibility.enable');
  const { root } = await session.send('DOM.getDocument');
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector });
  const { nodes } = await session.send('Accessibility.queryAXTree', { nodeId });
  return nodes.map(({ role }) => String(role?.value)).filter((role) => role !== 'StaticText');
}

/** Seconds of the processor that the page has taken so far: for everything, and to lay out. */
async function effortOf(page: Page): Promise<() => Promise<{ task: number; layout: number }>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const valueOf = (wanted: string): number =>
      metrics.find(({ name }) => name === wanted)?.value ?? Infinity;
    return { task: valueOf('TaskDuration'), layout: valueOf('LayoutDuration') };
  };
}

async function launched(...more: readonly string[]): Promise<Browser> {
  // As root there is no sandbox to be had, and what is opened is our own.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', ...more];
  return chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args });
}

describeWhere(missingCommands(['chromium-headless-shell']), 'the page of a fleet, in a browser,', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launched();
  });

  afterAll(async () => browser.close());

  it.each<[name: string, options: BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true }],
  ])('asks for nothing, fits, and is accessible: %s', async (name, options) => {
    await using open = await opened(browser, fileOf(name, troubledPage()), options);
    const { page } = open;
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    const tooWide: number = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    await unfold(page);

    expect(await violationsOn(page)).toEqual([]);
    expect(tooWide).toBeLessThanOrEqual(0);
    expect(open.complaints).toEqual([]);
  });

  it('is the picture of the docs', async () => {
    await using open = await opened(browser, fileOf('docs', troubledPage()), {
      viewport: { width: 1180, height: 1040 },
      deviceScaleFactor: 1.5,
      colorScheme: 'light',
    });
    const picture = await open.page.screenshot({ path: join(pictures, 'docs.png') });
    const sizeOf = (png: Buffer): number[] => [png.readUInt32BE(16), png.readUInt32BE(20)];

    expect(sizeOf(readFileSync(join(project, 'docs/fleet.png')))).toEqual(sizeOf(picture));
  });

  it('sorts and filters by keyboard alone', async () => {
    await using open = await opened(browser, fileOf('keys', troubledPage()));
    const { page } = open;
    const names = (): Promise<string[]> =>
      page.locator('#all-nodes tbody tr:not([hidden]) th').allTextContents();
    await page.locator('#nodes + details summary').focus();
    await page.keyboard.press('Enter');
    expect((await names())[0]?.trim()).toBe('control-1');

    await page.locator('#all-nodes thead button', { hasText: 'State' }).focus();
    await page.keyboard.press('Enter');
    expect((await names())[0]?.trim()).toBe('worker-17');
    expect(await page.locator('#all-nodes th', { hasText: 'State' }).getAttribute('aria-sort')).toBe(
      'ascending',
    );

    await page.locator('#all-nodes-filter').focus();
    await page.keyboard.type('V1.6.2 worker-3');
    await page.locator('output', { hasText: '2 of 49' }).waitFor();
    expect((await names()).map((name) => name.trim())).toEqual(['worker-31', 'worker-32']);
    expect(open.complaints).toEqual([]);
  });

  it('is whole without its script', async () => {
    await using open = await opened(browser, fileOf('without', troubledPage()), { javaScriptEnabled: false });
    const { page } = open;

    expect(await page.locator('.filter').first().isVisible()).toBe(false);
    expect(await page.getByText('vlan is missing on 4 nodes').first().isVisible()).toBe(true);
    await page.locator('#nodes + details summary').click();
    expect(await page.locator('#all-nodes').getByText('worker-17').isVisible()).toBe(true);
  });

  it('prints on A4', async () => {
    // The width of an A4 page between its margins, in CSS pixels.
    const viewport = { width: 688, height: 1017 };
    await using open = await opened(browser, fileOf('print', troubledPage()), { viewport });
    await open.page.emulateMedia({ media: 'print' });
    await open.page.screenshot({ path: join(pictures, 'print.png'), fullPage: true });
    const tooWide = await open.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    const pdf = await open.page.pdf({ path: join(pictures, 'print.pdf'), preferCSSPageSize: true });
    const [, width, height] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf.toString('latin1')) ?? [];

    expect([Math.round(Number(width)), Math.round(Number(height))]).toEqual([595, 842]);
    expect(tooWide).toBe(0);
  });

  it('of a hostile cluster runs nothing, asks for nothing, and shows every name as it is', async () => {
    const attacks = [
      '</script><script>document.title="pwned"</script>',
      '"><img src=http://127.0.0.1:1/x onerror=alert(1)>',
      "'><svg onload=alert(1)>",
      '</style><style>@import "http://127.0.0.1:1/y"</style>',
      '<base href=http://127.0.0.1:1><iframe src=javascript:alert(1)>',
    ];
    const fleet = fleetWith(
      attacks.flatMap((name) => [
        nodeJson({ name, kubelet: name, runtime: `containerd://${name}` }),
        podJson(name, reportJson({ version: name, plugins: { intact: [name], present: [name] } })),
        nadJson(`a/${name.replaceAll('/', '')}`, { cniVersion: name, type: 'macvlan', master: name }),
      ]),
      { cluster: attacks[0] ?? '' },
    );
    await using open = await opened(browser, fileOf('hostile', fleetPage(fleet)));
    const { page } = open;
    await unfold(page);

    expect(await page.locator('h1').textContent()).toBe(attacks[0]);
    const shown = (await page.locator('#all-nodes tbody th').allTextContents()).map((name) => name.trim());
    expect(shown.toSorted()).toEqual(attacks.toSorted());
    expect(await page.locator('img, iframe, base, object, svg[onload]').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.title()).not.toBe('pwned');
    expect(open.complaints).toEqual([]);
  });

  it('with tables that scroll in themselves is accessible, fits, and prints all rows', async () => {
    const file = fileOf('tall', fleetPage(fleetIn(largeCluster(100, 70), { cluster: 'tall', takenMs })));
    // As it is where a screen reader runs.
    await using heard = await launched('--force-renderer-accessibility');
    await using open = await opened(heard, file, { viewport: { width: 390, height: 844 }, isMobile: true });
    const { page } = open;
    await unfold(page);
    expect(await violationsOn(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(await rolesIn(page, '#all-nodes tbody tr:last-child')).toEqual([
      'row',
      'rowheader',
      ...Array.from({ length: 6 }, () => 'cell'),
    ]);

    await page.emulateMedia({ media: 'print' });
    const onPaper = async (): Promise<number> => (await rowsLaidOut(page)).filter(Boolean).length;
    await expect.poll(onPaper, { timeout: 10_000 }).toBe(100);
  });

  it('of five thousand nodes is looked at, sorted and filtered without laying out what is not in sight', async () => {
    const page = fleetPage(fleetIn(largeCluster(5000, 2000), { cluster: 'large', takenMs }));
    await using open = await opened(browser, fileOf('large', page));
    const effort = await effortOf(open.page);
    await open.page.screenshot({ path: join(pictures, 'large.png') });
    // A paint within a second: seconds of the processor, whoever else wants it. Seen are 0.25.
    expect((await effort()).task).toBeLessThan(1);

    await open.page.locator('#nodes + details summary').click();
    await open.page.screenshot({ path: join(pictures, 'large-nodes.png') });
    const laidOut = await rowsLaidOut(open.page);
    expect([laidOut[0], laidOut.at(-1)]).toEqual([true, false]);
    expect(laidOut.filter(Boolean).length).toBeLessThan(500);

    await open.page.locator('#all-nodes thead button', { hasText: 'Release' }).click();
    await open.page.locator('#all-nodes-filter').fill('v1.6.2');
    await open.page.locator('output', { hasText: '13 of 5000' }).waitFor();

    expect(await open.page.locator('#all-nodes tbody tr:not([hidden])').count()).toBe(13);
    // Of all rows of both tables it took a second.
    expect((await effort()).layout).toBeLessThan(0.5);
    expect(open.complaints).toEqual([]);
  });
});
