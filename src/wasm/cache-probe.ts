/**
 * How large the second-level cache of a core is, where the system does not tell: whether what was just read is still there after more
 * has been read. Steps from line to line through it, each of which needs the one before, take several times as long where it is not.
 * Compared are times of the same steps in this process: right after, after reading what the larger class holds, and after reading
 * more than any class does. So it does not matter how fast the machine is or how far away its next cache. The fastest of several
 * turns counts: what else runs only ever makes them longer.
 */
import { forRange } from './arithmetic.js';
import { load, op } from './expression.js';
import { ModuleBuilder } from './module.js';
import type { ProcessorClass } from './processor.js';

/** Bytes. */
const line = 64;
const walked = 2 ** 18;
/** With what is walked through, this overflows caches of up to 1.25 MiB, and leaves room in one of 2 MiB for what shares it. */
const within = 1.5 * 2 ** 20;
const beyond = 3 * 2 ** 20;

/** Of the lines. The same steps again would be told from less. */
const steps = 2048;
const leastTurns = 3;
const mostTurns = 8;

/** Shares of lines that are missed: pages collide wherever they lie, so a few always are. Less than `surelyFew` stays so. */
const surelyFew = 1 / 4;
const mostMissed = 1 / 2;
/** Where steps beyond are no slower than that, the cache holds all of it. */
const slower = 2;

/** Nanoseconds of a step: right after the lines were read, and after the larger class's and more bytes were. */
export interface StepTimes {
  readonly near: number;
  readonly within: number;
  readonly beyond: number;
}

interface Walk {
  read(from: number, to: number): void;
  /** @returns where it comes to */
  walk(from: number, steps: number): number;
}

function makeWalk(): Walk {
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
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
  const words = new Int32Array((exports['memory'] as WebAssembly.Memory).buffer);
  // Pages that nobody has written are one and the same to the system.
  words.fill(1);
  // A cycle through all lines by Hull and Dobell (1962): one more than a multiple of four, and an odd number.
  const lines = walked / line;
  for (let i = 0; i < lines; i++) words[(i * line) / 4] = ((i * 1021 + 7) % lines) * line;
  return exports as unknown as Walk;
}

/** In some five milliseconds, half of them to make code and memory. */
export function measureSteps(): StepTimes {
  const { read, walk } = makeWalk();
  let at = 0;
  const timeAfter = (bytes: number): number => {
    read(0, walked + bytes);
    const start = performance.now();
    at = walk(at, steps);
    return ((performance.now() - start) * 1e6) / steps;
  };
  let best: StepTimes = {
    near: Number.POSITIVE_INFINITY,
    within: Number.POSITIVE_INFINITY,
    beyond: Number.POSITIVE_INFINITY,
  };
  for (let turn = 0; turn < mostTurns; turn++) {
    if (turn >= leastTurns && missedShare(best) < surelyFew) break;
    best = {
      near: Math.min(best.near, timeAfter(0)),
      within: Math.min(best.within, timeAfter(within)),
      beyond: Math.min(best.beyond, timeAfter(beyond)),
    };
  }
  return best;
}

/** Of the way from a step that finds its line to one that does not. */
function missedShare({ near, within, beyond }: StepTimes): number {
  return (within - near) / (beyond - near);
}

/** Undefined where the clock is too coarse to tell. */
export function classOfSteps(times: StepTimes): ProcessorClass | undefined {
  if (times.near <= 0) return undefined;
  return times.beyond < slower * times.near || missedShare(times) < mostMissed ? 'cache-2m' : 'cache-1m';
}
