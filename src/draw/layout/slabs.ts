/** The layers of a block as slabs side by side, as wide as their channels; layers that repeat once, with how often. */
import type { Dim } from '../../ir/dim.js';
import type { DrawnBlock, DrawnLayer } from '../drawing.js';
import { layerTitle } from '../titles.js';
import type { Point, Slab } from './scene.js';
import { textWidth } from './text-width.js';

/** More would be stripes. */
const mostSlabs = 7;
/** Layers of a pattern that is looked for. */
const longestPattern = 8;
const leastWidth = 8;
const mostWidth = 34;
const leastBox = 18;
const profileWidth = 40;

interface Run {
  readonly layers: readonly DrawnLayer[];
  readonly times: number;
}

/** @param mostChannels of all layers of the drawing */
export function slabsOf(
  block: DrawnBlock,
  mostChannels: number,
  sizeText: (dim: Dim) => string,
): { slabs: Slab[]; width: number } {
  if (block.role !== 'layers') {
    const width = leastWidth + widthOf(block.extent.channels, mostChannels) / 2;
    return { slabs: [{ kind: 'end', x: 0, width, title: '' }], width };
  }
  const slabs: Slab[] = [];
  let x = 0;
  const put = (slab: Omit<Slab, 'x'>) => {
    slabs.push({ ...slab, x });
    x += slab.width;
  };
  for (const { layers, times } of runsOf(block.layers)) {
    const text = times === 1 ? undefined : `×${times}`;
    const room = text === undefined ? 0 : textWidth(text, 'inside') + 6;
    for (const layer of layers) {
      const { kind, extent, profile } = layer;
      const isAlone = layers.length === 1;
      const least = Math.max(isAlone ? room : 0, profile === undefined ? 0 : profileWidth);
      put({
        kind,
        width: Math.max(least, widthOf(extent.channels, mostChannels)),
        text: isAlone ? text : undefined,
        profile: profile && profileLine(profile),
        title: layerTitle(layer, sizeText),
      });
    }
    if (text !== undefined && layers.length > 1)
      put({ kind: 'times', width: room, text, title: `${times} times the ${layers.length} before` });
  }
  if (x < leastBox)
    return {
      slabs: slabs.map((slab) => ({ ...slab, x: (slab.x * leastBox) / x, width: (slab.width * leastBox) / x })),
      width: leastBox,
    };
  return { slabs, width: x };
}

export function mostChannelsOf(blocks: readonly DrawnBlock[]): number {
  const all = blocks.flatMap(({ extent, layers }) => [extent, ...layers.map((layer) => layer.extent)]);
  return Math.max(1, ...all.map(({ channels }) => (typeof channels === 'number' ? channels : 1)));
}

/** Areas show amounts: the width is that of the square root. */
function widthOf(channels: Dim | undefined, most: number): number {
  const share = typeof channels === 'number' && channels > 0 ? channels / most : 0;
  return leastWidth + (mostWidth - leastWidth) * Math.sqrt(share);
}

function runsOf(layers: readonly DrawnLayer[]): Run[] {
  const single = layers.map((layer): Run => ({ layers: [layer], times: 1 }));
  if (layers.length <= mostSlabs) return single;
  const folded = repeatsOf(layers);
  if (folded.reduce((sum, run) => sum + run.layers.length + (run.times > 1 ? 1 : 0), 0) <= mostSlabs) return folded;
  const byKind = new Map<string, DrawnLayer[]>();
  for (const layer of layers) {
    const known = byKind.get(layer.kind);
    if (known === undefined) byKind.set(layer.kind, [layer]);
    else known.push(layer);
  }
  return [...byKind.values()].map((alike) => ({ layers: [widest(alike)], times: alike.length }));
}

function widest(layers: readonly DrawnLayer[]): DrawnLayer {
  const channels = ({ extent }: DrawnLayer) => (typeof extent.channels === 'number' ? extent.channels : 0);
  return layers.reduce((a, b) => (channels(b) > channels(a) ? b : a));
}

/** From the start, the pattern that stands for the most layers each time. */
function repeatsOf(layers: readonly DrawnLayer[]): Run[] {
  const keys = layers.map(({ kind, operators, kernel, stride, extent }) =>
    [kind, operators.join(), kernel, stride, String(extent.channels)].join(),
  );
  const runs: Run[] = [];
  for (let at = 0; at < layers.length; ) {
    let best = { length: 1, times: 1 };
    for (let length = 1; length <= longestPattern && at + 2 * length <= layers.length; length++) {
      let times = 1;
      while (keys.slice(at, at + length).every((key, i) => keys[at + times * length + i] === key)) times++;
      if (times > 1 && length * (times - 1) > best.length * (best.times - 1)) best = { length, times };
    }
    runs.push({ layers: layers.slice(at, at + best.length), times: best.times });
    at += best.length * best.times;
  }
  return runs;
}

/** Steps from left to right, the finest at the top. */
function profileLine(profile: readonly number[]): Point[] {
  const logarithms = profile.map((value) => Math.log2(Math.max(value, 2 ** -20)));
  const least = Math.min(-1, ...logarithms);
  return logarithms.flatMap((value, i) => {
    const y = value / least;
    return [i, i + 1].map((step) => ({ x: step / profile.length, y }));
  });
}
