/** The constants of a plan: recipes of how they are packed from the graph's. Equal recipes are one constant. */

import type { Value } from '../../ir/graph.js';
import type { ConstantRecipe, PlanConstant } from '../../plan/execution-plan.js';
import { exactJson } from '../../wasm/exact-json.js';
import { paddedRow, readableAfter } from '../../wasm/kernels/views.js';
import type { Values } from './values.js';

export class PlanConstants {
  readonly list: PlanConstant[] = [];
  private readonly indices = new Map<string, number>();

  constructor(private readonly values: Values) {}

  /** The index of a constant of the plan; equal ones are one. */
  add(floats: number, recipe: ConstantRecipe): number {
    const key = exactJson([floats, recipe]);
    const known = this.indices.get(key);
    if (known !== undefined) return known;
    this.list.push({ key, floats, recipe });
    this.indices.set(key, this.list.length - 1);
    return this.list.length - 1;
  }

  /**
   * Rows of numbers that kernels read as vectors.
   * @param columns elements of `value` in a row
   * @param stride floats from row to row; `readableAfter` floats follow the last
   */
  rows(value: Value, columns: number, stride: number, count = 1): number {
    const literal = this.values.elementsOf(value);
    if (literal !== undefined) {
      const table = new Float32Array(count * stride + readableAfter);
      for (let row = 0; row < count; row++)
        table.set(literal.subarray(row * columns, (row + 1) * columns), row * stride);
      return this.floats(table);
    }
    const recipe = { kind: 'rows', value: value.name, columns, stride } as const;
    return this.add(count * stride + readableAfter, recipe);
  }

  /** One number for each channel. */
  channels(value: Value, count: number): number {
    return this.rows(value, count, paddedRow(count));
  }

  /** A table that the plan carries. */
  bytes(bytes: Uint8Array): number {
    let text = '';
    // Without spreading, which takes bytes one by one.
    for (let i = 0; i < bytes.length; i += 1024)
      text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(i, i + 1024));
    const base64 = btoa(text);
    return this.add(Math.ceil(bytes.length / 4), { kind: 'bytes', base64 });
  }

  /** The elements of an integer constant as they are in its type. */
  words(value: Value, words: number): number {
    return this.add(words, { kind: 'words', value: value.name });
  }

  floats(table: Float32Array): number {
    return this.bytes(new Uint8Array(table.buffer));
  }
}
