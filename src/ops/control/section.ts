/**
 * Section: a part of a graph in a node, for which the compiler waits until a run shows the sizes of what it reads. Only the
 * compiler makes such nodes (compile/section.ts). Its graph captures what it reads, but for rows that are independent of one
 * another: these are inputs, and there are more of them in a run than were given, so that few numbers of rows come up.
 */

import { tensorType } from '../../ir/shape.js';
import { elementCount, Tensor, type TensorData } from '../../ir/tensor.js';
import type { PacedRun } from '../../limits/steps.js';
import { graph, ints } from '../attributes.js';
import { allocateChecked } from '../creation/target-shape.js';
import { defineOperator, type ReferenceContext } from '../operator.js';
import { registerOperators } from '../registry.js';
import { variadic } from '../signature.js';
import { anyType } from '../type-set.js';

const attributes = {
  body: graph().required(),
  /** Of axes with rows: the value's index, the axis, and which of the numbers of rows it has, one after another. */
  input_rows: ints([]),
  output_rows: ints([]),
};

const leastRows = 16;

/** The number of rows that a section is run with: a power of two. */
export function roundedRows(count: number): number {
  let rows = leastRows;
  while (rows < count) rows *= 2;
  return rows;
}

/** The tensor with another size along an axis: without its last positions, or with the last one as often as it takes. */
function withSize({ type, dims, data }: Tensor, axis: number, size: number): Tensor {
  const old = dims[axis]!;
  const onto = dims.map((length, i) => (i === axis ? size : length));
  const [outer, inner] = [elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis + 1))];
  const made = allocateChecked(type, onto);
  for (let slice = 0; slice < outer; slice++) {
    const kept = Math.min(old, size);
    copy(data, slice * old * inner, kept * inner, made, slice * size * inner);
    for (let i = kept; i < size; i++)
      copy(data, ((slice + 1) * old - 1) * inner, inner, made, (slice * size + i) * inner);
  }
  return new Tensor(type, onto, made);
}

function copy(from: TensorData, start: number, count: number, to: TensorData, at: number): void {
  if (Array.isArray(from)) for (let i = 0; i < count; i++) (to as string[])[at + i] = from[start + i]!;
  else (to as Uint8Array).set((from as Uint8Array).subarray(start, start + count), at);
}

function eachAxis(list: readonly number[], act: (value: number, axis: number, rows: number) => void): void {
  for (let i = 0; i < list.length; i += 3) act(list[i]!, list[i + 1]!, list[i + 2]!);
}

type Attributes = { readonly [K in 'input_rows' | 'output_rows']: readonly number[] } & {
  readonly body: Parameters<ReferenceContext<unknown>['runGraph']>[0];
};

function* onRows({ attributes, inputs, runGraph }: ReferenceContext<Attributes>): PacedRun<readonly Tensor[]> {
  const { body, input_rows, output_rows } = attributes;
  const fed = inputs.map((tensor) => tensor!);
  const counts = new Map<number, number>();
  eachAxis(input_rows, (value, axis, rows) => counts.set(rows, fed[value]!.dims[axis]!));
  // Of no row there is none to repeat.
  if ([...counts.values()].includes(0)) return yield* runGraph(body, fed);
  eachAxis(input_rows, (value, axis) => {
    const rows = roundedRows(fed[value]!.dims[axis]!);
    if (rows !== fed[value]!.dims[axis]) fed[value] = withSize(fed[value]!, axis, rows);
  });
  const made = [...(yield* runGraph(body, fed))];
  eachAxis(output_rows, (value, axis, rows) => {
    const count = counts.get(rows)!;
    if (made[value]!.dims[axis] !== count) made[value] = withSize(made[value]!, axis, count);
  });
  return made;
}

export const section = defineOperator({
  name: 'Section',
  domain: 'unstride',
  versions: [1],
  inputs: [variadic('rows', 'R', { isMixed: true, least: 0 })],
  outputs: [variadic('outputs', 'V', { isMixed: true })],
  types: { R: anyType, V: anyType },
  attributes,
  infer: (context) =>
    context
      .inferGraph(
        context.attributes.body,
        context.inputs.map((type) => ({ type })),
      )
      .map(({ type }) => type ?? tensorType(undefined, undefined)),
  reference: (context) => onRows(context),
  bodies: ({ attributes: { body }, inputs }) => [
    {
      attribute: 'body',
      graph: body,
      inputs: inputs.map((type) => type ?? tensorType(undefined, undefined)),
      repeats: false,
      states: [],
      isTrue: [],
    },
  ],
});

// Nodes of it are in no file, so that it is not among the operators that models are read with.
registerOperators([section]);
