/**
 * GroupNormalization (Wu and He, 2018) by way of InstanceNormalization, as PyTorch exports it: a Reshape that has the elements of
 * a group as those of a channel, one back, and the factors and biases of the channels.
 */
import type { Constant } from '../ir/graph.js';
import { floatAttribute, intAttribute } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { isConcrete, type Shape } from '../ir/shape.js';
import { reshaping } from '../ops/movement/reshape.js';
import { instanceNormalizations } from '../ops/normalization/instance-normalization.js';
import { type Any, any, constant, named, operation, scalar, shared } from './formula/expression.js';
import { defineFusion, fusionPass, type Site } from './formula/fusion.js';
import { add, times } from './formula/operators.js';
import { perChannel } from './output-channels.js';

const x = any('x');
const grouped = any('grouped');
const [ofGroups, ontoGroups] = [constant('factors of groups'), constant('biases of groups')];
const [scale, bias] = [constant('scale'), constant('bias')];
const epsilon = scalar('epsilon');

const reshaped = operation(reshaping.Reshape, { data: x });
const normalized = operation(
  instanceNormalizations.InstanceNormalization,
  { input: named(grouped, shared(reshaped)), scale: ofGroups, B: ontoGroups },
  ({ attributes }) => [[epsilon, attributes.epsilon]],
);
const back = operation(reshaping.Reshape, { data: normalized });

const ofInstances = defineFusion({
  name: 'GroupNormalization',
  since: 21,
  formulas: [add(times(back, scale), bias), times(back, scale), back],
  where: (site) => groupsOf(site) !== undefined,
  guards: [
    (site) => {
      const type = site.inference.types.get(site.of(x))?.elementType;
      return type === 'float32'
        ? undefined
        : `'${site.of(x).name}' is ${type ?? 'of a type that is not known'}, not float32`;
    },
    (site) =>
      [scale, bias].every((capture) => numbersFor(site, capture, 0) !== undefined)
        ? undefined
        : 'its scale or bias has other elements than one a channel',
  ],
  replaceBy: (site) => {
    const { groups, channels } = groupsOf(site)!;
    const [factors, biases] = [numbersFor(site, scale, 1)!, numbersFor(site, bias, 0)!];
    const [inner, outer] = [ofGroups, ontoGroups].map((capture) => elementsOf(site, capture)) as [number[], number[]];
    const groupOf = (channel: number) => Math.floor(channel / (channels / groups));
    const parameter = (kind: string, at: (channel: number) => number) =>
      site.addConstant(
        kind,
        tensorFromNumbers(
          'float32',
          [channels],
          Array.from({ length: channels }, (_, channel) => at(channel)),
        ),
      );
    return {
      inputs: [
        site.of(x),
        parameter('scale', (channel) => inner[groupOf(channel)]! * factors[channel]!),
        parameter('bias', (channel) => outer[groupOf(channel)]! * factors[channel]! + biases[channel]!),
      ],
      attributes: new Map([
        ['epsilon', floatAttribute(site.of(epsilon))],
        ['num_groups', intAttribute(groups)],
      ]),
    };
  },
});

export const fuseGroupNormalization = fusionPass('fuse-group-normalization', [ofInstances]);

function shapeOf({ of, inference }: Site, capture: Any): Shape | undefined {
  return inference.types.get(of(capture))?.shape;
}

/** How many groups of channels the Reshapes make: more than one, or each channel would be one. */
function groupsOf(site: Site): { readonly groups: number; readonly channels: number } | undefined {
  const [outer, inner] = [shapeOf(site, x), shapeOf(site, grouped)];
  const result = site.inference.types.get(site.output)?.shape;
  if (outer === undefined || inner === undefined || outer.length < 3 || inner.length < 3) return undefined;
  if (outer.length !== result?.length || outer.some((size, axis) => size !== result[axis])) return undefined;
  const [sizes, innerSizes] = [outer.slice(0, 2), inner.slice(0, 2)];
  if (!isConcrete(sizes) || !isConcrete(innerSizes)) return undefined;
  const [images = 0, channels = 0] = sizes;
  const [innerImages, groups = 0] = innerSizes;
  const isGrouping = images === innerImages && groups >= 1 && groups < channels && channels % groups === 0;
  return isGrouping ? { groups, channels } : undefined;
}

/** A number for each channel; `without` where the formula that matched does not have the parameter. */
function numbersFor(site: Site, capture: typeof scale, without: number): ArrayLike<number> | undefined {
  const { channels } = groupsOf(site)!;
  const value = site.find(capture);
  if (value === undefined) return new Array<number>(channels).fill(without);
  return perChannel(site.editor.constant(value)!, channels, shapeOf(site, x)!.length);
}

function elementsOf(site: Site, capture: typeof scale): number[] {
  const found: Constant = site.editor.constant(site.of(capture))!;
  return Array.from(numbersOf(found.load()));
}
