/** The network as a picture: to move, to look into, to choose layers in. */
import createPanzoom, { type PanzoomObject } from '@panzoom/panzoom';
import { useEffect, useRef } from 'preact/hooks';
import { byTime, checked, chooseLayer, detail, draw, drawn, layer, ran } from '../state.js';
import { BlockLayers, Explanation } from './explanation.js';
import { Svg } from './svg.js';

/** Operators whose layers are chosen first when a block is: those that are explained. */
const explainedFirst = /^(ConvTranspose|MaxUnpool|Resize|Upsample|Conv|MaxPool|AveragePool)$/;

const styles = `
svg{width:100%;height:100%;display:block}
.box{cursor:pointer}.box:focus{outline:none}
.box:focus-visible .outline,.box:hover .outline{stroke-width:2.5px}
.box.chosen .outline{stroke:#d55e00;stroke-width:3px}`;

export function Drawing() {
  const view = drawn.value;
  return (
    <>
      <div class="toolbar">
        <label>
          <input
            type="checkbox"
            checked={detail.value === 'layers'}
            onChange={({ currentTarget }) => {
              detail.value = currentTarget.checked ? 'layers' : 'blocks';
              void draw();
            }}
          />{' '}
          every layer
        </label>
        {ran.value !== undefined && (
          <label>
            <input
              type="checkbox"
              checked={byTime.value}
              onChange={({ currentTarget }) => {
                byTime.value = currentTarget.checked;
                void draw();
              }}
            />{' '}
            color by time
          </label>
        )}
      </div>
      {view !== undefined && <Stage svg={view.svg} blocks={view.blocks} />}
      <BlockLayers />
      <Explanation />
    </>
  );
}

function Stage({ svg, blocks }: { readonly svg: string; readonly blocks: readonly (readonly number[])[] }) {
  const viewport = useRef<HTMLElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const zoom = useRef<PanzoomObject | undefined>(undefined);
  const boxes = useRef<readonly Element[]>([]);
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
  const chosen = layer.value;
  const mark = () => {
    for (const box of boxes.current) {
      const nodes = blocks[Number(box.getAttribute('data-block'))] ?? [];
      box.classList.toggle('chosen', chosen !== undefined && nodes.includes(chosen));
    }
  };
  useEffect(mark);
  const onReady = (root: ShadowRoot) => {
    boxes.current = [...root.querySelectorAll('.box')];
    // Within an image nothing can be reached; this one has boxes to choose.
    root.querySelector('svg')?.setAttribute('role', 'group');
    for (const box of boxes.current) {
      const nodes = blocks[Number(box.getAttribute('data-block'))] ?? [];
      if (nodes.length > 0) makeButton(box, () => void chooseBlock(nodes));
    }
    mark();
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
        <Svg svg={svg} styles={styles} onReady={onReady} />
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

/** A click is one where the pointer has not moved: otherwise the picture was. */
function makeButton(box: Element, choose: () => void): void {
  let from = { x: 0, y: 0 };
  box.setAttribute('tabindex', '0');
  box.setAttribute('role', 'button');
  const title = box.querySelector('title')?.textContent ?? '';
  box.setAttribute('aria-label', title);
  box.addEventListener('pointerdown', (event) => {
    if (event instanceof PointerEvent) from = { x: event.clientX, y: event.clientY };
  });
  box.addEventListener('click', (event) => {
    if (event instanceof MouseEvent && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 5) choose();
  });
  box.addEventListener('keydown', (event) => {
    if (!(event instanceof KeyboardEvent) || (event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    choose();
  });
}

function chooseBlock(nodes: readonly number[]): Promise<void> {
  const layers = checked.value?.layers ?? [];
  const first = nodes.find((place) => explainedFirst.test(layers[place]?.operator ?? '')) ?? nodes[0];
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
