import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floats, forRange, integers, repeat } from '../../src/wasm/arithmetic.js';
import {
  call,
  type Expression,
  f32x4Const,
  type Local,
  load,
  memoryCopy,
  memoryFill,
  memoryLaneOp,
  memoryOp,
  type Operand,
  op,
  select,
  shuffle32,
} from '../../src/wasm/expression.js';
import { AssemblyError, type FunctionBuilder } from '../../src/wasm/function.js';
import { ModuleBuilder } from '../../src/wasm/module.js';
import {
  type MemoryLaneOperation,
  type MemoryOperation,
  memoryLaneOperations,
  memoryOperations,
  type Operation,
  type PlainOperation,
  plainOperations,
  type ValueType,
} from '../../src/wasm/operations.js';
import { readModule } from './wabt.js';

/** An instance of a module of one function `f` and a memory of one page. */
function instantiate(
  params: readonly ValueType[],
  results: readonly ValueType[],
  body: (f: FunctionBuilder, ...params: Local[]) => void,
) {
  const module = new ModuleBuilder();
  module.memory({ initial: 1 });
  module.export(module.function('f', { params, results }, body));
  const bytes = module.toBytes();
  readModule(bytes);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return exports as unknown as { f: (...values: (number | bigint)[]) => number; memory: WebAssembly.Memory };
}

/** A lane of a vector, by way of memory at 0. */
function pushLane(f: FunctionBuilder, vector: Local, lane: number): void {
  f.run(memoryOp('v128.store', 0, 0, vector));
  f.push(load('f32.load', 0, lane * 4), 'f32');
}

type Few = [Operand?, Operand?, Operand?];

describe('the instructions', () => {
  // wabt reads the codes and prints the names: neither can be wrong in the same way here and there.
  const everything: [Operation, (operands: Operand[]) => Expression][] = [
    ...[...plainOperations].map(([name, operation]): [Operation, (operands: Operand[]) => Expression] => [
      operation,
      (operands) => op(name as PlainOperation, ...(operands as Few)),
    ]),
    ...[...memoryOperations].map(([name, operation]): [Operation, (operands: Operand[]) => Expression] => [
      operation,
      (operands) => memoryOp(name as MemoryOperation, 48, ...(operands as [Operand, Operand?, Operand?])),
    ]),
    ...[...memoryLaneOperations].map(([name, operation]): [Operation, (operands: Operand[]) => Expression] => [
      operation,
      (operands) =>
        memoryLaneOp(name as MemoryLaneOperation, 48, 16 / operation.size - 1, ...(operands as [Operand, Operand])),
    ]),
  ];

  it('are those that wabt reads, with the operands and results stated', () => {
    const module = new ModuleBuilder();
    module.importMemory('host', 'memory', { initial: 1, maximum: 2, shared: true });
    for (const [operation, build] of everything) {
      const { pops: params, pushes: results } = operation;
      module.function(operation.name, { params, results }, (f, ...operands) => build(operands).emit(f));
    }
    const lines = readModule(module.toBytes()).split('\n');
    const names = lines.filter((line) => line.startsWith('    ') && !line.includes('local.get'));
    const printed = names.map((line) => line.trim().split(' ')[0]!.replace(/\)+$/, ''));
    expect(printed).toEqual(everything.map(([{ name }]) => name));
  });

  it('compile in the engine, as far as it has them', () => {
    const hasRelaxed = WebAssembly.validate(relaxedProbe());
    const module = new ModuleBuilder();
    module.importMemory('host', 'memory', { initial: 1, maximum: 2, shared: true });
    for (const [operation, build] of everything) {
      if (!hasRelaxed && operation.name.includes('relaxed')) continue;
      const { pops: params, pushes: results } = operation;
      module.function(operation.name, { params, results }, (f, ...operands) => build(operands).emit(f));
    }
    expect(WebAssembly.validate(module.toBytes())).toBe(true);
  });
});

function relaxedProbe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.function('f', { params: ['v128'], results: ['v128'] }, (f, v) => op('f32x4.relaxed_madd', v, v, v).emit(f));
  return module.toBytes();
}

type Random = { readonly wasm: Operand; readonly value: (x: number, y: number) => number };

