/** Normalizations and softmax: over all pixels of a channel, over the last axes, or over the channels of a pixel. */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { instanceNormalizations } from '../ops/normalization/instance-normalization.js';
import { layerNormalizations } from '../ops/normalization/layer-normalization.js';
import { softmaxes } from '../ops/reduction/softmax.js';
import { binary, constant, input, unary } from '../wasm/kernels/elementwise-expression.js';
import { groupsPerUnit } from '../wasm/kernels/moments.js';
import { normalizePixelsScratch } from '../wasm/kernels/normalization.js';
import type { LoweringContext } from './context/context.js';
import { nhwc8Size } from './context/tensor.js';
import type { Pointer } from './context/unplaced-step.js';
import { epilogueOf } from './elementwise/chain.js';
import { addElementwise } from './elementwise/loops.js';
import { addGroupNormalization, otherRank } from './group-normalization.js';
import { stridesOf } from './layouts.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';
import { addReduction } from './reduce.js';

const lowerInstanceNormalization = defineLowering(
  instanceNormalizations.InstanceNormalization,
  kernelsOf(floats, [otherRank]),
  (context, node, { attributes, inputs, outputs }) => {
    const { input: x, scale, B: bias } = inputs;
    const dims = context.values.floatDims(x);
    if (dims === undefined || context.values.floatDims(outputs.output) === undefined) return unfitValue;
    if (nhwc8Size(dims) === undefined) return otherRank;
    if (
      dims.length < 3 ||
      context.values.constant(scale) === undefined ||
      context.values.constant(bias) === undefined
    ) {
      const own = { node, x, scale, bias, y: outputs.output, groups: dims[1]!, isByGroup: false };
      return addGroupNormalization(context, { ...own, epsilon: attributes.epsilon });
    }
    const source = context.tensors.nhwc8(x!);
    const epilogue = epilogueOf(context, outputs.output, { accepts: () => false, maxInputs: 1 });
    const output = context.tensors.makeNhwc8(epilogue?.output ?? outputs.output);
    const pointers = [scale!, bias!].map((value) => ({ constant: context.constants.channels(value, dims[1]!) }));
    const operations = 8 * elementCount(dims);
    const groups = groupsPerUnit(dims[1]!, context.options.threads);
    context.add({
      kind: 'kernel',
      algorithm: 'normalize pixels',
      nodes: [node, ...(epilogue?.nodes ?? [])],
      reads: [source],
      writes: [output],
      scratch: normalizePixelsScratch({ groups }),
      operations,
      overwrites: source,
      build: (placement) => ({
        kernel: {
          name: 'normalize pixels',
          params: {
            input: placement.view(source),
            output: placement.view(output),
            epsilon: attributes.epsilon,
            groups,
            ...(epilogue === undefined ? {} : { epilogue: epilogue.tree }),
          },
        },
        pointers: [{ tensor: source }, ...pointers, { tensor: output }, { scratch: 0 }],
      }),
    });
    return undefined;
  },
);

const broadcastParameters = 'parameters that are broadcast';

interface Runs {
  readonly x: Value;
  readonly scale: Value;
  readonly bias: Value | undefined;
  readonly y: Value;
  readonly attributes: { readonly axis: number; readonly epsilon: number };
  /** Whether the mean is taken off. */
  readonly centers: boolean;
}

