/** The forms that a convolution can take, and what each is expected to take. */
import { defaultTile } from '../../wasm/kernels/convolution.js';
import type { ConvolutionForm, LoweringContext } from '../context/context.js';
import { directCost, narrowCost, type ProductSize, phaseStepNanoseconds, weightRate, winogradCost } from './cost.js';
import { tapCount, windowPlaces } from './geometry.js';
import type { ConvolutionLayer } from './layer.js';
import { bandCount, isTransformed, type Phase, tapGroups, tilingOf } from './windows.js';

export type WinogradForm = Extract<ConvolutionForm, { readonly outputs: number }>;

export interface Choice {
  readonly form: ConvolutionForm;
  readonly algorithm: string;
  readonly nanoseconds: number;
}

/** Tiles that the form in blocks takes at a time. */
export const winogradBlock = 24;

const winogradForms = [
  { name: 'winograd', words: '' },
  { name: 'winograd steps', words: ' in three steps' },
  { name: 'winograd panels', words: ' in panels' },
] as const;

/** Transformed weights are up to six times as large: above this many floats a layer's stay as they are. */
const mostTransformedFloats = 1.3 * 2 ** 20;

export function isDepthwise({ groups, input, output }: ConvolutionLayer): boolean {
  return groups > 1 && groups === input.channels && groups === output.channels;
}

/**
 * The cheapest first. In `strict` it is the cheapest for pictures of one usual size, whatever this one's is: forms sum in
 * different orders, and a tile has to have the bits that its picture has.
 */
export function formsOf(context: LoweringContext, layer: ConvolutionLayer): Choice[] {
  const choices = choicesOf(context, layer);
  const time =
    context.options.precision === 'strict' ? usualTimes(context, layer) : (choice: Choice) => choice.nanoseconds;
  return choices.sort((a, b) => time(a) - time(b));
}

const usualPlaces = 2 ** 14;

/** What the forms of strict plans take on layers of `usualPlaces` outputs. */
function usualTimes(context: LoweringContext, layer: ConvolutionLayer): (choice: Choice) => number {
  const { tier } = context.options;
  const columns = layer.output.channels / layer.groups;
  const cost = {
    tier,
    tileColumns: defaultTile[tier].columns,
    products: layer.phases.map((phase) => ({
      rows: (usualPlaces / layer.phases.length) * layer.groups,
      sum: tapCount(phase) * (layer.input.channels / layer.groups),
      columns,
    })),
    outputBytes: usualPlaces * layer.output.channels * 4,
    weightRate: weightRate(context.weightBytes),
  };
  return ({ form }) => (form.name === 'narrow' ? narrowCost(cost) : directCost(cost));
}

function choicesOf(context: LoweringContext, layer: ConvolutionLayer): Choice[] {
  const { tier, precision } = context.options;
  const { groups, phases, input, output } = layer;
  const tile = defaultTile[tier];
  const channels = input.channels / groups;
  const columns = output.channels / groups;
  const sizeOf = (phase: Phase): ProductSize => ({
    rows: output.images * windowPlaces(phase) * groups,
    sum: tapCount(phase) * channels,
    columns,
  });
  const outputBytes = output.images * output.depth * output.height * output.width * output.channels * 4;
  const suffix = phases.length > 1 ? `, ${phases.length} phases` : '';
  const rate = weightRate(context.weightBytes);
  const cost = { tier, tileColumns: tile.columns, products: phases.map(sizeOf), outputBytes, weightRate: rate };
  if (isDepthwise(layer)) {
    return [{ form: { name: 'depthwise' }, algorithm: `depthwise${suffix}`, nanoseconds: directCost(cost) }];
  }
  const isPointwise = phases.every((phase) => tapCount(phase) === 1);
  const direct = isPointwise ? 'matrix product' : 'direct';
  const choices: Choice[] = [
    { form: { name: 'direct' }, algorithm: `${direct}${suffix}`, nanoseconds: directCost(cost) },
  ];
  if (groups === 1 && columns <= 4 && channels % 8 === 0) {
    choices.push({ form: { name: 'narrow' }, algorithm: `narrow${suffix}`, nanoseconds: narrowCost(cost) });
  }
  if (precision === 'strict' || groups > 1 || isPointwise) return choices;
  const phaseBytes = outputBytes / phases.length;
  for (const outputs of [2, 4]) {
    const parts = phases.flatMap((phase) => {
      const taken = tapGroups(phase, outputs);
      // Sums of several parts are read again and added to.
      return taken.map((part, i) => ({ part, outputBytes: i === 0 ? phaseBytes : 2 * phaseBytes }));
    });
    const transformed = parts.filter(({ part }) => isTransformed(part, outputs));
    if (transformed.length === 0) continue;
    const directParts = parts.filter(({ part }) => !isTransformed(part, outputs));
    const directTime = directParts.reduce(
      (sum, { part, outputBytes: bytes }) =>
        sum + directCost({ ...cost, products: [sizeOf(part)], outputBytes: bytes }),
      0,
    );
    const packedFloats = transformed.reduce(
      (sum, { part }) =>
        sum + tilingOf(part, outputs, output.images).points * part.depth.taps.length * channels * columns,
      0,
    );
    for (const { name, words } of winogradForms) {
      if (name !== 'winograd panels' && packedFloats > mostTransformedFloats) continue;
      const stepCount = name === 'winograd' || phases.length === 1 ? 0 : 3 * transformed.length;
      let nanoseconds = directTime + stepCount * phaseStepNanoseconds;
      for (const { part } of transformed) {
        const { high, wide, slices, points, tiles } = tilingOf(part, outputs, output.images);
        const terms = slices * channels;
        const bands = name === 'winograd' ? 1 : bandCount(points * tiles * (terms + columns), part, high.outputs);
        nanoseconds +=
          bands *
          winogradCost({
            tier,
            tileColumns: tile.columns,
            points,
            outputs: high.outputs * wide.outputs,
            tiles: Math.ceil(tiles / bands),
            terms,
            columns,
            weightRate: rate,
            block: name === 'winograd' ? winogradBlock : tiles,
            ...(name === 'winograd panels' ? { rawTaps: high.taps * wide.taps } : {}),
          });
      }
      const count = parts.length > phases.length ? `, ${parts.length} parts` : suffix;
      choices.push({ form: { name, outputs }, algorithm: `winograd F(${outputs})${words}${count}`, nanoseconds });
    }
  }
  return choices;
}
