/** Resize and Upsample of the spatial axes: tables of taps, which the operators' own rules fill. */
import type { Node } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { resizeTables } from '../ops/resampling/resize.js';
import type { AxisTaps } from '../ops/resampling/resize-tensor.js';
import { upsampleTables } from '../ops/resampling/upsample.js';
import { type ResampleTap, resampleTable } from '../wasm/kernels/resample.js';
import type { LoweringContext } from './context.js';
import { type Lowering, unknownShapes } from './lowering.js';
import { innerSize } from './tensor.js';

function lowerTables(tablesOf: typeof resizeTables): Lowering {
  return (context, node) => {
    const dims = context.floatDims(node.inputs[0]);
    const onto = context.floatDims(node.outputs[0]);
    if (dims === undefined || onto === undefined) return unknownShapes;
    if (innerSize(dims) === undefined || dims.length < 3) return 'another rank than 3 and 4';
    const tables = tablesOf(node, dims, (i) => context.numbers(node.inputs[i]));
    if (tables === undefined) return 'scales that are computed, or a mode that no table has';
    if (tables.slice(0, 2).some(({ outputs, isIdentity }, axis) => !isIdentity || outputs.length !== dims[axis])) {
      return 'batch or channels that are resized';
    }
    addResample(context, node, tables.slice(2));
    return undefined;
  };
}

export const lowerResize: Lowering = lowerTables(resizeTables);
export const lowerUpsample: Lowering = lowerTables(upsampleTables);

const identity: readonly ResampleTap[][] = [[{ position: 0, weight: 1 }]];

/** Reads the pixels that the taps name, in rows and columns. */
export function addResample(context: LoweringContext, node: Node, tables: readonly Pick<AxisTaps, 'outputs'>[]): void {
  const input = context.inner(node.inputs[0]!);
  const output = context.makeInner(node.outputs[0]!);
  const [rows, columns] =
    tables.length === 2 ? [tables[0]!.outputs, tables[1]!.outputs] : [identity, tables[0]!.outputs];
  const taps = [rows[0]!.length, columns[0]!.length] as const;
  const operations = elementCount(context.dims(node.outputs[0])!) * (taps[0] * taps[1] + taps[0]) * 2;
  context.add({
    kind: 'kernel',
    algorithm: `resample ${taps[0]}x${taps[1]} taps`,
    nodes: [node],
    reads: [input],
    writes: [output],
    operations,
    build: (places) => {
      const view = places.view(input);
      const tableOf = (outputs: typeof rows, stride: number) => context.planBytes(resampleTable(outputs, stride));
      return {
        kernel: { name: 'resample', params: { input: view, output: places.view(output), taps } },
        pointers: [
          { tensor: input },
          { tensor: output },
          { constant: tableOf(rows, view.rowStride) },
          { constant: tableOf(columns, view.pixelStride) },
        ],
      };
    },
  });
}