const { int } = fc.letrec<{ int: Random }>((tie) => ({
  int: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer().map((n): Random => ({ wasm: n, value: () => n })),
    fc.constantFrom<Random>(
      { wasm: { local: 0, type: 'i32' }, value: (x) => x },
      { wasm: { local: 1, type: 'i32' }, value: (_, y) => y },
    ),
    fc
      .tuple(
        fc.constantFrom<[PlainOperation, (a: number, b: number) => number]>(
          ['i32.add', (a, b) => (a + b) | 0],
          ['i32.sub', (a, b) => (a - b) | 0],
          ['i32.mul', (a, b) => Math.imul(a, b)],
          ['i32.and', (a, b) => a & b],
          ['i32.or', (a, b) => a | b],
          ['i32.shl', (a, b) => a << b],
          ['i32.lt_s', (a, b) => Number(a < b)],
          ['i32.lt_u', (a, b) => Number(a >>> 0 < b >>> 0)],
          ['i32.ge_s', (a, b) => Number(a >= b)],
          ['i32.eq', (a, b) => Number(a === b)],
        ),
        tie('int'),
        tie('int'),
      )
      .map(
        ([[name, value], a, b]): Random => ({
          wasm: op(name, a.wasm, b.wasm),
          value: (x, y) => value(a.value(x, y), b.value(x, y)),
        }),
      ),
    fc.tuple(tie('int'), tie('int'), tie('int')).map(
      ([a, b, condition]): Random => ({
        wasm: select('i32', a.wasm, b.wasm, condition.wasm),
        value: (x, y) => (condition.value(x, y) !== 0 ? a.value(x, y) : b.value(x, y)),
      }),
    ),
    tie('int').map((a): Random => ({ wasm: op('i32.eqz', a.wasm), value: (x, y) => Number(a.value(x, y) === 0) })),
  ),
}));

