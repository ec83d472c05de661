/** Where threads wait for one another: they count arrivals, look for a while, and then sleep. */
import { call, load, memoryOp, type Operand, op } from '../wasm/expression.js';
import type { FunctionReference } from '../wasm/function.js';
import type { ModuleBuilder } from '../wasm/module.js';
import { control, ringHops, runStatus } from './control.js';

/** How often a thread looks before it sleeps: some 150 microseconds, four times what waking it takes. */
const looks = 1 << 16;
const napNanoseconds = 50_000_000n;
/**
 * Naps in which nobody arrives, after which a thread gives up: half a minute. The others must be dead. After each the host is
 * asked, who knows of most deaths at once.
 */
const mostNaps = 600;
/** The same for a thread that may not sleep, in rounds of `looks`. */
const mostRounds = 1 << 17;

export interface Barrier {
  /** (arrivals to wait for) counts this thread; it does not wait. */
  readonly arrive: FunctionReference;
  /** (arrivals to wait for, whether the thread may sleep, whether it may give up) → status; counts this thread. */
  readonly meet: FunctionReference;
}

function word(address: number): Operand {
  return load('i32.atomic.load', 0, address);
}

/** @param alive whether all threads are there, as far as the host knows: () → i32 */
export function emitBarrier(module: ModuleBuilder, alive: FunctionReference): Barrier {
  const arrive = module.function('arrive', { params: ['i32'], results: [] }, (f, target) => {
    const before = f.local('i32', memoryOp('i32.atomic.rmw.add', control.arrived, 0, 1));
    f.if(op('i32.eq', op('i32.add', before, 1), target!), () => {
      // A sleeper counts itself before it compares the arrivals, and this follows the arrival: one of them sees the other.
      f.if(word(control.sleepers), () => f.drop(memoryOp('memory.atomic.notify', control.arrived, 0, -1)));
    });
  });
  const meet = module.function('meet', { params: ['i32', 'i32', 'i32'], results: ['i32'] }, (f, ...params) => {
    const [target, maySleep, mayGiveUp] = params as [Operand, Operand, Operand];
    f.run(call(arrive, target));
    const left = f.local('i32');
    const idle = f.local('i32');
    const leaveWhenDone = () => {
      f.if(op('i32.ge_s', word(control.arrived), target), () => f.return(runStatus.complete));
      f.if(word(control.stop), () => f.return(runStatus.stopped));
    };
    f.loop((round) => {
      f.set(left, looks);
      f.loop((again) => {
        leaveWhenDone();
        f.increase(left, -1);
        f.brIf(again, left);
      });
      f.if(op('i32.eqz', maySleep), () => {
        f.increase(idle, 1);
        f.brIf(round, op('i32.eqz', mayGiveUp));
        f.brIf(round, op('i32.lt_s', idle, mostRounds));
        f.return(runStatus.stalled);
      });
    });
    const seen = f.local('i32');
    const woken = f.local('i32');
    f.drop(memoryOp('i32.atomic.rmw.add', control.sleepers, 0, 1));
    f.loop((again) => {
      f.set(seen, word(control.arrived));
      f.block((awake) => {
        f.brIf(awake, op('i32.ge_s', seen, target));
        f.brIf(awake, word(control.stop));
        f.set(woken, memoryOp('memory.atomic.wait32', control.arrived, 0, seen, napNanoseconds));
        // 2 is the end of the time.
        f.if(
          op('i32.eq', woken, 2),
          () => {
            f.increase(idle, 1);
            f.if(mayGiveUp, () => f.if(op('i32.eqz', call(alive)), () => f.set(idle, mostNaps)));
          },
          () => f.set(idle, 0),
        );
        f.brIf(again, op('i32.or', op('i32.eqz', mayGiveUp), op('i32.lt_s', idle, mostNaps)));
      });
    });
    f.drop(memoryOp('i32.atomic.rmw.sub', control.sleepers, 0, 1));
    leaveWhenDone();
    f.return(runStatus.stalled);
  });
  return { arrive, meet };
}

/** (thread, threads): the word goes from thread to thread; whoever waits for long leaves. */
export function emitRing(module: ModuleBuilder): FunctionReference {
  return module.function('ring', { params: ['i32', 'i32'], results: [] }, (f, thread, threads) => {
    const at = f.local('i32', thread);
    const left = f.local('i32');
    f.block((done) => {
      f.loop((next) => {
        f.brIf(done, op('i32.ge_s', at, ringHops));
        f.set(left, looks);
        f.loop((again) => {
          f.increase(left, -1);
          f.brIf(done, op('i32.eqz', left));
          f.brIf(again, op('i32.lt_s', word(control.ring), at));
        });
        f.drop(memoryOp('i32.atomic.rmw.add', control.ring, 0, 1));
        f.set(at, op('i32.add', at, threads!));
        f.br(next);
      });
    });
  });
}
