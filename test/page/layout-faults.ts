/** What is wrong with how a page is laid out, as its bounding boxes tell. */

interface Piece {
  readonly text: string;
  readonly owner: Element;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Runs in the page, by itself. Texts that lie on one another, that are cut, or that are beside the page; boxes that hold less than
 * what is in them; a page that scrolls sideways. What scrolls in its own place may be wider, and drawings have tests of their own.
 */
export function layoutFaults(): string[] {
  const faults: string[] = [];
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room)
    faults.push(`the page is ${document.documentElement.scrollWidth} wide, of ${room}`);
  const scrolls = (element: Element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const scrollerOf = (element: Element): Element | null => {
    for (let at: Element | null = element; at !== null && at !== document.body; at = at.parentElement)
      if (scrolls(at)) return at;
    return null;
  };
  const pieces: Piece[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const owner = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (owner === null || text === '' || !owner.checkVisibility({ visibilityProperty: true })) continue;
    if (owner.closest('script, style, noscript, option') !== null) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const scroller = scrollerOf(owner);
    // What stays in its place while the rest scrolls lies on that.
    const staysOnTop = owner.closest('thead') !== null;
    const clip = scroller?.getBoundingClientRect();
    for (const rect of range.getClientRects()) {
      const left = Math.max(rect.left, clip?.left ?? rect.left);
      const right = Math.min(rect.right, clip?.right ?? rect.right);
      const top = Math.max(rect.top, clip?.top ?? rect.top);
      const bottom = Math.min(rect.bottom, clip?.bottom ?? rect.bottom);
      if (right - left < 1 || bottom - top < 1) continue;
      const piece = { text: text.slice(0, 40), owner, left, right, top, bottom };
      if (left < -1 || right > room + 1) faults.push(`'${piece.text}' is beside the page`);
      if (!staysOnTop) pieces.push(piece);
    }
    const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
    if (owner.matches('button') && !/\s/.test(text) && lines.size > 1) faults.push(`'${text.slice(0, 40)}' is broken`);
    // A box with a border or a background holds its text.
    const box = owner.closest('button, .button, fieldset, td, th, section, article, aside, li');
    const around = box?.getBoundingClientRect();
    const own = range.getBoundingClientRect();
    if (box !== null && around !== undefined && scroller === null && own.width > 0)
      if (own.left < around.left - 1 || own.right > around.right + 1)
        faults.push(`'${text.slice(0, 40)}' is wider than its ${box.tagName.toLowerCase()}`);
  }
  pieces.sort((a, b) => a.top - b.top);
  for (const [i, one] of pieces.entries())
    for (let k = i + 1; k < pieces.length; k++) {
      const other = pieces[k];
      if (other === undefined || other.top > one.bottom - 2) break;
      if (one.owner === other.owner) continue;
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 1 && down > 3) faults.push(`'${one.text}' lies on '${other.text}'`);
    }
  for (const element of document.querySelectorAll('button, .button, input, select, h1, h2, h3, p, dd, label, legend')) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.matches('.hidden')) continue;
    const style = getComputedStyle(element);
    const isCut =
      element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && style.display !== 'inline';
    if (isCut && !scrolls(element))
      faults.push(`${element.tagName.toLowerCase()} '${(element.textContent ?? '').trim().slice(0, 40)}' is cut`);
  }
  const parts = [
    ...document.querySelectorAll(
      'header > *, .workspace > *, .tabs > *, .toolbar > *, .buttons > *, .pictures > *, fieldset > *, footer > *',
    ),
  ].filter((element) => element.checkVisibility({ visibilityProperty: true }));
  for (const [i, one] of parts.entries())
    for (const other of parts.slice(i + 1)) {
      if (one.contains(other) || other.contains(one)) continue;
      const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 1)
        faults.push(
          `${one.className || one.tagName} '${(one.textContent ?? '').slice(0, 30)}' lies on ${other.className || other.tagName} '${(other.textContent ?? '').slice(0, 30)}'`,
        );
    }
  return [...new Set(faults)].slice(0, 20);
}
