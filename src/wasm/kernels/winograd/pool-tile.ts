/** Max pooling of a tile of outputs, by windows of two by two. */
import { add, forRange, move } from '../../arithmetic.js';
import { type Local, op } from '../../expression.js';
import { type FunctionReference, takes } from '../../function.js';
import type { ModuleBuilder } from '../../module.js';
import { storeVectors } from '../store-columns.js';
import { alongChannels, loadLanes } from './vectors.js';

type Nine = [Local, Local, Local, Local, Local, Local, Local, Local, Local];

/**
 * Arguments: outputs, where the maxima go, rows and columns of outputs, of which one that is left over counts for nothing, times eight
 * channels, and bytes from row to row and from pixel to pixel: of the outputs, then of the maxima.
 */
export function poolTile(module: ModuleBuilder): FunctionReference {
  return module.shared('pool tile', () =>
    module.function('pool tile', takes(9), (f, ...args) => {
      const [source, target, rows, columns, groups, row, pixel, targetRow, targetPixel] = args as Nine;
      const [from, to] = f.locals(2, 'i32') as [Local, Local];
      forRange(f, 1, rows, 2, () => {
        const [along, into] = [f.local('i32', source), f.local('i32', target)];
        forRange(f, 1, columns, 2, () => {
          f.set(from, along);
          f.set(to, into);
          const others = [pixel, row, add(row, pixel)].map((by) => f.local('i32', add(along, by)));
          alongChannels(f, [from, to, ...others], groups, () => {
            const [first, ...rest] = [from, ...others].map((at) => loadLanes(f, at));
            const maxima = rest.reduce(
              (most, lanes) => most.map((lane, i) => f.local('v128', op('f32x4.max', lane, lanes[i]!))),
              first!,
            );
            storeVectors(f, to, 0, maxima);
          });
          for (let i = 0; i < 2; i++) move(f, along, pixel);
          move(f, into, targetPixel);
        });
        for (let i = 0; i < 2; i++) move(f, source, row);
        move(f, target, targetRow);
      });
    }),
  );
}
