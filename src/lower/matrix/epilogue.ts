/** The epilogue of a matrix product: the elementwise nodes that follow, and what they read beside the sums. */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { cost, type Elementwise } from '../../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from '../context/context.js';
import type { RowMajorTensor } from '../context/tensor.js';
import { type ChainStart, epilogueOf } from '../elementwise/chain.js';
import { isNumber, numberRow } from '../elementwise/operands.js';
import { settled } from '../elementwise/quantized-part.js';

/** The result of a product: matrices of `rows` rows, one after another. */
export interface ProductResult {
  readonly value: Value;
  readonly rows: number;
  readonly columns: number;
  /** Whether it is one matrix: then a tensor of the same size has the same strides. */
  readonly isOne: boolean;
  /** Whether it is some columns of a product, with which elementwise nodes may join the others. */
  readonly isPart?: boolean;
}

/** Instructions from which on a loop of its own is faster than an epilogue that reads a tensor as large as the result. */
const costly = 20;

export interface ProductEpilogue {
  readonly tree: Elementwise;
  readonly nodes: readonly Node[];
  readonly output: Value;
  readonly operands: readonly RowMajorTensor[];
  /** The operands' strides from row to row; 0 where one row serves all. */
  readonly rowStrides: readonly number[];
}

export function isRow(dims: readonly number[], columns: number): boolean {
  return dims.at(-1) === columns && elementCount(dims) === columns;
}

/** Whether it is neither one number nor one row. */
function isWhole(dims: readonly number[], columns: number): boolean {
  return !isNumber(dims) && !isRow(dims, columns);
}

/** Whether an epilogue can read a value of `dims`: as large as the result, one row, or one number. */
export function isProductOperand(dims: readonly number[], { rows, columns, isOne }: ProductResult): boolean {
  return isNumber(dims) || isRow(dims, columns) || (isOne && elementCount(dims) === rows * columns);
}

/** @param start what the sums themselves are to be */
export function productEpilogue(
  context: LoweringContext,
  result: ProductResult,
  start: ChainStart | undefined,
): ProductEpilogue | undefined {
  const { value, columns } = result;
  const onto = context.values.dims(value)!;
  const longest = epilogueOf(context, value, {
    accepts: (_value, dims) => onto.at(-1) === columns && dims.length <= onto.length && isProductOperand(dims, result),
    maxInputs: 4,
    start,
  });
  const joins = longest?.inputs.some((each) => each !== undefined && isWhole(context.values.dims(each)!, columns));
  const isLeft = result.isPart && joins && cost(longest!.tree) >= costly;
  const alone = start && { ...start, inputs: [undefined, ...start.inputs], nodes: [], output: value };
  const chain = isLeft ? alone : longest;
  if (chain === undefined) return undefined;
  const values = chain.inputs.filter((input) => input !== undefined);
  const isSame = values.map((operand) => {
    return !isWhole(context.values.dims(operand)!, columns);
  });
  const { tree, nodes, output } = settled(context, chain);
  return {
    tree,
    nodes,
    output,
    operands: values.map((operand) =>
      columns > 1 && isNumber(context.values.dims(operand)!)
        ? numberRow(context, operand, columns)
        : context.tensors.rowMajor(operand),
    ),
    rowStrides: isSame.map((same) => (same ? 0 : columns)),
  };
}
