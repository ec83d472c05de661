/** The chosen layer in words and moving pictures, and the layers beside it in its block. */
import type { ExplainedView } from '../protocol.js';
import { chooseLayer, drawn, explained, layer, layers, leaveLayer } from '../state.js';
import { Svg } from './svg.js';

export function Explanation() {
  const view = explained.value;
  if (view === undefined) return null;
  // The one that moves comes last, and says most.
  const steps = view.pictures.slice(0, -1);
  const moving = view.pictures.at(-1);
  return (
    <article class="explanation" aria-label="The chosen layer">
      <div class="heading">
        <h2>{view.heading}</h2>
        <button type="button" onClick={leaveLayer}>
          Close
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre tabIndex={0}>{view.words}</pre>
      {moving !== undefined && <Picture {...moving} />}
      {steps.length > 0 && (
        <details>
          <summary>Step by step</summary>
          {steps.map((picture) => (
            <Picture key={picture.description} {...picture} />
          ))}
        </details>
      )}
    </article>
  );
}

function Picture({ svg, description }: ExplainedView['pictures'][number]) {
  return (
    <figure>
      <Svg document={svg} />
      <figcaption>{description}</figcaption>
    </figure>
  );
}

export function BlockLayers() {
  const place = layer.value;
  const nodes = place === undefined ? undefined : drawn.value?.blocks.find((block) => block.includes(place));
  if (nodes === undefined || nodes.length < 2) return null;
  const all = layers.value;
  return (
    <ul class="siblings" aria-label="Layers of this block">
      {nodes.slice(0, 60).map((item) => (
        <li key={item}>
          <button type="button" aria-pressed={item === place} onClick={() => void chooseLayer(item)}>
            {all[item]?.operator} <span class="name">{all[item]?.name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
