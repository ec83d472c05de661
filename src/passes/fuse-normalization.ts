/**
 * Normalization by mean and variance of each group of elements, written out: over the last axes a LayerNormalization
 * (Ba et al., 2016), over all but batch and channels an InstanceNormalization (Ulyanov et al., 2016). PyTorch writes
 * (x − mean)/Sqrt(variance + ε)·scale + bias, Keras x·m + (bias − mean·m) with m = scale/Sqrt(variance + ε).
 */

import type { Constant, Value } from '../ir/graph.js';
import { floatAttribute, intAttribute } from '../ir/graph-editor.js';
import { tensorFromNumbers } from '../ir/numeric.js';
import { isConcrete, type Shape } from '../ir/shape.js';
import { elementCount } from '../ir/tensor.js';
import { broadcasts, broadcastTo } from './constants.js';
import { any, constant, either, integers, named, scalar } from './formula/expression.js';
import { type AddsConstants, defineFusion, fusionPass, type Guard, type Site } from './formula/fusion.js';
import { resultIsLike } from './formula/guards.js';
import { standardization } from './formula/means.js';
import { add, sub, times } from './formula/operators.js';
import { perChannel } from './output-channels.js';

const x = any('x');
const m = any('m');
const axes = integers('axes');
const epsilon = scalar('epsilon');
const [scale, bias] = [constant('scale'), constant('bias')];

const { standardized, mean, reciprocal } = standardization(x, axes, epsilon);
const factor = named(m, either(times(scale, reciprocal), reciprocal));

const formulas = [
  add(times(standardized, scale), bias),
  add(standardized, bias),
  add(times(x, factor), sub(bias, times(mean, factor))),
  times(standardized, scale),
  standardized,
];

const isSound = ({ of }: Site) => of(epsilon) >= 0;

/** Other types are rounded at every step where the nodes stand alone. */
const isFloat32: Guard = ({ of, inference }) => {
  const type = inference.types.get(of(x))?.elementType;
  return type === 'float32' ? undefined : `'${of(x).name}' is ${type ?? 'of a type that is not known'}, not float32`;
};

const guards = [isFloat32, resultIsLike(x)];

const layer = defineFusion({
  name: 'LayerNormalization',
  since: 17,
  formulas,
  // Without a scale both operators would do; pictures are normalized by instance.
  where: (site) => isSound(site) && !(isSpatial(site) && shapeOf(site).length > 3 && parametersOf(site).length === 0),
  guards: [
    ...guards,
    (site) => {
      const first = shapeOf(site).length - site.of(axes).length;
      if (site.of(axes).some((axis, i) => axis !== first + i))
        return 'it normalizes over other axes than the last ones';
      const dims = layerDims(site);
      if (!isConcrete(dims)) return 'the sizes that it normalizes over are open';
      const fits = parametersOf(site).every((parameter) => broadcasts(parameter.dims, dims));
      return fits
        ? whyLarge(elementCount(dims), site)
        : 'its scale or bias does not lie along the axes that it normalizes over';
    },
  ],
  replaceBy: (site) => {
    const dims = layerDims(site) as readonly number[];
    const attributes = new Map([
      ['axis', intAttribute(-dims.length)],
      ['epsilon', floatAttribute(site.of(epsilon))],
    ]);
    return { inputs: inputsBy(site, dims, (parameter) => broadcastTo(parameter, dims)), attributes };
  },
});

const instance = defineFusion({
  name: 'InstanceNormalization',
  since: 6,
  formulas,
  where: isSound,
  guards: [
    ...guards,
    (site) => {
      const channels = shapeOf(site)[1];
      if (!isSpatial(site)) return 'it normalizes over other axes than those of an instance';
      if (typeof channels !== 'number') return 'how many channels it normalizes is open';
      const large = whyLarge(channels, site);
      if (large !== undefined) return large;
      const fits = parametersOf(site).every(
        (parameter) => perChannel(parameter, channels, shapeOf(site).length) !== undefined,
      );
      return fits ? undefined : 'its scale or bias has other elements than one a channel';
    },
  ],
  replaceBy: (site) => {
    const channels = shapeOf(site)[1] as number;
    const inputs = inputsBy(site, [channels], (parameter) => perChannel(parameter, channels, shapeOf(site).length));
    return { inputs, attributes: new Map([['epsilon', floatAttribute(site.of(epsilon))]]) };
  },
});

export const fuseNormalization = fusionPass('fuse-normalization', [layer, instance]);

/** The inputs of either operator: x, and constants of `dims` for scale and bias. */
function inputsBy(
  { of, find, editor, addConstant }: Site & AddsConstants,
  dims: readonly number[],
  elementsOf: (parameter: Constant) => ArrayLike<number> | undefined,
): readonly Value[] {
  const parameter = (capture: typeof scale, without: number) => {
    const given = editor.constant(find(capture));
    const elements = given && elementsOf(given);
    const all = elements ?? new Float64Array(elementCount(dims)).fill(without);
    return addConstant(capture.name, tensorFromNumbers('float32', dims, all));
  };
  return [of(x), parameter(scale, 1), parameter(bias, 0)];
}

/** Scale and bias, where the formula that matched has them. */
function parametersOf({ find, editor }: Site): readonly Constant[] {
  return [scale, bias].map((capture) => editor.constant(find(capture))).filter((parameter) => parameter !== undefined);
}

/** The operators want an element of scale and bias for every one that they normalize: what a file does not have is small. */
function whyLarge(count: number, site: Site): string | undefined {
  const given = parametersOf(site).map(({ dims }) => elementCount(dims));
  return count <= Math.max(1 << 20, ...given) ? undefined : `its scale and bias would have ${count} elements each`;
}

function shapeOf({ of, inference }: Site): Shape {
  return inference.types.get(of(x))?.shape ?? [];
}

/** The sizes of the axes that a LayerNormalization would be over. */
function layerDims(site: Site): Shape {
  return shapeOf(site).slice(-site.of(axes).length);
}

/** Over all axes but batch and channels. */
function isSpatial(site: Site): boolean {
  const { length: rank } = shapeOf(site);
  const over = site.of(axes);
  return rank > 2 && over.length === rank - 2 && over.every((axis, i) => axis === i + 2);
}
