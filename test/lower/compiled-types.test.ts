/** The page of operators names those that are computed with integers: random nodes of the operators show it. */
import { expect, it } from 'vitest';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { kernelsByOperator } from '../../src/lower/all.js';
import { graphOfCase, type NodeCase, nodeCase, planOf, problemOf, versionsOfAll } from './nodes/node-case.js';

/** Inputs that are floats whatever the others are. */
const scales: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2], Upsample: [1] };

/** Operators whose definition has no integers, though nothing here refuses them. */
const withoutIntegers: ReadonlySet<string> = new Set([
  'AveragePool',
  'Conv',
  'ConvTranspose',
  'QLinearConv',
  'QLinearMatMul',
]);

/** Operators that read integers and make floats, or the other way about: their generators give them what they take. */
const between: ReadonlySet<string> = new Set([
  'Cast',
  'CastLike',
  'ConstantOfShape',
  'DequantizeLinear',
  'QuantizeLinear',
]);

function withIntegers(test: NodeCase, type: 'int8' | 'int32'): NodeCase {
  const inputs = test.inputs.map((tensor, i) =>
    tensor?.type !== 'float32' || scales[test.op]?.includes(i)
      ? tensor
      : tensorFromNumbers(type, tensor.dims, numbersOf(tensor).map(Math.trunc)),
  );
  return { ...test, inputs };
}

/** Random nodes of an operator until one is compiled. */
const mostTries = 40;

function isCompiledWithIntegers(test: NodeCase): boolean {
  if (!test.inputs.some((tensor) => tensor?.type === 'float32')) return false;
  // Some operators take no integers of 8 bits.
  return (['int8', 'int32'] as const).some((type) => {
    const graph = graphOfCase(withIntegers(test, type));
    if (problemOf(graph) !== undefined) return false;
    const { steps } = planOf(graph);
    return steps.length > 0 && steps.every(({ kind }) => kind !== 'reference');
  });
}

it('integers are compiled for the operators that the page says, and for no others', () => {
  const names = [...new Set(versionsOfAll.map(({ schema }) => schema.name))].filter((name) => !between.has(name));
  const compiled = names.filter((name) => {
    const versions = versionsOfAll.filter(({ schema }) => schema.name === name);
    return Array.from({ length: mostTries }, (_, seed) => seed).some((seed) => {
      const { schema, version } = versions[seed % versions.length]!;
      return isCompiledWithIntegers(nodeCase(schema, version, seed));
    });
  });
  const listed = [...kernelsByOperator].flatMap(([name, { types }]) =>
    types.includes('floats') && types.some((kind) => kind.endsWith('integers')) && !between.has(name) ? [name] : [],
  );
  // What gives elements another shape has no step.
  const withoutSteps = ['BitCast', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze'];
  const steps = (names: Iterable<string>) => [...names].filter((name) => !withoutSteps.includes(name)).sort();
  expect(steps(compiled).filter((name) => !withoutIntegers.has(name))).toEqual(steps(listed));
});
