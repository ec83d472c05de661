/** Einsum as products, sums and transpositions of other operators: they compute what its reference says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { symbol } from '../../../src/ir/dim.js';
import { type Graph, Value } from '../../../src/ir/graph.js';
import { elementCount, float32, type Tensor } from '../../../src/ir/tensor.js';
import { verify } from '../../../src/ir/verify.js';
import { expandOperators } from '../../../src/passes/expand-operators.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { smallIntegers } from '../../support/geometry.js';
import { graphOf } from '../../support/run-operator.js';

interface Case {
  readonly equation: string;
  /** The labels of each input. */
  readonly terms: readonly (readonly string[])[];
  readonly inputs: readonly Tensor[];
}

const label = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const terms = fc.array(fc.array(label, { maxLength: 4 }), { minLength: 1, maxLength: 3 });
const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 5, maxLength: 5 });

/** Any equation whose output has some of the labels; with `ones`, an axis now and then is of size 1 and broadcast. */
const einsumCase = (hasOnes: boolean): fc.Arbitrary<Case> =>
  fc.tuple(terms, sizes, fc.infiniteStream(fc.boolean()), fc.integer()).map(([labels, extents, coin, seed]) => {
    const flip = () => coin.next().value as boolean;
    const known = [...new Set(labels.flat())];
    const output = known.filter(flip).sort(() => (flip() ? 1 : -1));
    const inputs = labels.map((term, i) => {
      const dims = term.map((name) => (hasOnes && flip() && flip() ? 1 : extents['abcde'.indexOf(name)]!));
      return float32(dims, smallIntegers(elementCount(dims), seed + i));
    });
    return { equation: `${labels.map((term) => term.join('')).join(',')}->${output.join('')}`, terms: labels, inputs };
  });

function graphOfCase({ equation, inputs }: Case): Graph {
  return graphOf({ op: 'Einsum', inputs, attributes: { equation } });
}

/** Without the signs of zeros, which depend on the order of a sum. */
function run(graph: Graph, feeds: readonly Tensor[]): { readonly dims: readonly number[]; readonly data: number[] } {
  const [{ dims, data }] = execute(scheduleReferences(graph), feeds).outputs as [Tensor];
  return { dims, data: Array.from(data as Float32Array, (value) => value + 0) };
}

function expanded(graph: Graph): { readonly graph: Graph; readonly notes: readonly string[] } {
  const result = expandOperators.run(graph, infer(graph));
  verify(result.graph);
  return result;
}

describe('the expansion of Einsum', () => {
  it('computes the same', () => {
    fc.assert(
      fc.property(einsumCase(true), (test) => {
        const graph = graphOfCase(test);
        fc.pre(infer(graph).diagnostics.length === 0);
        const { graph: result, notes } = expanded(graph);
        expect(result.nodes.map(({ opType }) => opType)).not.toContain('Einsum');
        expect(notes).toHaveLength(1);
        expect(run(result, test.inputs)).toEqual(run(graph, test.inputs));
      }),
      { numRuns: 400 },
    );
  });

  it('computes the same where sizes are open', () => {
    fc.assert(
      fc.property(einsumCase(false), (test) => {
        const fixed = graphOfCase(test);
        const inputs = test.terms.map(
          (term, i) =>
            new Value(`x${i}`, { kind: 'tensor', elementType: 'float32', shape: term.map((name) => symbol(name)) }),
        );
        const open = { ...fixed, inputs, nodes: fixed.nodes.map((node) => ({ ...node, inputs })) };
        const { graph: result } = expanded(open);
        const hasDiagonal = test.terms.some((term) => new Set(term).size < term.length);
        expect(result.nodes.some(({ opType }) => opType === 'Einsum')).toBe(hasDiagonal);
        expect(run(result, test.inputs)).toEqual(run(fixed, test.inputs));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['bhid,bhjd->bhij', ['Transpose', 'MatMul', 'Identity']],
    ['bij,bjk->bik', ['MatMul', 'Identity']],
    ['...ij->...ji', ['Transpose']],
    ['bhwc,ij->bhwcij', ['Unsqueeze', 'Unsqueeze', 'Mul', 'Identity']],
  ])('%s becomes %j', (equation, operators) => {
    const ranks = equation
      .split('->')[0]!
      .split(',')
      .map((term) => term.replace('...', '').length);
    const inputs = ranks.map((rank) => float32(new Array<number>(rank).fill(2), smallIntegers(2 ** rank, rank)));
    const { graph } = expanded(graphOf({ op: 'Einsum', inputs, attributes: { equation } }));
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(operators);
  });
});
