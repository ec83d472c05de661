/**
 * Products whose columns a Split divides: each part is a product of its own, so that nothing is copied, and elementwise nodes that
 * join parts are the epilogue of the last one, or a loop where they take longer. GEGLU (Shazeer, "GLU Variants Improve Transformer",
 * 2020) is x · gelu(gate), both halves of one product.
 */
import type { Node, Value } from '../../ir/graph.js';
import { normalizeAxis } from '../../ops/arguments.js';
import { boundAs } from '../../ops/bind.js';
import { arithmetic } from '../../ops/elementwise/arithmetic.js';
import { splitting } from '../../ops/movement/split.js';
import { binary, type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from '../context/context.js';
import { isRow } from './epilogue.js';
import type { Finish } from './product.js';
import { onlyReader } from './scores.js';

export interface ColumnPart {
  readonly result: Value;
  readonly first: number;
  readonly columns: number;
  /** Adds the part of the constant row that is added to the product. */
  readonly finish: Finish | undefined;
}

export interface ColumnParts {
  /** An Add of a constant row, and the Split. */
  readonly nodes: readonly Node[];
  readonly parts: readonly ColumnPart[];
}

/** Parts have whole vectors, so that no more columns are computed than for all together. */
const vectorColumns = 8;

/** The parts of a product with a constant matrix; undefined where none are, or where they lie in one piece anyway. */
export function columnParts(
  context: LoweringContext,
  product: Value,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): ColumnParts | undefined {
  if (rows === 1) return undefined;
  const sum = biasedSum(context, product, columns);
  const value = sum?.value ?? product;
  const split = onlyReader(context, value);
  const bound = split && boundAs(splitting.Split, split);
  const rank = context.values.dims(value)!.length;
  if (split === undefined || bound?.inputs.input !== value) return undefined;
  if (normalizeAxis(bound.attributes.axis, rank) !== rank - 1) return undefined;
  const parts: ColumnPart[] = [];
  let first = 0;
  for (const result of split.outputs) {
    const own = context.values.floatDims(result)?.at(-1);
    if (result === undefined || own === undefined || own % vectorColumns !== 0) return undefined;
    const numbers = sum?.bias.slice(first, first + own);
    const bias = numbers && context.values.literal(`${result.name} bias`, [own], numbers);
    const finish = bias && ((total: Elementwise) => ({ tree: binary('add', total, input(1)), inputs: [bias] }));
    parts.push({ result, first, columns: own, finish });
    first += own;
  }
  return { nodes: [...(sum === undefined ? [] : [sum.node]), split], parts };
}

/** The Add of a constant row that alone reads a product. */
function biasedSum(context: LoweringContext, product: Value, columns: number) {
  const node = onlyReader(context, product);
  const inputs = node && boundAs(arithmetic.Add, node)?.inputs;
  if (node === undefined || inputs === undefined) return undefined;
  const row = inputs.A === product ? inputs.B : inputs.A;
  const constant = context.values.constant(row);
  if (constant?.type !== 'float32' || !isRow(constant.dims, columns)) return undefined;
  const value = node.outputs[0];
  if (value === undefined || context.values.dims(value)?.length !== context.values.dims(product)!.length)
    return undefined;
  return { node, value, bias: constant.load().data as Float32Array };
}