/** Over the axes from `axis` on, with what is elementwise after it. */
function addRuns(
  context: LoweringContext,
  node: Node,
  { x, scale, bias, y, attributes, centers }: Runs,
): typeof unfitValue | typeof broadcastParameters | undefined {
  const dims = context.values.floatDims(x);
  if (dims === undefined || context.values.floatDims(y) === undefined) return unfitValue;
  const first = normalizeAxis(attributes.axis, dims.length);
  const length = elementCount(dims.slice(first));
  const isWhole = (value: Value | undefined) =>
    value === undefined || elementCount(context.values.floatDims(value) ?? [0]) === length;
  if (!isWhole(scale) || !isWhole(bias)) return broadcastParameters;
  const source = context.tensors.rowMajor(x);
  const parameters = [scale, bias].map((value) => value && context.tensors.rowMajor(value));
  const epilogue = epilogueOf(context, y, { accepts: () => false, maxInputs: 1 });
  const output = context.tensors.makeRowMajor(epilogue?.output ?? y);
  const absent: Pointer = { scratch: 0 };
  context.add({
    kind: 'kernel',
    algorithm: 'normalize runs',
    nodes: [node, ...(epilogue?.nodes ?? [])],
    reads: [source, ...parameters.filter((tensor) => tensor !== undefined)],
    writes: [output],
    operations: 8 * elementCount(dims),
    build: () => ({
      kernel: {
        name: 'normalize runs',
        params: {
          centers,
          axes: [{ size: elementCount(dims) / length, strides: [length, 0, 0, length] }],
          length,
          epsilon: attributes.epsilon,
          hasScale: true,
          hasBias: bias !== undefined,
          isBroadcast: false,
          ...(epilogue === undefined ? {} : { epilogue: epilogue.tree }),
        },
      },
      pointers: [
        { tensor: source },
        ...parameters.map((tensor): Pointer => (tensor === undefined ? absent : { tensor })),
        { tensor: output },
      ],
    }),
  });
  return undefined;
}

const lowerLayerNormalization = defineLowering(
  layerNormalizations.LayerNormalization,
  kernelsOf(floats, [broadcastParameters]),
  (context, node, { attributes, inputs: { X: x, Scale: scale, B: bias }, outputs }) => {
    const { Y: y, Mean: mean, InvStdDev: inverse } = outputs;
    if (mean !== undefined || inverse !== undefined) {
      const dims = context.values.floatDims(x);
      const isFloat = [y, scale, bias, mean, inverse].every(
        (value) => value === undefined || context.values.floatDims(value) !== undefined,
      );
      if (dims === undefined || !isFloat) return unfitValue;
      addWithStatistics(context, node, { dims, x, scale, bias, y, mean, inverse }, attributes);
      return undefined;
    }
    return addRuns(context, node, { x, scale, bias, y, attributes, centers: true });
  },
);

interface Statistics extends Omit<Runs, 'attributes' | 'centers'> {
  readonly dims: readonly number[];
  readonly mean: Value | undefined;
  readonly inverse: Value | undefined;
}

/** In parts, where the mean or the factor of each run is an output as well. */
function addWithStatistics(
  context: LoweringContext,
  node: Node,
  { dims, x, scale, bias, y, ...asked }: Statistics,
  { axis, epsilon }: Runs['attributes'],
): void {
  const first = normalizeAxis(axis, dims.length);
  const axes = new Set(dims.map((_, i) => i).slice(first));
  const each = dims.map((size, i) => (axes.has(i) ? 1 : size));
  const nodes = [node];
  const own = (part: string, of: readonly number[]) => context.values.ownValue(`${node.name} ${part}`, of);
  const mean = asked.mean ?? own('mean', each);
  const inverse = asked.inverse ?? own('inverse', each);
  const [distance, squares, variance] = [own('distance', dims), own('squares', dims), own('variance', each)];
  addReduction(context, nodes, x, mean, 'mean', axes, true);
  addElementwise(context, { nodes, tree: binary('sub', input(0), input(1)), inputs: [x, mean], output: distance });
  addElementwise(context, { nodes, tree: binary('mul', input(0), input(0)), inputs: [distance], output: squares });
  addReduction(context, nodes, squares, variance, 'mean', axes, true);
  const root = unary('reciprocal', unary('sqrt', binary('add', input(0), constant(epsilon))));
  addElementwise(context, { nodes, tree: root, inputs: [variance], output: inverse });
  const scaled = binary('mul', binary('mul', input(0), input(1)), input(2));
  addElementwise(context, {
    nodes,
    tree: bias === undefined ? scaled : binary('add', scaled, input(3)),
    inputs: [distance, inverse, scale, ...(bias === undefined ? [] : [bias])],
    output: y,
  });
}

