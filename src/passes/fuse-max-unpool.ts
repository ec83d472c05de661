/**
 * max_unpool2d as PyTorch's dynamo exporter writes it. PyTorch counts the indices of a pooling within a plane: MaxPool's less
 * the index at which their plane begins, which a pooling by windows of one tells. Undoing the pooling adds where planes of the
 * result begin, and writes the values to these places of a tensor of zeros. It is MaxUnpool by MaxPool's own indices where the
 * result is of the size that was pooled.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import { type GraphEditor, intsAttribute, nodeInPlace } from '../ir/graph-editor.js';
import { numbersOf } from '../ir/numeric.js';
import { isConcrete } from '../ir/shape.js';
import { elementCount, int64 } from '../ir/tensor.js';
import { boundAs } from '../ops/bind.js';
import { concreteWindows, windowAxes } from '../ops/convolution/window.js';
import { constantOfShape } from '../ops/creation/constant-of-shape.js';
import { arithmetic } from '../ops/elementwise/arithmetic.js';
import { scatterNdSchema } from '../ops/indexing/schemas.js';
import { reshaping } from '../ops/movement/reshape.js';
import { slicesAt, slicing } from '../ops/movement/slice.js';
import { pooling } from '../ops/pooling/pool.js';
import { broadcastTo, integersAt } from './constants.js';
import { type Pass, visitNodes } from './pass.js';

export const fuseMaxUnpool: Pass = {
  name: 'fuse-max-unpool',
  readsTypes: true,
  keepsTypes: true,
  run: visitNodes((node, editor, inference) => new Unpooling(editor, inference).replace(node)),
};

interface Pooled {
  /** What was pooled. */
  readonly x: Value;
  readonly indices: Value;
  readonly node: Node;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly hasPads: boolean;
}

class Unpooling {
  constructor(
    private readonly editor: GraphEditor,
    private readonly inference: Inference,
  ) {}

  /** @param node the Reshape that gives what was scattered the shape of the result */
  replace(node: Node): string | undefined {
    const reshape = boundAs(reshaping.Reshape, node);
    const scatter = reshape && this.nodeOf(reshape.inputs.data);
    const bound = scatter && boundAs(scatterNdSchema, scatter);
    const dims = this.dimsOf(node.outputs[0]);
    if (scatter === undefined || bound?.attributes.reduction !== 'none' || dims === undefined) return undefined;
    const { data, indices, updates } = bound.inputs;
    const [flat, places] = [this.dimsOf(data), this.dimsOf(indices)];
    if (flat?.length !== 1 || places?.length !== 2 || places[1] !== 1 || !this.isZero(data)) return undefined;
    const pooled = this.pooledAt(indices, dims);
    if (pooled === undefined) return undefined;
    const values = this.behindReshapes(updates, (value) => this.isLike(value, pooled.indices));
    if (values === undefined) return undefined;
    const refusal = this.whyDifferent(pooled, dims);
    if (refusal !== undefined) return `${formatNode(scatter)} stays: ${refusal}`;
    const shape = this.editor.addConstant(`${node.outputs[0]!.name}/pooled`, int64([dims.length], dims));
    const attributes = new Map([
      ['kernel_shape', intsAttribute(pooled.kernel)],
      ['strides', intsAttribute(pooled.strides)],
    ]);
    this.editor.replace(node, nodeInPlace(node, 'MaxUnpool', 9, [values, pooled.indices, shape], attributes));
    return `${formatNode(scatter)} undoes ${formatNode(pooled.node)}: it is a MaxUnpool`;
  }

  /** MaxUnpool writes each value into its own window: windows may not share elements, nor reach into padding. */
  private whyDifferent({ x, node }: Pooled, dims: readonly number[]): string | undefined {
    const before = this.dimsOf(x);
    if (before?.join() !== dims.join()) return 'its result has another size than what was pooled';
    const { attributes } = boundAs(pooling.MaxPool, node)!;
    const windows = concreteWindows(windowAxes(attributes, attributes.kernel_shape), dims.slice(2));
    const isPlain = windows.every(
      ({ kernel, stride, dilation, padBegin, padEnd }) =>
        kernel === stride && dilation === 1 && padBegin === 0 && padEnd === 0,
    );
    return isPlain ? undefined : 'its windows share elements, or reach into padding';
  }

  /** The pooling whose indices these are, as places in a result of `dims`. */
  private pooledAt(indices: Value, dims: readonly number[]): Pooled | undefined {
    const sum = this.behindReshapes(indices, (value) => this.dimsOf(value)?.length === dims.length);
    const add = sum && this.nodeOf(sum);
    const terms = add && boundAs(arithmetic.Add, add)?.inputs;
    // Of one plane there is nothing to add.
    const [a, b] = terms === undefined ? [sum, undefined] : [terms.A, terms.B];
    for (const [inPlane, begins] of [
      [a, b],
      [b, a],
    ]) {
      const pooled = inPlane && this.pooledInPlane(inPlane);
      if (pooled !== undefined && this.arePlanes(begins, dims)) return pooled;
    }
    return undefined;
  }

