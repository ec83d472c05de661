/** ONNX's backend cases: every one passes, or is listed with its reason and indeed does not. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import { substitute, symbol, symbolsOf } from '../../src/ir/dim.js';
import type { Model, Value } from '../../src/ir/graph.js';
import { OptionalTensor, TensorSequence } from '../../src/ir/sequence.js';
import { innermostElement, type Shape, type TensorType } from '../../src/ir/shape.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { readModel } from '../../src/onnx/read.js';
import { readTensorProto } from '../../src/onnx/tensor-proto.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { runModel } from '../../src/runtime/run.js';
import { sequenceFed } from '../../src/runtime/sequence-feed.js';
import { denseTensor } from '../../src/runtime/tensor/dense.js';
import { elementwise } from '../support/compare.js';
import { readOptionalProto, readSequenceProto } from '../support/sequence-proto.js';
import { isAbsent, onnxTests, titleFor } from '../support/shared-data.js';
import { unsupportedCases, unsupportedOperators } from './unsupported.js';

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly operators: readonly string[];
}

const suites = ['node', 'simple', 'pytorch-operator'];

function readCases(): Case[] {
  if (isAbsent(onnxTests)) return [];
  const [, ...rows] = readFileSync(path.join(onnxTests, 'cases.tsv'), 'utf8').trim().split('\n');
  return rows
    .map((row) => row.split('\t'))
    .map(([suite, name, operators]) => ({ suite: suite!, name: name!, operators: operators!.split(',') }))
    .filter(({ suite }) => suites.includes(suite));
}

/** The numbered .pb files of a data set, as tensors in order, or as sequences where the values are. */
function readTensors(folder: string, prefix: string, values: readonly Value[]): Tensor[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(prefix) && file.endsWith('.pb'));
  return files
    .map((file) => ({ file, index: Number(file.slice(prefix.length, -3)) }))
    .sort((a, b) => a.index - b.index)
    .map(({ file, index }) => {
      const bytes = readFileSync(path.join(folder, file));
      const declared = values[index]?.declared;
      if (declared?.kind === 'other' && declared.optional !== undefined) return readOptionalProto(bytes);
      const isSequence = declared?.kind === 'other' && declared.sequence !== undefined;
      return isSequence ? readSequenceProto(bytes) : readTensorProto(bytes).tensor;
    });
}

function feedsOf(model: Model, inputs: readonly Tensor[]): Map<string, Tensor> {
  return new Map(
    model.graph.inputs.flatMap((input, i) => (inputs[i] === undefined ? [] : [[input.name, inputs[i]] as const])),
  );
}

const compare = elementwise(1e-3, 1e-7);

function compareValues(actual: Tensor, expected: Tensor): string | undefined {
  if (!(expected instanceof TensorSequence)) return compare(actual, expected);
  if (!(actual instanceof TensorSequence) || actual.tensors.length !== expected.tensors.length)
    return `no sequence of ${expected.tensors.length} tensors`;
  for (const [i, tensor] of expected.tensors.entries()) {
    const difference = compareValues(actual.tensors[i]!, tensor);
    if (difference !== undefined) return `tensor ${i}: ${difference}`;
  }
  return undefined;
}

/** Every size of the inputs as a symbol of its own, with the sizes that they have. The length of a list of integers stays: it is a rank. */
function symbolicShapes(model: Model, inputs: readonly Tensor[]) {
  const bindings = new Map<string, number>();
  const shapes = model.graph.inputs.map((input, i): [string, Shape] => {
    const { type, dims: sizes } = inputs[i]!;
    if (inputs[i] instanceof TensorSequence) return [input.name, []];
    if (type === 'int64' && sizes.length === 1) return [input.name, sizes];
    const dims = sizes.map((size, axis) => {
      bindings.set(`${i}.${axis}`, size);
      return symbol(`${i}.${axis}`, { min: 0 });
    });
    return [input.name, dims];
  });
  return { shapes: new Map(shapes), bindings };
}

/** Where inferred shapes are not those of the results: with the inputs' sizes, and with a symbol for each of them. */
function inferenceMismatch(
  model: Model,
  inputs: readonly Tensor[],
  outputs: ReadonlyMap<string, Tensor>,
): string | undefined {
  const concrete = new Map(model.graph.inputs.map((input, i) => [input.name, inputs[i]!.dims]));
  const symbolic = symbolicShapes(model, inputs);
  const numbers = infer(model.graph, { inputShapes: concrete });
  const symbols = infer(model.graph, { inputShapes: symbolic.shapes });
  for (const output of model.graph.outputs) {
    const result = outputs.get(output.name)!;
    if (result instanceof TensorSequence) {
      const misfit = sequenceMismatch(numbers.types.get(output), result) ?? undefined;
      if (misfit !== undefined) return `output '${output.name}': ${misfit}`;
      continue;
    }
    const { dims } = result;
    const shape = numbers.types.get(output)?.shape;
    if (!agrees(shape, dims)) return `output '${output.name}': inferred [${shape}], computed [${dims}]`;
    const open = symbols.types.get(output)?.shape;
    if (open === undefined && symbols.diagnostics.some(({ code }) => code === 'US1217')) continue;
    const bound = open?.map((dim) => substitute(dim, symbolic.bindings));
    if (!agrees(bound, dims)) return `output '${output.name}': inferred [${open}] with symbols, computed [${dims}]`;
  }
  return undefined;
}

