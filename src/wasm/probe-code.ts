/**
 * Code that the engine and the processor are tried with. Builds have what it comes to in its place, so that a page can try both before
 * what emits code is there.
 */
import { forRange } from './arithmetic.js';
import { load, op } from './expression.js';
import { ModuleBuilder } from './module.js';
import { trialOnce } from './trial.js';

/** Bytes of a line of the caches, and of what steps lead through and is read beside it. */
export const line = 64;
export const walked = 2 ** 18;
export const beyond = 3 * 2 ** 20;

export const fmaTrial = trialOnce('fma');

export const walkCode = emitWalk();

function emitWalk(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.memory({ initial: (walked + beyond) / 2 ** 16 });
  const read = module.function('read', { params: ['i32', 'i32'], results: ['i32'] }, (f, from, to) => {
    const [at, sum] = [f.local('i32', from), f.local('i32', 0)];
    f.loop((again) => {
      for (let i = 0; i < 4; i++) f.set(sum, op('i32.add', sum, load('i32.load', at, i * line)));
      f.increase(at, 4 * line);
      f.brIf(again, op('i32.lt_u', at, to));
    });
    f.getLocal(sum);
  });
  const walk = module.function('walk', { params: ['i32', 'i32'], results: ['i32'] }, (f, from, count) => {
    const at = f.local('i32', from);
    forRange(f, 0, count, 16, () => {
      for (let i = 0; i < 16; i++) f.set(at, load('i32.load', at));
    });
    f.getLocal(at);
  });
  module.export(read, 'read');
  module.export(walk, 'walk');
  return module.toBytes();
}
