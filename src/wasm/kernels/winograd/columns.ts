/**
 * Winograd's filtering of few tiles in one kernel: a thread transforms all inputs, in scratch of its own, and then makes whole panels of
 * columns, whose sums stay in the nearest caches. Threads neither meet between the transforms and the products, nor read from one
 * another more than the inputs. The bits are those of the other forms.
 */
import { add, forRange, minimum, multiply, repeat } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { call, type Local, type Operand, op } from '../../expression.js';
import { panelsOf } from '../convolution.js';
import type { Kernel, KernelTarget } from '../kernel.js';
import { callSized } from '../sized.js';
import { panelsTogether, placesOf, unitProducts, type WinogradColumnsParams } from './columns-scratch.js';
import { inputTransform } from './input-transform.js';
import { outputTransform } from './output-transform.js';
import type { panelProducts } from './panel-products.js';
import { winogradProducts } from './products.js';
import { filtersOf, stepTiling, type Tiling } from './tiling.js';

let productsOfRaw: typeof panelProducts;

/** Products from weights that are not transformed beforehand come with a group of their own. */
export function registerRawProducts(products: typeof panelProducts): void {
  productsOfRaw = products;
}

/** Arguments: input, weights, bias, output, operands..., scratch (`columnsScratch`). Units are one or two panels. */
export function winogradColumns(target: KernelTarget, given: WinogradColumnsParams): Kernel {
  const { module } = target;
  const { isRaw, pieces } = given;
  const products = unitProducts(given);
  const together = panelsTogether(given);
  const unitColumns = together * products.tile.columns;
  const panels = panelsOf(products.columns, products.tile);
  const units = Math.ceil(panels.length / together);
  const lastPanels = panels.slice((units - 1) * together);
  const { points } = filtersOf(products.filter);
  const places = placesOf(given);
  const tilings = pieces.map(({ params }) => stepTiling({ ...params, sumColumns: unitColumns }));
  const [{ operandCount }] = tilings as [Tiling];
  const multiplied = isRaw ? productsOfRaw(target, products) : winogradProducts(target, products);
  const key = exactJson(given);
  const paramsOf = (count: number) => Array.from({ length: count }, () => 'i32' as const);
  const prepare = () =>
    module.function(
      'winograd inputs of a thread',
      { params: paramsOf(5 + operandCount), results: [] },
      (f, ...args) => {
        const [input, scratch] = [args[0]!, args.at(-1)!];
        for (const [i, tiling] of tilings.entries()) {
          const from = add(input, pieces[i]!.input * 4);
          const to = add(scratch, (places.transformed + pieces[i]!.first * tiling.inputs.tile) * 4);
          f.run(callSized(inputTransform(target, tiling, false), from, to, scratch, 0, tiling.tiles, 0));
        }
      },
    );
  const emit = () => {
    /** The outputs of a unit of so many columns. */
    const transforms = (columns: number, writable: number) =>
      tilings.map((tiling) =>
        outputTransform(target, { ...tiling, sumColumns: columns, params: { ...tiling.params, writable } }),
      );
    const whole = units > 1 ? transforms(unitColumns, unitColumns) : [];
    const final = transforms(
      lastPanels.reduce((sum, { columns }) => sum + columns, 0),
      pieces[0]!.params.writable - lastPanels[0]!.first,
    );
    const type = { params: paramsOf(7 + operandCount), results: [] };
    const name = `winograd columns ${products.channels}x${products.columns}`;
    return module.function(name, type, (f, ...args) => {
      const [, weights, bias, output] = args as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const [scratch, begin, end] = args.slice(4 + operandCount) as [Local, Local, Local];
      const transformed = f.local('i32', add(scratch, places.transformed * 4));
      const sums = f.local('i32', add(scratch, places.sums * 4));
      forRange(f, begin, end, 1, (unit) => {
        const shift = f.local('i32', multiply(unit, unitColumns * 4));
        // The products add it again.
        const into = f.local('i32', op('i32.sub', sums, shift));
        const multiplyUnits = (first: Local, until: Operand) =>
          f.run(
            call(
              multiplied.function,
              ...[transformed, weights, into, ...(isRaw ? [add(scratch, places.raw * 4)] : []), first, until],
            ),
          );
        if (isRaw) multiplyUnits(unit, add(unit, 1));
        else {
          const first = f.local('i32', multiply(unit, together));
          const count = minimum(f, op('i32.sub', panels.length, first), together);
          repeat(f, points, () => {
            multiplyUnits(first, add(first, count));
            f.increase(first, panels.length);
          });
        }
        const finish = (functions: typeof whole) => {
          for (const [i, { first, output: at, operands: others }] of pieces.entries()) {
            const tiling = tilings[i]!;
            const pointers = [
              add(sums, first * tiling.sums.tile * 4),
              add(bias, shift),
              add(output, shift, at * 4),
              ...operands.map((operand, k) => add(operand, shift, others[k]! * 4)),
            ];
            f.run(callSized(functions[i]!, ...pointers, scratch, 0, tiling.tiles, 0));
          }
        };
        if (units === 1) finish(final);
        else
          f.if(
            op('i32.eq', unit, units - 1),
            () => finish(final),
            () => finish(whole),
          );
      });
    });
  };
  return {
    function: module.shared(`winograd columns ${key}`, emit),
    prepare: module.shared(`winograd inputs of a thread ${key}`, prepare),
    units,
    operations: multiplied.operations,
  };
}
