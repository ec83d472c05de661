/** The page of `unstride view` in a browser, for the tests of a file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { chromiumFile } from '../browser/chromium.js';
import { packagedPage, ViewCommand } from './built-page.js';
import { Visit } from './visit.js';

interface Visited {
  /** Where the command is. */
  readonly dist: string;
  readonly browser: Browser;
  readonly visit: Visit;
}

/**
 * Each test of the block has a visit of its own.
 * @param begin is called before each test
 * @param args of the browser
 * @returns a folder for files of these tests
 */
export function useVisits(name: string, begin: (visited: Visited) => void, args: readonly string[] = []): string {
  const folder = mkdtempSync(path.join(tmpdir(), `unstride-${name}-`));
  let dist = '';
  let view: ViewCommand;
  let browser: Browser;
  let visit: Visit;
  beforeAll(async () => {
    dist = await packagedPage();
    view = await ViewCommand.start(dist);
    browser = await chromium.launch({ executablePath: chromiumFile!, args: [...args] });
  });
  afterAll(async () => {
    await browser.close();
    await view.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    visit = await Visit.start(browser, view.address);
    begin({ dist, browser, visit });
  });
  afterEach(() => visit.end());
  return folder;
}
