/** A visit of the page: what a person does in it, and what it then shows. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';

/** In the page. */
function dropFiles(given: readonly { readonly name: string; readonly text: string }[]): void {
  const dataTransfer = new DataTransfer();
  for (const { name, text } of given) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    dataTransfer.items.add(new File([bytes], name, { type: /\.(png|jpg)$/.test(name) ? 'image/*' : '' }));
  }
  for (const kind of ['dragover', 'drop'])
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}

export class Visit {
  /** Errors, and what the page writes about errors. */
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(60_000);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('crash', () => this.complaints.push('the page crashed'));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async start(browser: Browser, address: string): Promise<Visit> {
    const visit = new Visit(await browser.newPage());
    await visit.page.goto(address);
    return visit;
  }

  async end(): Promise<void> {
    await this.page.close();
    if (this.complaints.length > 0) throw new Error(this.complaints.join('\n'));
  }

  /** Nothing is being done, and all of each drawing is there. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(() => document.querySelector('.status button, .svg[aria-busy]') === null);
  }

  async openFiles(...files: readonly string[]): Promise<void> {
    await this.page
      .locator('label.button input[type=file]')
      .first()
      .setInputFiles([...files]);
    await this.page.locator('aside').waitFor();
    await this.idle();
  }

  /** Drops files anywhere on the page. */
  async drop(...files: readonly string[]): Promise<void> {
    const given = files.map((file) => ({ name: path.basename(file), text: readFileSync(file, 'base64') }));
    await this.page.evaluate(dropFiles, given);
  }

  async openExample(name: RegExp): Promise<void> {
    await this.page.getByRole('button', { name }).click();
    await this.page.locator('aside').waitFor();
    await this.idle();
  }

  tab(name: string): Promise<void> {
    return this.page.getByRole('tab', { name }).click();
  }

  async setSize(name: string, size: string): Promise<void> {
    const field = this.page.getByLabel(name, { exact: true });
    await field.fill(size);
    await field.press('Tab');
    await this.idle();
  }

  /** Runs on what is chosen. */
  async run(): Promise<void> {
    await this.page.getByRole('button', { name: 'Run', exact: true }).click();
    await this.page.locator('.results').waitFor();
    await this.idle();
  }

  /** @returns the file that the button gives away, in the folder */
  async saved(button: string, folder: string): Promise<string> {
    const download = this.page.waitForEvent('download');
    await this.page.getByRole('button', { name: button }).click();
    const file = path.join(folder, (await download).suggestedFilename());
    await (await download).saveAs(file);
    return file;
  }
}
