/** Joins items along the batch for a run, and splits results again. */

import { printable } from '../../../diagnostics/printable.js';
import { type Dim, symbolNameOf, symbolsOf } from '../../../ir/dim.js';
import { declaredShape, type Graph, type Value } from '../../../ir/graph.js';
import { formatShape, type Shape } from '../../../ir/shape.js';
import { allocate, elementCount, Tensor, type TensorData } from '../../../ir/tensor.js';
import { UsageError } from '../../usage.js';

type Feeds = ReadonlyMap<string, Tensor>;

/** The inputs that have the batch as their first axis; the others are the same for all items of a batch. */
export type BatchedInputs = ReadonlySet<string>;

/**
 * The batched inputs of a network with an open batch: the first axis of the items' inputs is a separate symbol, which
 * is also the first axis of each output.
 * @param many inputs that differ from item to item
 * @throws UsageError with the reason if the batch is not open
 */
export function batchedInputs(
  graph: Graph,
  many: readonly string[],
  dims: ReadonlyMap<string, number>,
  shapeOf: (output: Value) => Shape | undefined,
): BatchedInputs {
  const refuse = (reason: string): never => {
    throw new UsageError(`--batch cannot be used: ${printable(reason)}`, 'without it, items are run one by one');
  };
  const first = graph.inputs.find(({ name }) => many.includes(name));
  const symbol = first === undefined ? undefined : symbolNameOf(declaredShape(first)?.[0]);
  if (first === undefined || symbol === undefined) {
    return refuse(
      `the batch of the input '${first?.name ?? ''}' is not open, its shape is ${formatShape(first && declaredShape(first))}`,
    );
  }
  if (dims.has(symbol)) return refuse(`--dim fixes the batch, ${symbol} = ${dims.get(symbol)}`);
  const batched = new Set<string>();
  for (const input of graph.inputs) {
    const shape = declaredShape(input);
    if (symbolNameOf(shape?.[0]) === symbol && shape!.slice(1).every((dim) => !mentions(dim, symbol))) {
      batched.add(input.name);
    } else if (many.includes(input.name) || shape === undefined || shape.some((dim) => mentions(dim, symbol))) {
      return refuse(`the batch ${symbol} is not the first axis of the input '${input.name}', ${formatShape(shape)}`);
    }
  }
  for (const output of graph.outputs) {
    const shape = shapeOf(output);
    if (symbolNameOf(shape?.[0]) !== symbol || shape!.slice(1).some((dim) => mentions(dim, symbol))) {
      return refuse(`the batch ${symbol} is not the first axis of the output '${output.name}', ${formatShape(shape)}`);
    }
  }
  return batched;
}

/** Items whose feeds have equal keys may be joined. */
export function batchKey(feeds: Feeds): string {
  return [...feeds].map(([name, { type, dims }]) => `${name}:${type}[${dims.join()}]`).join(' ');
}

/** One set of feeds for all items: batched inputs are concatenated, others are taken from the first item. */
export function joinFeeds(items: readonly Feeds[], batched: BatchedInputs): Feeds {
  const [first] = items;
  if (first === undefined) throw new RangeError('there is nothing to join');
  if (items.length === 1) return first;
  return new Map(
    [...first].map(([name, tensor]) => [
      name,
      batched.has(name) ? joinTensors(items.map((feeds) => feeds.get(name)!)) : tensor,
    ]),
  );
}

/** Concatenates along the first axis; other axes are equal. */
export function joinTensors(parts: readonly Tensor[]): Tensor {
  if (parts.length === 1) return parts[0]!;
  const { type, dims } = parts[0]!;
  const all = [parts.reduce((sum, part) => sum + part.dims[0]!, 0), ...dims.slice(1)];
  const data = allocate(type, elementCount(all));
  let at = 0;
  for (const part of parts) {
    copy(part.data, data, at);
    at += part.size;
  }
  return new Tensor(type, all, data);
}

function copy(from: TensorData, to: TensorData, at: number): void {
  if (Array.isArray(to)) for (const [i, text] of (from as string[]).entries()) to[at + i] = text;
  else (to as Uint8Array).set(from as Uint8Array, at);
}

/** The outputs of each of `count` items of equal batches. */
export function partOutputs(outputs: Feeds, count: number): Feeds[] {
  if (count === 1) return [outputs];
  return Array.from(
    { length: count },
    (_, i) =>
      new Map(
        [...outputs].map(([name, { type, dims, data, size }]) => {
          const length = size / count;
          const part = data.slice(i * length, (i + 1) * length);
          return [name, new Tensor(type, [dims[0]! / count, ...dims.slice(1)], part)];
        }),
      ),
  );
}

function mentions(dim: Dim, symbol: string): boolean {
  return symbolsOf(dim).has(symbol);
}
