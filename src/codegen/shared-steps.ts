/** Steps that threads share: how each of them takes units. */
import { add, forRange, minimum, multiply } from '../wasm/arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../wasm/expression.js';
import type { FunctionBuilder } from '../wasm/function.js';
import type { Kernel } from '../wasm/kernels/kernel.js';
import { control } from './control.js';
import { cacheLine, type EmitCall } from './step-call.js';

/**
 * How a thread's part of a step is cut: into many pieces, so that others can help at the end, but none with so few operations
 * that taking a piece costs more than it is worth. The second entry is for long steps.
 */
const pieceSizes = [
  { piecesOfThread: 12, leastOperations: 50_000 },
  { piecesOfThread: 48, leastOperations: 1_000_000 },
] as const;

/**
 * Each thread has a part of the units, from which it takes pieces; then it helps the others with theirs. So a thread mostly
 * reads what it wrote in the step before, and nobody waits for a thread that the machine holds up.
 */
export function emitSharing(
  f: FunctionBuilder,
  { units, operations, prepare }: Pick<Kernel, 'units' | 'operations' | 'prepare'>,
  { threads, thread, counters }: { readonly threads: number; readonly thread: Local; readonly counters: Operand },
  emitCall: EmitCall,
): void {
  const pieces = pieceCount(operations, threads);
  const piece = Math.max(1, Math.floor(units / pieces));
  const isPrepared = prepare && f.local('i32', 0);
  const part = f.local('i32', thread);
  const first = f.local('i32', counters);
  forRange(f, 0, threads, 1, () => {
    // The part's units, as equal to the others' as can be.
    const start = f.local('i32', share(part, units, threads));
    const end = f.local('i32', share(add(part, 1), units, threads));
    const counter = f.local('i32', add(first, multiply(part, cacheLine)));
    const begin = f.local('i32');
    f.block((done) => {
      f.loop((again) => {
        // Looking is cheaper than taking, and most parts are done when helpers come.
        f.brIf(done, op('i32.ge_s', add(start, load('i32.atomic.load', counter)), end));
        f.set(begin, add(start, memoryOp('i32.atomic.rmw.add', 0, counter, piece)));
        f.brIf(done, op('i32.ge_s', begin, end));
        if (isPrepared !== undefined) {
          f.if(op('i32.eqz', isPrepared), () => {
            emitCall.prepare();
            f.set(isPrepared, 1);
          });
        }
        f.run(emitCall.units(begin, minimum(f, add(begin, piece), end)));
        f.brIf(done, load('i32.atomic.load', 0, control.stop));
        f.br(again);
      });
    });
    f.increase(part, 1);
    f.if(op('i32.eq', part, threads), () => f.set(part, 0));
  });
}

/** Steps without operations, such as copies, take an unknown time. */
function pieceCount(work: number, threads: number): number {
  if (work === 0) return threads * pieceSizes[0].piecesOfThread;
  const counts = pieceSizes.map(({ piecesOfThread, leastOperations }) =>
    Math.min(threads * piecesOfThread, Math.max(threads, Math.ceil(work / leastOperations))),
  );
  return Math.max(...counts);
}

/** floor(part * units / threads), without overflow. */
function share(part: Operand, units: number, threads: number): Operand {
  const whole = Math.floor(units / threads);
  const rest = units % threads;
  const product = multiply(part, whole);
  return rest === 0 ? product : add(product, op('i32.div_u', multiply(part, rest), threads));
}