describe('functions', () => {
  it('compute what the same expression is in JavaScript', () => {
    fc.assert(
      fc.property(int, fc.integer(), fc.integer(), (expression, x, y) => {
        const { f } = instantiate(['i32', 'i32'], ['i32'], (body) => body.push(expression.wasm, 'i32'));
        expect(f(x, y)).toBe(expression.value(x, y));
      }),
    );
  });

  it('round f32 as Math.fround does', () => {
    const { f } = instantiate(['f32', 'f32'], ['f32'], (body, a, b) =>
      body.push(op('f32.div', op('f32.div', a, b), 0.1), 'f32'),
    );
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (a, b) => {
        expect(f(a, b)).toBe(Math.fround(Math.fround(a / b) / Math.fround(0.1)));
      }),
    );
  });

  it('loop over ranges, empty ones too', () => {
    const { f } = instantiate(['i32', 'i32'], ['i32'], (body, from, to) => {
      const sum = body.local('i32');
      forRange(body, from, to, 3, (i) => body.set(sum, op('i32.add', sum, i)));
      repeat(body, 5, () => body.increase(sum, 1000));
      body.push(sum, 'i32');
    });
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }), (from, to) => {
        let sum = 5000;
        for (let i = from; i < to; i += 3) sum += i;
        expect(f(from, to)).toBe(sum);
      }),
    );
  });

  it('branch with values, out of blocks and back', () => {
    // The smallest k with k * k >= n.
    const { f } = instantiate(['i32'], ['i32'], (body, n) => {
      const k = body.local('i32');
      body.block(
        (done) => {
          body.loop((again) => {
            body.push(k, 'i32');
            body.brIf(done, op('i32.ge_s', op('i32.mul', k, k), n));
            // br_if leaves its operand.
            body.drop({ emit: () => undefined });
            body.increase(k, 1);
            body.br(again);
          });
          body.return(-1);
        },
        ['i32'],
      );
    });
    for (const n of [0, 1, 2, 9, 10, 1000]) expect(f(n)).toBe(Math.ceil(Math.sqrt(n)));
  });

  it('set many locals by one operation as they would one by one, also where an index has two bytes', () => {
    for (const count of [5, 150]) {
      const [each, single] = [true, false].map((isEach) => {
        const module = new ModuleBuilder({ forgetsVectors: true });
        module.function('f', { params: ['i32'], results: [] }, (f, times) => {
          const first = f.local('v128');
          f.loop((again) => {
            const make = (value: number) => Array.from({ length: count }, () => f.local('v128', f32x4Const(value)));
            const [targets, others] = [make(0), make(1)];
            if (isEach) f.setEach(targets, plainOperations.get('v128.bitselect')!, first, others);
            else {
              for (const [j, target] of targets.entries())
                f.set(target, op('v128.bitselect', first, others[j]!, target));
            }
            f.increase(times!, -1);
            f.brIf(again, times!);
          });
        });
        return module.toBytes();
      });
      readModule(each!);
      expect(each).toEqual(single);
    }
  });

  it('call one another, before they are defined too', () => {
    const module = new ModuleBuilder();
    const isEven = module.declare('isEven', { params: ['i32'], results: ['i32'] });
    const isOdd = module.function('isOdd', { params: ['i32'], results: ['i32'] }, (f, n) => {
      f.if(op('i32.eqz', n), () => f.return(0));
      call(isEven, op('i32.sub', n, 1)).emit(f);
    });
    module.define(isEven, (f, n) => {
      f.if(
        n,
        () => call(isOdd, op('i32.sub', n, 1)).emit(f),
        () => f.push(1, 'i32'),
        ['i32'],
      );
    });
    module.export(isEven);
    const text = readModule(module.toBytes());
    expect(text).toContain('call $isOdd');
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
    const run = instance.exports['isEven'] as (n: number) => number;
    expect([run(4), run(7)]).toEqual([1, 0]);
  });

  it('read and write memory: vectors, lanes, copies, data', () => {
    const module = new ModuleBuilder();
    module.memory({ initial: 1 });
    module.data(16, new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer));
    module.export(
      module.function('f', { params: ['i32'], results: [] }, (f, p) => {
        const v = f.local('v128', shuffle32(load('v128.load', p, 16), load('v128.load', p, 32), [0, 7, 2, 5]));
        f.run(memoryOp('v128.store', 64, p, op('f32x4.add', v, f32x4Const(0.5))));
        f.run(memoryLaneOp('v128.store32_lane', 80, 1, p, v));
        f.run(memoryLaneOp('v128.store32_lane', 84, 3, p, v));
        f.run(memoryCopy(op('i32.add', p, 88), op('i32.add', p, 16), 8));
        f.run(memoryFill(op('i32.add', p, 96), 0xff, 4));
      }),
    );
    readModule(module.toBytes());
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
    (exports['f'] as (p: number) => void)(0);
    const memory = (exports['memory'] as WebAssembly.Memory).buffer;
    expect([...new Float32Array(memory, 64, 8)]).toEqual([1.5, 8.5, 3.5, 6.5, 8, 6, 1, 2]);
    expect(new Int32Array(memory, 96, 1)[0]).toBe(-1);
  });

  it('carry their names and share the types of functions', () => {
    const module = new ModuleBuilder();
    module.function('conv 3x3 64→64', { params: ['i32'], results: [] }, () => undefined);
    module.function('relu', { params: ['i32'], results: [] }, () => undefined);
    const text = readModule(module.toBytes());
    expect(text.match(/\(type /g)!.length - text.match(/\(func .*\(type /g)!.length).toBe(1);
    expect(text).toContain('$relu');
    const { customSections } = WebAssembly.Module;
    const [section] = customSections(new WebAssembly.Module(module.toBytes()), 'name');
    expect(new TextDecoder().decode(section)).toContain('conv 3x3 64→64');
  });
});

it('a function of the host is called like any other', () => {
  const module = new ModuleBuilder();
  module.importMemory('host', 'memory', { initial: 1 });
  const type = { params: ['i32'], results: ['i32'] } as const;
  const [double, negate] = ['double', 'negate'].map((name) => module.importFunction('host', name, type));
  const both = module.function('both', type, (f, x) => f.push(call(negate!, call(double!, x!)), 'i32'));
  module.export(module.function('run', type, (f, x) => f.push(op('i32.add', call(both, x!), 1), 'i32')));
  expect(() => module.importFunction('host', 'late', type)).toThrow(/after functions were declared/);
  const bytes = module.toBytes();
  expect(readModule(bytes)).toContain('(import "host" "double" (func');
  const host = {
    memory: new WebAssembly.Memory({ initial: 1 }),
    double: (x: number) => 2 * x,
    negate: (x: number) => -x,
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host });
  expect((exports['run'] as (x: number) => number)(21)).toBe(-41);
});

