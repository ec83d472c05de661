/**
 * An SVG document within the page. It has a shadow root of its own, so that its names and styles meet nobody else's, and its styles
 * are handed over as an object: a Content-Security-Policy may forbid those that are written into a page. Its pieces are put in in
 * turns, between which the page lays out and paints what is there, and answers.
 */
import { useEffect, useRef } from 'preact/hooks';
import { ownStyle, type SvgDocument } from '../protocol.js';

interface SvgProps {
  readonly document: SvgDocument;
  /** Rules beside the document's own. */
  readonly styles?: string;
  /** Gets the root of a drawing before anything is in it. */
  readonly onRoot?: (root: Element) => void;
  /** Gets the elements of each piece before they are put in. */
  readonly onPiece?: (elements: readonly Element[]) => void;
}

export function Svg({ document: drawing, styles = '', onRoot, onPiece }: SvgProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const root = parsed(drawing.frame);
    onRoot?.(root);
    const shadow = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`${drawing.styles}\n${styles}`);
    shadow.adoptedStyleSheets = [sheet];
    shadow.replaceChildren(root);
    let isGone = false;
    const fill = async () => {
      let turnEnds = performance.now() + turnLength;
      for (const piece of drawing.pieces) {
        if (performance.now() > turnEnds) {
          await nextTurn();
          turnEnds = performance.now() + turnLength;
        }
        if (isGone) return;
        const elements = [...parsed(`<svg xmlns="http://www.w3.org/2000/svg">${piece}</svg>`).children];
        for (const item of elements) giveStyles(item);
        onPiece?.(elements);
        root.append(...elements);
      }
      element.removeAttribute('aria-busy');
    };
    element.setAttribute('aria-busy', 'true');
    void fill();
    return () => {
      isGone = true;
    };
  }, [drawing]);
  return <div class="svg" ref={host} />;
}

/** Milliseconds: what is put in in a turn is laid out and painted after it, which takes about twice as long. */
const turnLength = 8;

/** Frames come first; a page that nobody looks at has none. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve);
    });
  });
}

function parsed(text: string): Element {
  return new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
}

function giveStyles(element: Element): void {
  for (const styled of [element, ...element.querySelectorAll(`[${ownStyle}]`)]) {
    const style = styled.getAttribute(ownStyle);
    if (style !== null && styled instanceof SVGElement) styled.style.cssText = style;
  }
}
