/**
 * InstanceNormalization by way of other operators: a BatchNormalization by the statistics of a batch of one, and a Reshape
 * before and after that leave every instance's elements together.
 */
import { formatNode } from '../diagnostics.js';
import { floatAttribute } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { isConcrete, type Shape } from '../ir/shape.js';
import { reshaping } from '../ops/movement/reshape.js';
import { batchNormalizations } from '../ops/normalization/batch-normalization.js';
import { instanceNormalizations } from '../ops/normalization/instance-normalization.js';
import { type Any, any, named, operation, scalar, shared } from './formula/expression.js';
import { defineFusion, fusionPass, type Site } from './formula/fusion.js';

const x = any('x');
const [scale, bias] = [any('scale'), any('bias')];
const epsilon = scalar('epsilon');

const training = operation(batchNormalizations.BatchNormalization, { X: x, scale, B: bias }, ({ attributes }) =>
  attributes.training_mode ? [[epsilon, attributes.epsilon]] : undefined,
);

const ofBatch = defineFusion({
  name: 'InstanceNormalization',
  since: 6,
  formulas: [training],
  where: (site) => (shapeOf(site, x)?.length ?? 0) >= 3,
  guards: [
    (site) => (shapeOf(site, x)?.[0] === 1 ? undefined : 'it normalizes over a batch'),
    ({ root, editor }) => {
      const [, ...statistics] = root.outputs;
      const isRead = statistics.some((value) => value && (editor.isFixed(value) || editor.readers(value).length > 0));
      return isRead ? 'its statistics are read' : undefined;
    },
  ],
  replaceBy: ({ of }) => ({
    inputs: [of(x), of(scale), of(bias)],
    attributes: new Map([['epsilon', floatAttribute(of(epsilon))]]),
  }),
  note: ({ root }) => `${formatNode(root)} of a batch of one is an InstanceNormalization`,
});

const [reshaped, normalized] = [any('reshaped'), any('normalized')];
const before = named(reshaped, shared(operation(reshaping.Reshape, { data: x })));
const between = named(
  normalized,
  operation(instanceNormalizations.InstanceNormalization, { input: before, scale, B: bias }),
);

/** [N, C, …] as [N, C, …] or [1, N·C, …] and back: the channels are normalized as they stand. */
const reshapes = defineFusion({
  name: 'InstanceNormalization',
  since: 6,
  formulas: [operation(reshaping.Reshape, { data: between })],
  where: (site) => channelsOf(site) !== undefined,
  guards: [
    (site) =>
      [scale, bias].every((parameter) => periodOf(site, parameter) !== undefined)
        ? undefined
        : 'its images are normalized by other parameters, or by some that are not constant',
  ],
  replaceBy: (site) => {
    const parameters = [scale, bias].map((capture) => {
      const elements = periodOf(site, capture) ?? [];
      const type = site.editor.constant(site.of(scale))?.type ?? 'float32';
      return site.addConstant(capture.name, tensorFromNumbers(type, [elements.length], elements));
    });
    return { inputs: [site.of(x), ...parameters], from: site.nodeOf(normalized) };
  },
  note: (site) => {
    const [first, node] = [reshaped, normalized].map((capture) => formatNode(site.nodeOf(capture)));
    return `${first} and ${formatNode(site.root)} around ${node} change nothing`;
  },
});

export const fuseInstanceNormalization = fusionPass('fuse-instance-normalization', [ofBatch, reshapes]);

function shapeOf({ of, inference }: Site, capture: Any): Shape | undefined {
  return inference.types.get(of(capture))?.shape;
}

/** How many channels an image has, where the Reshapes leave the elements of each channel together. */
function channelsOf(site: Site): number | undefined {
  const [outer, inner] = [shapeOf(site, x), shapeOf(site, reshaped)];
  const result = site.inference.types.get(site.output)?.shape;
  if (outer === undefined || inner === undefined || outer.length < 3 || outer.length !== result?.length)
    return undefined;
  if (outer.some((size, axis) => size !== result[axis])) return undefined;
  const [sizes, innerSizes] = [outer.slice(0, 2), inner.slice(0, 2)];
  if (!isConcrete(sizes) || !isConcrete(innerSizes)) return undefined;
  const [images = 0, channels = 0] = sizes;
  const [innerImages = 0, innerChannels = 0] = innerSizes;
  const isKept = images * channels === innerImages * innerChannels && innerChannels % channels === 0;
  return isKept ? channels : undefined;
}

/** The parameter's first elements, one a channel, where the others repeat them for each image. */
function periodOf(site: Site, parameter: Any): readonly number[] | undefined {
  const channels = channelsOf(site);
  const constant = site.editor.constant(site.of(parameter));
  if (channels === undefined || constant === undefined) return undefined;
  const values = Array.from(numbersOf(constant.load()));
  return values.every((value, i) => value === values[i % channels]) ? values.slice(0, channels) : undefined;
}
