/**
 * The narrowest place between the part that shrinks a picture and the part that makes one again: the code, or latent.
 */
import type { Node, Value } from '../../ir/graph.js';
import { boundAs } from '../../ops/bind.js';
import { conv } from '../../ops/convolution/conv.js';
import type { Changes } from './changes.js';
import type { Network } from './network.js';
import type { Resolutions } from './resolution.js';

/** The node with weights that produces the value, apart from biases, activations and noise after it. */
export function layerOf(network: Network, value: Value): number | undefined {
  let place = network.producerOf(value);
  while (place !== undefined && !network.hasWeights(place)) {
    const [source] = network.reads[place]!;
    place = source && network.producerOf(source);
  }
  return place;
}

/** A product over the channels of each pixel. */
export function isProjection(node: Node, { inference }: Network): boolean {
  if (node.opType !== 'Conv') return node.opType === 'MatMul' || node.opType === 'Gemm';
  const weights = boundAs(conv.Conv, node)?.inputs.W;
  const kernel = weights && inference.types.get(weights)?.shape?.slice(2);
  return kernel?.every((size) => size === 1) ?? false;
}

/** Whether the value's layer has fewer output channels than input channels. */
function isSqueezed(network: Network, resolutions: Resolutions, value: Value): boolean {
  const layer = layerOf(network, value);
  const source = layer === undefined ? undefined : network.reads[layer]![0];
  const channels = (item: Value) => (resolutions.elements(item) ?? 0) / (resolutions.area(item) ?? 1);
  return source !== undefined && channels(value) * leastNarrowing <= channels(source);
}

/** A value is a code if it is so many times narrower than the value at which upsampling begins. */
const leastNarrowing = 2;

/** Values that every path to `end` goes through, latest first, back to the last change of resolution. */
export function* chokePoints(network: Network, changes: Changes, end: Value): Iterable<Value> {
  const waiting = new Set<Value>([end]);
  for (;;) {
    let last: Value | undefined;
    let lastPlace = -1;
    for (const value of waiting) {
      const place = network.producerOf(value) ?? -1;
      if (place > lastPlace) [last, lastPlace] = [value, place];
    }
    if (waiting.size === 1) yield [...waiting][0]!;
    if (last === undefined || (waiting.size === 1 && changes.at.has(lastPlace))) return;
    waiting.delete(last);
    for (const output of network.makes(lastPlace)) waiting.delete(output);
    for (const value of network.reads[lastPlace]!) waiting.add(value);
  }
}

/** The latent that is decoded into `end`; undefined if no earlier value is narrower. */
export function latentBefore(
  network: Network,
  resolutions: Resolutions,
  changes: Changes,
  end: Value,
): Value | undefined {
  const limit = resolutions.elements(end);
  if (limit === undefined) return undefined;
  const area = resolutions.area(end);
  let best: Value | undefined;
  let fewest = limit / leastNarrowing;
  for (const value of chokePoints(network, changes, end)) {
    const place = network.producerOf(value);
    const elements = resolutions.elements(value);
    if (place === undefined || changes.at.has(place) || elements === undefined) continue;
    if (resolutions.area(value) !== area) continue;
    if (elements > fewest || (elements === fewest && best !== undefined)) continue;
    if (!isSqueezed(network, resolutions, value)) continue;
    best = value;
    fewest = elements;
  }
  return best;
}
