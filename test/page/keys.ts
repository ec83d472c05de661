/** The page by keys alone. */
import type { Page } from 'playwright-core';

/** In the page: what has the focus, also within drawings, as a screen reader names it. */
function focusedName(): string {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement != null) element = element.shadowRoot.activeElement;
  if (element === null || element === document.body) return '';
  const labels = element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels : null;
  const name = element.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? element.textContent ?? '';
  return name.trim().replace(/\s+/g, ' ');
}

/** More presses of Tab than there are things to reach in any view. */
const most = 80;

/** Presses Tab until something of that name has the focus. @returns its whole name */
export async function tabTo(page: Page, name: RegExp): Promise<string> {
  const seen: string[] = [];
  for (let press = 0; press < most; press++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(focusedName);
    if (name.test(focused)) return focused;
    seen.push(focused.slice(0, 30));
  }
  throw new Error(`Tab does not reach ${name}: ${[...new Set(seen)].join(' | ')}`);
}
