/**
 * An SVG document within the page. It has a shadow root of its own, so that its names and styles meet nobody else's, and its styles
 * are handed over as an object: a Content-Security-Policy may forbid those that are written into a page.
 */
import { useEffect, useRef } from 'preact/hooks';

interface SvgProps {
  readonly svg: string;
  /** Rules beside the document's own. */
  readonly styles?: string;
  /** Gets the drawing when it is there, and again when it is another one. */
  readonly onReady?: (root: ShadowRoot) => void;
}

export function Svg({ svg, styles = '', onReady }: SvgProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const { text, rules } = withoutStyles(svg);
    const parsed = document.importNode(new DOMParser().parseFromString(text, 'image/svg+xml').documentElement, true);
    for (const styled of parsed.querySelectorAll<SVGElement>(`[${ownStyle}]`))
      styled.style.cssText = styled.getAttribute(ownStyle) ?? '';
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`${rules}\n${styles}`);
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(parsed);
    onReady?.(root);
  }, [svg]);
  return <div class="svg" ref={host} />;
}

const ownStyle = 'data-style';

/** The drawings are our own: texts in them are escaped, so that they have neither quotes nor tags. */
function withoutStyles(svg: string): { readonly text: string; readonly rules: string } {
  const rules: string[] = [];
  const text = svg
    .replace(/<style>([\s\S]*?)<\/style>/g, (_, rule: string) => {
      rules.push(rule);
      return '';
    })
    .replace(/ style="/g, ` ${ownStyle}="`);
  return { text, rules: rules.join('\n') };
}