describe('mistakes of an emitter', () => {
  const mistakes: Record<string, [(f: FunctionBuilder, p: Local) => void, RegExp]> = {
    'an operand of another type': [(f, p) => f.drop(op('f32.div', p, 1)), /wrong: f32.div needs f32, got i32/],
    'a missing value': [
      (f) => f.drop(op('i32.eqz', { emit: () => undefined })),
      /i32.eqz needs i32, the stack is empty/,
    ],
    'a value left over': [(f, p) => f.run(op('i32.eqz', p)), /a statement leaves a value/],
    'a result that is not there': [(f) => f.block(() => undefined, ['i32']), /the end of a block needs i32/],
    'a value taken from outside of a block': [
      (f, p) => {
        f.push(p, 'i32');
        f.block(() => f.drop({ emit: () => undefined }));
      },
      /values? too many|stack/,
    ],
    'a branch out of a closed block': [
      (f) => {
        f.block((label) => {
          f.block(() => undefined);
          f.block(() => f.br({ ...label, depth: 9 }));
        });
      },
      /br to a label that is not open/,
    ],
    'a local of another function': [(f) => f.drop({ emit: (g) => g.getLocal({ local: 7, type: 'i32' }) }), /local 7/],
    'a constant out of range': [(f) => f.drop({ emit: (g) => g.constant('i32', 2 ** 32) }), /4294967296 is no i32/],
  };

  it.each(Object.entries(mistakes))('%s', (_, [body, message]) => {
    const module = new ModuleBuilder();
    const build = () => module.function('wrong', { params: ['i32'], results: [] }, body);
    expect(build).toThrow(message);
    expect(build).toThrow(AssemblyError);
  });

  it('wrong numbers of operands, lanes, definitions', () => {
    const module = new ModuleBuilder();
    const f = module.function('f', { params: [], results: [] }, () => undefined);
    expect(() => module.define(f, () => undefined)).toThrow(/has a body already/);
    expect(() => memoryLaneOp('v128.store32_lane', 0, 4, 0, 0)).toThrow(/no lane 4/);
    expect(() => call(f, 1)).toThrow(/takes 0 operands, got 1/);
    expect(() => module.function('g', { params: [], results: [] }, (g) => g.drop(op('i32.add', 1)))).toThrow(
      /i32.add takes 2 operands, got 1/,
    );
    module.export(f);
    expect(() => module.export(f)).toThrow(/exported already/);
    expect(() => module.importMemory('a', 'b', { initial: 1, shared: true })).toThrow(/needs a maximum/);
    module.declare('h', { params: [], results: [] });
    expect(() => module.toBytes()).toThrow(/g has no body|h has no body/);
  });
});

describe('hoisted constants', () => {
  it('hold in every branch, whichever named them first', () => {
    const { f } = instantiate(['i32'], ['f32'], (g, which) => {
      const result = g.local('v128', f32x4Const(0));
      const sum = (value: number) => g.set(result, op('f32x4.add', result, floats(g, value)));
      g.if(
        which!,
        () => sum(2.5),
        () => {
          sum(2.5);
          sum(-0.5);
        },
      );
      sum(-0.5);
      pushLane(g, result, 0);
    });
    expect(f(1)).toBe(2);
    expect(f(0)).toBe(1.5);
  });

  it('are one local for one value, and two for zeros of both signs', () => {
    instantiate([], [], (g) => {
      expect(floats(g, 3)).toBe(floats(g, 3));
      expect(floats(g, 0)).not.toBe(floats(g, -0));
      expect(integers(g, 1)).not.toBe(floats(g, 1));
    });
  });
});