/** Where what is known of a sequence is not so. */
function sequenceMismatch(
  type: TensorType | undefined,
  { type: elementType, tensors }: TensorSequence,
): string | undefined {
  const known = type?.sequence;
  if (known === undefined) return 'not inferred as a sequence';
  if (innermostElement(known.element) !== elementType) return `tensors inferred as ${known.element.elementType}`;
  if (typeof known.length === 'number' && known.length !== tensors.length) return `inferred ${known.length} tensors`;
  for (const [i, item] of tensors.entries()) {
    if (item instanceof TensorSequence) return sequenceMismatch(known.element, item);
    const { dims } = item;
    const shape = (known.items?.[i] ?? known.element).shape;
    if (shape !== undefined && !agrees(shape, dims)) return `tensor ${i}: inferred [${shape}], computed [${dims}]`;
  }
  return undefined;
}

/** Equal sizes; what inference could not know is a symbol with its reason. */
function agrees(shape: Shape | undefined, dims: readonly number[]): boolean {
  if (shape?.length !== dims.length) return false;
  return shape.every((dim, axis) => {
    if (typeof dim === 'number') return dim === dims[axis];
    return [...symbolsOf(dim).values()].some(({ reason }) => reason !== undefined);
  });
}

type Outputs = ReadonlyMap<string, Tensor>;

/** One way to run a model, and what is held against the results. */
interface Executor {
  readonly name: string;
  run(model: Model, bytes: Uint8Array, feeds: ReadonlyMap<string, Tensor>, name: string): Promise<Outputs> | Outputs;
  check(model: Model, inputs: readonly Tensor[], outputs: Outputs): string | undefined;
}

const executors: readonly Executor[] = [
  {
    name: 'references',
    run: (model, _bytes, feeds, name) => runModel(model, feeds, { file: name }).outputs,
    check: inferenceMismatch,
  },
  {
    name: 'compiled',
    run: async (model, bytes, feeds, name) => {
      const session = await InferenceSession.create(bytes, { threads: 1, file: name });
      try {
        const outputs = await session.run(feeds);
        return new Map(
          Object.entries(outputs).map(([name, value]) => {
            const made = Array.isArray(value) ? sequenceFed(value, name) : value && denseTensor(value, name);
            const declared = model.graph.outputs.find((output) => output.name === name)?.declared;
            const isOptional = declared?.kind === 'other' && declared.optional !== undefined;
            return [name, isOptional ? new OptionalTensor(made?.type ?? 'float32', made ?? undefined) : made];
          }),
        );
      } finally {
        await session.release();
      }
    },
    check: () => undefined,
  },
];

/** Why a case fails, or undefined when it passes. */
async function failureOf({ suite, name }: Case, { run, check }: Executor): Promise<string | undefined> {
  const folder = path.join(onnxTests, suite, name);
  try {
    const bytes = readFileSync(path.join(folder, 'model.onnx'));
    const { model } = readModel(bytes, { file: name });
    for (const set of readdirSync(folder).filter((entry) => entry.startsWith('test_data_set_'))) {
      const inputs = readTensors(path.join(folder, set), 'input_', model.graph.inputs);
      const expected = readTensors(path.join(folder, set), 'output_', model.graph.outputs);
      const outputs = await run(model, bytes, feedsOf(model, inputs), name);
      for (const [i, output] of model.graph.outputs.entries()) {
        const difference = compareValues(outputs.get(output.name)!, expected[i]!);
        if (difference !== undefined) return `output '${output.name}': ${difference}`;
      }
      const mismatch = check(model, inputs, outputs);
      if (mismatch !== undefined) return mismatch;
    }
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
}

const cases = readCases();

describe.skipIf(isAbsent(onnxTests))(titleFor('ONNX backend cases', onnxTests), () => {
  describe.each(executors)('$name', (executor) => addCases(executor));

  it('lists only operators and cases that exist', () => {
    const operators = new Set(cases.flatMap((test) => test.operators));
    const names = new Set(cases.map((test) => test.name));
    expect(Object.keys(unsupportedOperators).filter((name) => !operators.has(name))).toEqual([]);
    expect(Object.keys(unsupportedCases).filter((name) => !names.has(name))).toEqual([]);
  });
});

function addCases(executor: Executor): void {
  for (const test of cases) {
    const operator = test.operators.find((name) => Object.hasOwn(unsupportedOperators, name));
    const reason = unsupportedCases[test.name] ?? (operator === undefined ? undefined : unsupportedOperators[operator]);
    if (reason === undefined) {
      it(`${test.suite}/${test.name}`, async () => {
        expect(await failureOf(test, executor)).toBeUndefined();
      });
    } else {
      it(`${test.suite}/${test.name} is not supported: ${reason}`, async () => {
        let failure: string | undefined;
        try {
          failure = await failureOf(test, executor);
        } catch (error) {
          failure = String(error);
        }
        expect(failure, 'the case passes: take it off the list').toBeDefined();
      });
    }
  }
}
