import type { AlgorithmCost } from '../../plan/execution-plan.js';
import { defaultTile } from '../../wasm/kernels/convolution.js';
import { cost, input } from '../../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from '../context/context.js';
import { Nhwc8Tensor } from '../context/tensor.js';
import { type Chain, epilogueOf } from '../elementwise/chain.js';
import { epilogueOperand, isEpilogueOperand, isNumber } from '../elementwise/operands.js';
import { settled } from '../elementwise/quantized-part.js';
import { canOrder } from '../strassen.js';
import { addDirect } from './direct.js';
import { estimatesOf } from './estimates.js';
import type { ConvolutionLayer } from './layer.js';
import { mayHavePhaseRows, phaseRows } from './phase-part.js';
import { cheapestFirst, type EstimatedAlgorithm } from './select.js';
import { ConvolutionSteps } from './steps.js';
import { addWinograd } from './winograd.js';

/** Operands that an epilogue reads: with more, pointers no longer fit into registers. */
const maxOperands = 3;

/** An algorithm for one of the arrangements of a layer. */
interface Candidate extends EstimatedAlgorithm {
  readonly layer: ConvolutionLayer;
}

/**
 * Adds the steps of a layer by the algorithm that is expected to be fastest.
 * @param ways other ways to the same sums
 */
export function lowerConvolution(
  context: LoweringContext,
  plain: ConvolutionLayer,
  ways: readonly ConvolutionLayer[] = [],
): void {
  const { tier, prefer } = context.options;
  const inRows = mayHavePhaseRows(context.graph, plain.node) ? phaseRows.value.phaseRowsOf(context, plain) : undefined;
  const candidates = [plain, ...ways].flatMap((layer) =>
    estimatesOf(context, layer).map(({ nanoseconds, ...algorithm }): Candidate => {
      return { ...algorithm, nanoseconds: nanoseconds + (layer.ahead ?? 0) + (inRows?.order ?? 0), layer };
    }),
  );
  if (inRows !== undefined) candidates.push({ ...inRows.estimate, layer: plain });
  const algorithms = cheapestFirst(context, candidates);
  const isPreferred = ({ algorithm }: EstimatedAlgorithm) => JSON.stringify(algorithm) === JSON.stringify(prefer);
  const chosen = algorithms.find(isPreferred) ?? algorithms[0]!;
  const { algorithm, layer } = chosen;
  const others = algorithms.filter((other) => other !== chosen);
  const algorithmCosts: AlgorithmCost[] = [chosen, ...others].map(({ label, nanoseconds }) => ({
    algorithm: label,
    microseconds: Math.round(nanoseconds / 10) / 100,
  }));
  if (algorithm.name === 'phase rows') {
    inRows!.add(algorithmCosts);
    return;
  }
  const sum = layer.node.outputs[0]!;
  const onto = context.values.dims(sum)!;
  const chain = epilogueOf(context, sum, {
    accepts: (_value, dims) => isEpilogueOperand(dims, onto) && layer.groups === 1,
    maxInputs: maxOperands + 1,
    start: layer.finishIntegers?.(input(0)),
  });
  const isLeft = chain && !layer.finishIntegers && isCheaperRowMajor(context, chain, layer.output.channels);
  const epilogue = chain && !isLeft ? settled(context, chain) : undefined;
  const output = epilogue?.output ?? sum;
  const operands = (epilogue?.inputs ?? []).flatMap((value) =>
    value === undefined ? [] : [epilogueOperand(context, value, onto)],
  );
  const source = context.tensors.nhwc8(layer.x);
  const tile = defaultTile[tier];
  const { uses, tensors } = context;
  const isLast = uses.isReturned(output) && uses.readers(output).length === 0;
  const isOrdered = isLast && algorithm.name === 'strassen' && canOrder(tile, layer.subconvolutions[0]!, layer.output);
  const steps = new ConvolutionSteps(
    context,
    layer,
    epilogue,
    operands,
    source,
    isOrdered ? new Nhwc8Tensor(output.name, layer.output) : tensors.makeNhwc8(output),
    algorithmCosts,
    isOrdered ? tensors.makeRowMajor(output) : undefined,
  );
  if ('outputs' in algorithm) addWinograd(steps, algorithm, tile);
  else addDirect(steps, algorithm.name, tile, layer.subconvolutions, steps.whole);
}

/**
 * Whether a costly epilogue of few channels, which wastes lanes on their padding, is left for a loop in the row-major order
 * that the caller gets.
 */
export function isCheaperRowMajor(
  context: LoweringContext,
  { tree, inputs, output }: Chain,
  channels: number,
): boolean {
  const areNumbers = inputs.slice(1).every((value) => value !== undefined && isNumber(context.values.dims(value)!));
  return areNumbers && context.uses.isReturned(output) && channels <= 4 && cost(tree) >= 20;
}
