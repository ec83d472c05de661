/** The picture of the network: it is moved and zoomed as a whole, and its boxes are chosen by pointer or by keys. */
import createPanzoom, { type PanzoomObject } from '@panzoom/panzoom';
import { useEffect, useRef } from 'preact/hooks';
import type { DrawnView } from '../protocol.js';
import { chooseLayer, layer, layers } from '../state.js';
import { onArrows, onChoice } from './boxes.js';
import { Svg } from './svg.js';

/** Operators whose layers are chosen first when a block is: those that are explained. */
const explainedFirst = /^(ConvTranspose|MaxUnpool|Resize|Upsample|Conv|MaxPool|AveragePool)$/;

const styles = `
svg{width:100%;height:100%;display:block}
.box{cursor:pointer}.box:focus{outline:none}
.box:focus-visible .outline,.box:hover .outline{stroke-width:2.5px}
.box.chosen .outline{stroke:#d55e00;stroke-width:3px}`;

export function Stage({ svg, blocks }: DrawnView) {
  const viewport = useRef<HTMLElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const zoom = useRef<PanzoomObject | undefined>(undefined);
  const boxes = useRef<Element[]>([]);
  useEffect(() => {
    if (stage.current === null || viewport.current === null) return;
    const element = viewport.current;
    const panzoom = createPanzoom(stage.current, { maxScale: 40, minScale: 0.5, canvas: true });
    zoom.current = panzoom;
    const wheel = (event: WheelEvent) => panzoom.zoomWithWheel(event);
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      element.removeEventListener('wheel', wheel);
      panzoom.destroy();
    };
  }, []);
  const nodesOf = (box: Element) => blocks[Number(box.getAttribute('data-block'))] ?? [];
  const chosen = layer.value;
  const mark = (some: readonly Element[]) => {
    for (const box of some) box.classList.toggle('chosen', chosen !== undefined && nodesOf(box).includes(chosen));
  };
  useEffect(() => mark(boxes.current), [chosen, blocks]);
  const onRoot = (root: Element) => {
    boxes.current = [];
    // Within an image nothing can be reached; this one has boxes to choose.
    root.setAttribute('role', 'group');
    onChoice(root, (box) => void chooseBlock(nodesOf(box)));
    onArrows(
      root,
      () => boxes.current,
      (box) => reveal(box, viewport.current, zoom.current),
    );
  };
  const onPiece = (elements: readonly Element[]) => {
    const own = elements.filter((element) => element.classList.contains('box') && nodesOf(element).length > 0);
    for (const box of own) {
      box.setAttribute('role', 'button');
      box.setAttribute('aria-label', box.querySelector('title')?.textContent ?? '');
      // One of them is reached by Tab, the others from there by arrow keys.
      box.setAttribute('tabindex', boxes.current.length === 0 ? '0' : '-1');
      boxes.current.push(box);
    }
    mark(own);
  };
  return (
    <section
      class="viewport"
      ref={viewport}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the picture
      tabIndex={0}
      aria-label="The network; arrow keys move it, + and - zoom"
      onKeyDown={(event) => moveByKey(event, zoom.current)}
    >
      <div class="stage" ref={stage}>
        <Svg document={svg} styles={styles} onRoot={onRoot} onPiece={onPiece} />
      </div>
      <div class="zoom">
        <button type="button" aria-label="Zoom in" onClick={() => zoom.current?.zoomIn()}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoom.current?.zoomOut()}>
          −
        </button>
        <button type="button" aria-label="The whole network" onClick={() => zoom.current?.reset()}>
          ⤢
        </button>
      </div>
    </section>
  );
}

function chooseBlock(nodes: readonly number[]): Promise<void> {
  const all = layers.value;
  const first = nodes.find((place) => explainedFirst.test(all[place]?.operator ?? '')) ?? nodes[0];
  return first === undefined ? Promise.resolve() : chooseLayer(first);
}

const step = 60;
const moves: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['ArrowLeft', [step, 0]],
  ['ArrowRight', [-step, 0]],
  ['ArrowUp', [0, step]],
  ['ArrowDown', [0, -step]],
]);

function moveByKey(event: KeyboardEvent, panzoom: PanzoomObject | undefined): void {
  const move = moves.get(event.key);
  if (panzoom === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (move !== undefined) panzoom.pan(move[0] / panzoom.getScale(), move[1] / panzoom.getScale(), { relative: true });
  else if (event.key === '+' || event.key === '=') panzoom.zoomIn();
  else if (event.key === '-') panzoom.zoomOut();
  else if (event.key === '0') panzoom.reset();
  else return;
  event.preventDefault();
}

/** Pixels between a box that has the focus and the border. */
const margin = 20;

/** Moves the picture so far that the box is in sight. */
function reveal(box: Element, viewport: Element | null, panzoom: PanzoomObject | undefined): void {
  if (viewport === null || panzoom === undefined) return;
  const [inner, outer] = [box.getBoundingClientRect(), viewport.getBoundingClientRect()];
  const x = shortfall(inner.left - outer.left, outer.right - inner.right);
  const y = shortfall(inner.top - outer.top, outer.bottom - inner.bottom);
  if (x !== 0 || y !== 0) panzoom.pan(x / panzoom.getScale(), y / panzoom.getScale(), { relative: true });
}

function shortfall(before: number, after: number): number {
  if (before < 0) return margin - before;
  return after < 0 ? after - margin : 0;
}