const lowerRmsNormalization = defineLowering(
  layerNormalizations.RMSNormalization,
  kernelsOf(floats, [broadcastParameters]),
  (context, node, { attributes, inputs: { X: x, scale }, outputs: { Y: y } }) =>
    addRuns(context, node, { x, scale, bias: undefined, y, attributes, centers: false }),
);

function lowerSoftmaxOf(schema: typeof softmaxes.Softmax | typeof softmaxes.LogSoftmax, isLog: boolean): Lowering {
  return defineLowering(schema, kernelsOf(floats), (context, node, { attributes, version }) => {
    const dims = context.values.floatDims(node.inputs[0]);
    if (dims === undefined || context.values.floatDims(node.outputs[0]) === undefined) return unfitValue;
    // Before version 13 softmax was over all axes from `axis` on, flattened.
    const isFlattening = version < 13;
    const first = normalizeAxis(attributes.axis, dims.length);
    const isNhwc8 = !isFlattening && first === 1 && dims.length > 2 && nhwc8Size(dims) !== undefined;
    if (!isNhwc8 && !isFlattening && first !== dims.length - 1) {
      addSoftmaxBetween(context, node, isLog, dims, first);
      return undefined;
    }
    addSoftmax(context, node, isLog, dims, first, isNhwc8);
    return undefined;
  });
}

const lowerSoftmax = lowerSoftmaxOf(softmaxes.Softmax, false);
const lowerLogSoftmax = lowerSoftmaxOf(softmaxes.LogSoftmax, true);

/** Over an axis between others, in parts: lanes are elements of the axes after it. */
function addSoftmaxBetween(
  context: LoweringContext,
  node: Node,
  isLog: boolean,
  dims: readonly number[],
  axis: number,
): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const nodes = [node];
  const axes = new Set([axis]);
  const line = dims.map((size, i) => (i === axis ? 1 : size));
  const [largest, sum] = ['largest', 'sum'].map((part) => context.values.ownValue(`${node.name} ${part}`, line));
  const powers = context.values.ownValue(`${node.name} powers`, dims);
  addReduction(context, nodes, x, largest!, 'max', axes, true);
  const below = binary('sub', input(0), input(1));
  addElementwise(context, { nodes, tree: unary('exp', below), inputs: [x, largest!], output: powers });
  addReduction(context, nodes, powers, sum!, isLog ? 'log of sum' : 'sum', axes, true);
  if (isLog) {
    addElementwise(context, {
      nodes,
      tree: binary('sub', below, input(2)),
      inputs: [x, largest!, sum!],
      output: y,
    });
  } else addElementwise(context, { nodes, tree: binary('div', input(0), input(1)), inputs: [powers, sum!], output: y });
}

/** Over the channels in NHWC8, else over the axes from `first` on. */
function addSoftmax(
  context: LoweringContext,
  node: Node,
  isLog: boolean,
  dims: readonly number[],
  first: number,
  isNhwc8: boolean,
): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const source = isNhwc8 ? context.tensors.nhwc8(x) : context.tensors.rowMajor(x);
  const target = isNhwc8 ? context.tensors.makeNhwc8(y) : context.tensors.makeRowMajor(y);
  const length = isNhwc8 ? dims[1]! : elementCount(dims.slice(first));
  context.add({
    kind: 'kernel',
    algorithm: isLog ? 'log softmax' : 'softmax',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 30 * elementCount(dims),
    build: (placement) => {
      const [from, to] = [stridesOf(source, dims, placement), stridesOf(target, dims, placement)];
      const axes = isNhwc8
        ? dims.flatMap((size, axis) => (axis === 1 ? [] : [{ size, strides: [from[axis]!, to[axis]!] }]))
        : [{ size: elementCount(dims.slice(0, first)), strides: [length, length] }];
      return {
        kernel: { name: 'softmax', params: { axes, length, isLog, isQuick: context.options.precision === 'fast' } },
        pointers: [{ tensor: source }, { tensor: target }],
      };
    },
  });
}

export const normalizationLowerings: readonly Lowering[] = [
  lowerInstanceNormalization,
  lowerLayerNormalization,
  lowerLogSoftmax,
  lowerRmsNormalization,
  lowerSoftmax,
];