  /** MaxPool's indices less where their plane begins. */
  private pooledInPlane(value: Value): Pooled | undefined {
    const difference = this.nodeOf(value);
    const terms = difference && boundAs(arithmetic.Sub, difference)?.inputs;
    const pooled = terms && this.poolingOf(terms.A);
    return pooled !== undefined && this.isPlaneBegin(terms?.B, pooled.x) ? pooled : undefined;
  }

  /** The first of each plane of the indices of a pooling of `x` by windows of one. */
  private isPlaneBegin(value: Value | undefined, x: Value): boolean {
    const slice = this.nodeOf(value);
    const cut = slice && boundAs(slicing.Slice, slice);
    const pooled = cut && this.poolingOf(cut.inputs.data);
    const dims = this.dimsOf(x);
    if (slice === undefined || cut === undefined || pooled?.x !== x || dims === undefined) return false;
    const isOwn = [...pooled.kernel, ...pooled.strides].every((size) => size === 1) && !pooled.hasPads;
    const parts = slicesAt(cut, slice.inputs, dims, (i) => integersAt(slice.inputs[i], this.editor));
    const isFirst = parts?.every(({ first, count }, axis) => first === 0 && count === (axis < 2 ? dims[axis] : 1));
    return isOwn && isFirst === true;
  }

  /** The pooling whose indices a value is, counted row by row. */
  private poolingOf(indices: Value): Pooled | undefined {
    const node = this.nodeOf(indices);
    const pool = node && boundAs(pooling.MaxPool, node);
    if (node === undefined || pool?.outputs.Indices !== indices || pool.attributes.storage_order !== 0)
      return undefined;
    const { kernel_shape: kernel, strides, pads } = pool.attributes;
    const hasPads = pads?.some((pad) => pad !== 0) ?? false;
    return { x: pool.inputs.X, indices, node, kernel, strides: strides ?? kernel.map(() => 1), hasPads };
  }

  /** Whether these are the numbers at which planes of a tensor of `dims` begin. */
  private arePlanes(value: Value | undefined, dims: readonly number[]): boolean {
    const planes = [dims[0]!, dims[1]!, ...dims.slice(2).map(() => 1)];
    const size = elementCount(dims.slice(2));
    if (value === undefined) return elementCount(planes) === 1;
    const constant = this.editor.constant(value);
    const begins = constant && broadcastTo(constant, planes);
    return begins?.every((begin, plane) => begin === plane * size) ?? false;
  }

  private isZero(value: Value): boolean {
    const source = this.behindReshapes(value, (own) => this.reshaped(own) === undefined) ?? value;
    const constant = this.editor.constant(source);
    if (constant !== undefined) return constant.type !== 'string' && numbersOf(constant.load()).every(isNothing);
    const node = this.nodeOf(source);
    const made = node && boundAs(constantOfShape.ConstantOfShape, node);
    if (made === undefined) return false;
    return made.attributes.value === undefined || numbersOf(made.attributes.value.load()).every(isNothing);
  }

  private isLike(value: Value, other: Value): boolean {
    return this.dimsOf(value)?.join() === this.dimsOf(other)?.join();
  }

  private nodeOf(value: Value | undefined): Node | undefined {
    return this.editor.producer(value);
  }

  private dimsOf(value: Value | undefined): readonly number[] | undefined {
    const shape = value && this.inference.types.get(value)?.shape;
    return shape !== undefined && isConcrete(shape) ? shape : undefined;
  }

  /** The first of a value and those before it, each with the elements of the next in their order, that is wanted. */
  private behindReshapes(value: Value, isWanted: (value: Value) => boolean): Value | undefined {
    let at: Value | undefined = value;
    while (at !== undefined && !isWanted(at)) at = this.reshaped(at);
    return at;
  }

  /** What has the elements of `value` in their order, before the node that made it. */
  private reshaped(value: Value): Value | undefined {
    const node = this.nodeOf(value);
    const [input] = node?.inputs ?? [];
    if (node?.domain !== '' || input === undefined || !reshapes.has(node.opType)) return undefined;
    const [from, to] = [this.dimsOf(input), this.dimsOf(value)];
    return from !== undefined && to !== undefined && elementCount(from) === elementCount(to) ? input : undefined;
  }
}

/** An Expand to as many elements changes the shape alone, too. */
const reshapes: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Expand']);

function isNothing(x: number): boolean {
  return x === 0;
}