describe('vectors that are made in loops', () => {
  /** Sums 1, 2, ... in a loop whose body has a vector of its own and a branch with another. */
  const body = (g: FunctionBuilder, times: Local) => {
    const sum = g.local('v128', f32x4Const(0));
    const step = g.local('v128', f32x4Const(0));
    g.loop((again) => {
      const next = g.local('v128', op('f32x4.add', step, floats(g, 1)));
      g.set(step, next);
      g.if(op('i32.and', times, 1), () => {
        const twice = g.local('v128', op('f32x4.add', next, next));
        g.set(sum, op('f32x4.add', sum, twice));
      });
      g.increase(times, -1);
      g.brIf(again, times);
    });
    pushLane(g, sum, 2);
  };

  it('are zeroed for the next round where that is asked for, and nothing else changes', () => {
    const [plain, forgetful] = [false, true].map((forgetsVectors) => {
      const module = new ModuleBuilder({ forgetsVectors });
      module.memory({ initial: 1 });
      module.export(module.function('f', { params: ['i32'], results: ['f32'] }, (g, times) => body(g, times!)));
      const bytes = module.toBytes();
      readModule(bytes);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      return { size: bytes.length, f: exports['f'] as (times: number) => number };
    });
    expect(forgetful!.size).toBeGreaterThan(plain!.size);
    // Rounds 1, 3 and 5 count twice.
    for (const { f } of [plain!, forgetful!]) expect(f(5)).toBe(2 * (1 + 3 + 5));
  });

  const zeroings = (emit: (g: FunctionBuilder, times: Local) => void): number => {
    const [plain, forgetful] = [false, true].map((forgetsVectors) => {
      const module = new ModuleBuilder({ forgetsVectors });
      module.memory({ initial: 1 });
      module.function('f', { params: ['i32'], results: [] }, (g, times) => emit(g, times!));
      return readModule(module.toBytes()).match(/local\.set/g)?.length ?? 0;
    });
    return forgetful! - plain!;
  };
  const round = (g: FunctionBuilder, times: Local, body: () => void) =>
    g.loop((again) => {
      body();
      g.increase(times, -1);
      g.brIf(again, times);
    });

  it('are zeroed once, by the scope that makes them, unless a branch has left it before', () => {
    const make = (g: FunctionBuilder) => g.local('v128', f32x4Const(1));
    expect(zeroings((g, times) => round(g, times, () => round(g, times, () => make(g))))).toBe(1);
    expect(
      zeroings((g, times) => {
        round(g, times, () => {
          make(g);
          g.if(times, () => make(g));
        });
      }),
    ).toBe(2);
    // The way out of the block has the inner one not zeroed.
    expect(
      zeroings((g, times) => {
        round(g, times, () => {
          g.block((done) => {
            round(g, times, () => {
              make(g);
              g.brIf(done, times);
            });
          });
        });
      }),
    ).toBe(2);
    // Whoever goes on with an outer loop zeroes the inner one's as well, and on the other way they are still there.
    expect(
      zeroings((g, times) => {
        g.loop((outer) => {
          round(g, times, () => {
            make(g);
            g.if(times, () => g.brIf(outer, times));
          });
          g.brIf(outer, times);
        });
      }),
    ).toBe(2);
  });

  it('give their places to vectors that are made after them', () => {
    const vectors = (count: number) => {
      const module = new ModuleBuilder();
      module.function('f', { params: ['i32'], results: [] }, (g, times) => {
        for (let i = 0; i < count; i++) round(g, times!, () => g.local('v128', f32x4Const(i)));
      });
      return readModule(module.toBytes()).match(/v128(?![.\w])/g)?.length;
    };
    expect(vectors(5)).toBe(vectors(1));
  });

  it('cannot be used after them', () => {
    const emit = (after: (g: FunctionBuilder, inside: Local) => void) =>
      instantiate(['i32'], [], (g, which) => {
        let inside: Local | undefined;
        g.if(which!, () => {
          inside = g.local('v128', f32x4Const(1));
        });
        after(g, inside!);
      });
    expect(() => emit(() => {})).not.toThrow();
    expect(() => emit((g, inside) => g.set(g.local('v128'), inside))).toThrow(AssemblyError);
    // The place is another's now.
    expect(() =>
      emit((g, inside) => {
        g.if(0, () => {
          g.local('v128', f32x4Const(2));
          g.set(g.local('v128'), inside);
        });
      }),
    ).toThrow(AssemblyError);
  });
});
