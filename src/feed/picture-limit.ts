/** How many pixels a picture may claim to have, in proportion to what the model takes. */
import { type Bindings, substitute } from '../ir/dim.js';
import { declaredShape, type Graph } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { defaultMaxPixels } from '../pictures/picture.js';

/** What cameras make is made smaller for however small a model; it takes no more than 150 MB as RGB. */
const pixelsOfCameras = 50_000_000;

/** Pixels for each element of the largest input. */
const pixelsOfElement = 500;

/**
 * The most pixels of a picture unless the user says otherwise: the default limit for inputs of open or large sizes, less
 * for models whose inputs are all small.
 */
export function mostPixelsFor({ inputs }: Graph, bindings: Bindings = new Map()): number {
  const elements = inputs.map((input) => {
    // The first axis is the batch, and a picture is one of it.
    const dims = declaredShape(input)
      ?.slice(1)
      .map((dim) => substitute(dim, bindings));
    return dims?.every((dim) => typeof dim === 'number') ? elementCount(dims) : Number.POSITIVE_INFINITY;
  });
  const largest = Math.max(0, ...elements);
  return Math.min(defaultMaxPixels, Math.max(pixelsOfCameras, pixelsOfElement * largest));
}
