/**
 * The pixel shuffle of sub-pixel convolutions (Shi et al., 2016) written as views: a Reshape that cuts the channels into blocks, a
 * Transpose that puts rows and columns of blocks beside those of the picture, a Reshape that joins them. It is DepthToSpace.
 */
import { mul } from '../ir/dim.js';
import { intAttribute, textAttribute } from '../ir/graph-editor.js';
import type { Shape } from '../ir/shape.js';
import { attributesOf } from '../ops/bind.js';
import { reshaping } from '../ops/movement/reshape.js';
import { transposing } from '../ops/movement/transpose.js';
import { any, type Expression, named, operation } from './formula/expression.js';
import { defineFusion, fusionPass, type Site } from './formula/fusion.js';

const x = any('x');
const cut = any('cut');
const turned = any('turned');

const reshape = (value: Expression) => operation(reshaping.Reshape, { data: value });

const depthToSpace = defineFusion({
  name: 'DepthToSpace',
  // From here on there are both modes.
  since: 11,
  formulas: [reshape(named(turned, operation(transposing.Transpose, { data: named(cut, reshape(x)) })))],
  where: (site) => blocksOf(site) !== undefined,
  replaceBy: (site) => {
    const { size, mode } = blocksOf(site)!;
    return {
      inputs: [site.of(x)],
      attributes: new Map([
        ['blocksize', intAttribute(size)],
        ['mode', textAttribute(mode)],
      ]),
    };
  },
});

export const fusePixelShuffle = fusionPass('fuse-pixel-shuffle', [depthToSpace]);

/** For each mode which axis the rows of a block, its columns and the channels are after the first Reshape, and the order of the Transpose. */
const modes = [
  { mode: 'CRD', row: 2, column: 3, channels: 1, order: '0,1,4,2,5,3' },
  { mode: 'DCR', row: 1, column: 2, channels: 3, order: '0,3,4,1,5,2' },
] as const;

/** Blocks of pixels that are cut out of the channels; undefined where the nodes do something else. */
function blocksOf(site: Site): { readonly size: number; readonly mode: string } | undefined {
  const shapeOf = (value: ReturnType<typeof site.of<typeof site.output>>): Shape | undefined =>
    site.inference.types.get(value)?.shape;
  const [from, between, to] = [site.of(x), site.of(cut), site.output].map(shapeOf);
  if (from?.length !== 4 || between?.length !== 6 || to?.length !== 4) return undefined;
  const order = attributesOf(transposing.Transpose, site.nodeOf(turned))?.perm?.join();
  const found = modes.find((each) => each.order === order);
  const size = found && between[found.row];
  if (found === undefined || typeof size !== 'number' || size < 1 || between[found.column] !== size) return undefined;
  const [images, , height, width] = from;
  const isCut = between[0] === images && between[4] === height && between[5] === width;
  const joined = [images, between[found.channels]!, mul(height!, size), mul(width!, size)];
  return isCut && joined.every((dim, axis) => dim === to[axis]) ? { size, mode: found.mode } : undefined;
}
