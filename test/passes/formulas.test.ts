/** Each formula of each fusion, spelled at random: it fuses and computes the same, and what only looks like it stays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { constantFromTensor, type Graph, type Value } from '../../src/ir/graph.js';
import { float32, type Tensor } from '../../src/ir/tensor.js';
import type { Expression } from '../../src/passes/formula/expression.js';
import type { FusionPass } from '../../src/passes/formula/fusion.js';
import { fuseGelu } from '../../src/passes/fuse-gelu.js';
import { fuseHardSwish } from '../../src/passes/fuse-hard-swish.js';
import { fuseNormalization } from '../../src/passes/fuse-normalization.js';
import { fusePRelu } from '../../src/passes/fuse-prelu.js';
import { operatorsIn, passes } from '../../src/passes/list.js';
import { GraphBuilder } from '../support/graph.js';
import { type Choose, capturesOf, type Recipe, Speller } from './spelling.js';
import { filled, run } from './support.js';

interface Sample {
  readonly dims: readonly number[];
  /** Captures that are numbers, or constants; of constants another for each of those that the formulas have. */
  readonly captures?: Readonly<Record<string, number | Tensor>>;
  readonly axes?: readonly number[];
  readonly opset?: number;
}

const bounded = { scale: 2, shift: 3, high: 5, factor: 1 / 5 };
const slopes = float32([3, 1], [0.5, 2, -1]);

/** What the formulas of each fusion are tried with. */
const samples: readonly (readonly [FusionPass, string, Sample])[] = [
  [fuseGelu, 'Gelu', { dims: [2, 3] }],
  [fuseHardSwish, 'HardSwish', { dims: [2, 3], captures: { scale: 1, shift: 3, high: 6, factor: 1 / 6 } }],
  [fuseHardSwish, 'HardSwish', { dims: [5], captures: { scale: 0.5, shift: 1.5, high: 3, factor: 1 / 3 } }],
  [fuseHardSwish, 'HardSigmoid', { dims: [2, 3], captures: bounded }],
  [fusePRelu, 'LeakyRelu', { dims: [2, 3], captures: { alpha: 0.25, '-alpha': -0.25 } }],
  [fusePRelu, 'PRelu', { dims: [2, 3, 2], captures: { slope: slopes, '-slope': slopes } }],
  [
    fuseNormalization,
    'LayerNormalization',
    {
      dims: [2, 3, 4],
      captures: { scale: filled([4], 2), bias: filled([4], 3), epsilon: 1e-3 },
      axes: [-1],
      opset: 13,
    },
  ],
  [
    fuseNormalization,
    'InstanceNormalization',
    {
      dims: [2, 3, 2, 2],
      captures: { scale: filled([3, 1, 1], 2), bias: filled([1, 3, 1, 1], 3), epsilon: 1e-3 },
      axes: [2, 3],
      opset: 13,
    },
  ],
];

interface Spelled {
  readonly b: GraphBuilder;
  readonly y: Value;
}

function spelled(formula: Expression, { dims, captures = {}, axes = [], opset = 22 }: Sample, choose: Choose): Spelled {
  const b = new GraphBuilder(opset);
  const x = b.input('x', dims);
  const found = new Map(
    [...capturesOf(formula)].map(([name, capture]) => {
      const given = captures[name];
      return [capture, name === 'x' ? x : typeof given === 'object' ? b.constant(given) : (given ?? 0)] as const;
    }),
  );
  const number = (value: number) => b.constant(float32([], [value]));
  const { high = 0 } = captures;
  const recipe: Recipe = {
    captures: found,
    attributes: { HardSigmoid: { alpha: 1 / 6, beta: 1 / 2 }, ReduceMean: { axes: [...axes] } },
    moreInputs: { Clip: [number(0), number(high as number)] },
  };
  return { b, y: new Speller(b, choose, recipe).spell(formula) };
}

const choices = fc.gen().map(
  (gen): Choose =>
    (count) =>
      gen(fc.nat, { max: count - 1 }),
);

