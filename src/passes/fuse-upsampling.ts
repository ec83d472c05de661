/**
 * Nearest-neighbor upsampling written as repetition: a new axis after each spatial one, Expand or Tile along it, and a
 * Reshape that joins the two. Keras and einops write it so. It becomes a Resize by whole scales.
 */
import { type Dim, mul } from '../ir/dim.js';
import { textAttribute } from '../ir/graph-editor.js';
import type { Shape } from '../ir/shape.js';
import { float32 } from '../ir/tensor.js';
import { repeating } from '../ops/movement/expand.js';
import { reshaping } from '../ops/movement/reshape.js';
import { squeezing } from '../ops/movement/squeeze.js';
import { any, type Expression, either, named, operation } from './formula/expression.js';
import { defineFusion, fusionPass, type Site } from './formula/fusion.js';

const x = any('x');
const widened = any('widened');
const repeated = any('repeated');

const reshape = (value: Expression) => operation(reshaping.Reshape, { data: value });
const unsqueeze = (value: Expression) => operation(squeezing.Unsqueeze, { data: value });
const repeat = (value: Expression) =>
  either(operation(repeating.Expand, { input: value }), operation(repeating.Tile, { input: value }));
const join = (value: Expression) => either(reshape(value), operation(reshaping.Flatten, { input: value }));

/** One Unsqueeze for each axis, or one node for all. */
const widen = either(unsqueeze(unsqueeze(unsqueeze(x))), unsqueeze(unsqueeze(x)), unsqueeze(x), reshape(x));

const resize = defineFusion({
  name: 'Resize',
  // From here on Resize has the coordinates of PyTorch and TensorFlow, and takes no region.
  since: 13,
  formulas: [join(named(repeated, repeat(named(widened, widen))))],
  where: (site) => scalesOf(site) !== undefined,
  guards: [
    (site) =>
      scalesOf(site)
        ?.slice(0, 2)
        .every((scale) => scale === 1)
        ? undefined
        : 'it repeats images or channels',
  ],
  subject: repeated,
  replaceBy: (site) => {
    const scales = scalesOf(site) ?? [];
    return {
      inputs: [site.of(x), undefined, site.addConstant('scales', float32([scales.length], scales))],
      attributes: new Map([
        ['mode', textAttribute('nearest')],
        ['coordinate_transformation_mode', textAttribute('asymmetric')],
        ['nearest_mode', textAttribute('floor')],
      ]),
    };
  },
});

export const fuseUpsampling = fusionPass('fuse-upsampling', [resize]);

/** How often each axis is repeated element by element; undefined where the nodes do something else. */
function scalesOf({ of, output, inference }: Site): readonly number[] | undefined {
  const [from, between, grown, to] = [of(x), of(widened), of(repeated), output].map(
    (value) => inference.types.get(value)?.shape,
  );
  if (from === undefined || between === undefined || grown === undefined || to === undefined) return undefined;
  const scales = repetitions(from, between, grown);
  if (scales === undefined || to.length !== from.length || from.length < 3) return undefined;
  return from.every((size, axis) => mul(size, scales[axis]!) === to[axis]) ? scales : undefined;
}

/** `between` has the axes of `from` in their order and axes of size 1 after them, which grow in `repeated`. */
function repetitions(from: Shape, between: Shape, repeated: Shape): readonly number[] | undefined {
  if (between.length !== repeated.length) return undefined;
  const scales: number[] = [];
  for (const [i, size] of between.entries()) {
    const grown: Dim = repeated[i]!;
    const axis = scales.length;
    if (axis < from.length && size === from[axis] && grown === size) scales.push(1);
    else if (size === 1 && typeof grown === 'number' && axis > 0) scales[axis - 1]! *= grown;
    else return undefined;
  }
  return scales.length === from.length ? scales : undefined;
}