/** Every formula with what it is tried with. */
const cases = samples.flatMap(([pass, name, sample]) => {
  const fusions = pass.fusions.filter((fusion) => fusion.name === name);
  return fusions
    .flatMap(({ formulas }) => formulas)
    .map((formula, i) => ({ name: `${name}, formula ${i + 1} on [${sample.dims}]`, pass, op: name, formula, sample }));
});

/** Whether the compiler looks for the pass in such a graph at all. */
function isLoadedFor(name: string, graph: Graph): boolean {
  const pass = passes.find((entry) => entry.name === name)!;
  return 'part' in pass && pass.isFor({ graph, inference: infer(graph), options: {}, operators: operatorsIn(graph) });
}

describe('spellings of a formula', () => {
  it.each(cases)('$name fuse and compute the same', ({ pass, op, formula, sample }) => {
    fc.assert(
      fc.property(choices, (choose) => {
        const { b, y } = spelled(formula, sample, choose);
        const graph = b.graph(y);
        const { ops, notes } = run(pass, graph);
        expect(ops).toEqual([op]);
        expect(isLoadedFor(pass.name, graph)).toBe(true);
        expect(notes).toEqual([expect.stringMatching(`^\\d+ nodes up to n\\d+ \\(\\w+\\) are one ${op}$`)]);
      }),
      { numRuns: 20 },
    );
  });
});

/** Values between x and the result. */
function inside({ b, y }: Spelled): readonly Value[] {
  const { nodes } = b.graph(y);
  return nodes.flatMap(({ outputs }) => outputs.flatMap((output) => (output && output !== y ? [output] : [])));
}

describe('near misses', () => {
  const read = (spelling: Spelled, choose: Choose, read: (value: Value) => Value) => {
    const values = inside(spelling);
    const value = values[choose(values.length)];
    return value && spelling.b.graph(spelling.y, read(value));
  };

  it.each(cases)('a part of $name that something else reads, or that is returned', ({ pass, op, formula, sample }) => {
    fc.assert(
      fc.property(choices, fc.boolean(), (choose, isReturned) => {
        const spelling = spelled(formula, sample, choose);
        const graph = read(spelling, choose, (value) => (isReturned ? value : spelling.b.add('Identity', [value])));
        fc.pre(graph !== undefined);
        const { notes, ops } = run(pass, graph!);
        // What is left of the formula may be a formula by itself: of a part, without a constant, times a number.
        expect(ops.length).toBeGreaterThan(isReturned ? 1 : 2);
        const isPart = ops.includes(op);
        const why = notes.filter((note) => note.endsWith(' has other readers'));
        if (isPart) expect(why.length).toBeLessThanOrEqual(1);
        else expect(why).toEqual([expect.stringMatching(` stays, and is no ${op}: the output of n\\d+ `)]);
      }),
      { numRuns: 10 },
    );
  });

  const exact = cases.filter(({ op }) => op === 'Gelu' || op === 'HardSwish');
  it.each(exact)('another number in $name', ({ pass, op, formula, sample }) => {
    fc.assert(
      fc.property(choices, fc.constantFrom(0.99, 1.001, -1), (choose, factor) => {
        const { b, y } = spelled(formula, sample, choose);
        const graph = b.graph(y);
        const numbers = [...graph.constants].filter(([value, { dims, load }]) => {
          const [number] = load().data as Float32Array;
          return dims.length <= 1 && number !== 0 && graph.nodes.some(({ inputs }) => inputs.includes(value));
        });
        fc.pre(numbers.length > 0);
        const [value, { load, dims }] = numbers[choose(numbers.length)]!;
        const [number = 0] = load().data as Float32Array;
        // Exponents stay integers: negative numbers have no other powers.
        const other = Number.isInteger(number) && number > 1 ? 2 * number : number * factor;
        const changed = constantFromTensor(float32(dims, [other]));
        const { ops } = run(pass, { ...graph, constants: new Map([...graph.constants, [value, changed]]) });
        expect(ops).not.toEqual([op]);
      }),
      { numRuns: 10 },
    );
  });
});
