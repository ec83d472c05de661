/** Loads a tensor for every input of a model from its `--input`. */
import { statSync } from 'node:fs';
import { type Diagnostic, defineProblem, diagnostic, fail, ModelError, ProblemError } from '../../diagnostics.js';
import { PictureSizes } from '../../feed/picture-size.js';
import { substitute, symbolNameOf, symbolsOf } from '../../ir/dim.js';
import { declaredShape, type Graph, type Value } from '../../ir/graph.js';
import { formatShape, formatType, isConcrete, type Shape } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { pictureInputAxes } from '../../pictures/image-layout.js';
import { exampleSize, shellWord } from '../../report/inspect-text.js';
import { graphWithoutDefaults, overriddenInputs } from '../../runtime/overrides.js';
import { randomTensor } from '../random-tensor.js';
import { type DataFile, readDataFile } from './data-file.js';
import { type InputSpec, parseInputSpec, randomSource } from './input-spec.js';
import { elementTypeOf, fitType, typeOf } from './input-type.js';
import { matchArrays } from './match-arrays.js';
import { type FedPicture, loadPicture, type PictureInputOptions } from './picture-input.js';
import { isSequence, refuseForSequence, sequencesIn } from './sequence-input.js';

export interface InputOptions extends Omit<PictureInputOptions, 'pictureSizes'> {
  /** The model's file, for messages. */
  readonly file: string;
  /** Pictures with more pixels are refused before they are decoded. */
  readonly maxPixels?: number | undefined;
  readonly seed: number;
  /** The network's requirements on sizes, kept from one set of inputs to the next. */
  readonly pictureSizes?: PictureSizes;
  /** Reads a data file; can be replaced by a function that reads ahead or decodes in a thread. Throws ProblemError. */
  readonly read?: (source: string) => Promise<DataFile>;
}

export interface LoadedInput {
  readonly name: string;
  readonly tensor: Tensor;
  /** The path, or `random`. */
  readonly source: string;
  /** Present if the source is a picture. */
  readonly picture?: FedPicture;
  /** How the data was converted, in words. */
  readonly notes: readonly string[];
}

/** The data of an input from its source. */
type InputData = Omit<LoadedInput, 'name' | 'source'>;

export interface LoadedInputs {
  /** One for each input of the model, in its order, then those given for inputs with defaults. */
  readonly inputs: readonly LoadedInput[];
  /** The open sizes, from `--dim` and the data. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Parses all `--input` options.
 * @param file the model's, for messages
 * @throws UsageError, ModelError
 */
export function parseInputs(graph: Graph, texts: readonly string[], file: string): InputSpec[] {
  // Inputs with defaults are optional.
  const names = [...graph.inputs, ...(graph.overridable ?? [])].map(({ name }) => name);
  return placed(file, () => texts.map((text) => parseInputSpec(text, names, isFile)));
}

/**
 * Reads the sources. Arrays and pictures come first, because random inputs take their sizes. The run checks whether
 * sizes agree.
 * @throws ModelError
 */
export async function loadInputs(
  graph: Graph,
  specs: readonly InputSpec[],
  options: InputOptions,
): Promise<LoadedInputs> {
  const given = new Map(specs.map(({ name }) => [name ?? '', true]));
  const loader = new InputLoader(graphWithoutDefaults(graph, overriddenInputs(graph, given)), options);
  for (const spec of specs) if (spec.source !== randomSource) await loader.file(spec);
  for (const { name, source } of specs) if (source === randomSource) loader.random(name);
  return loader.finish(specs);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Runs `read` and adds `file` to its problems. */
export function placed<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw withFile(error, file);
  }
}

function withFile(error: unknown, file: string): unknown {
  return error instanceof ProblemError ? new ModelError([diagnostic(error.problem, { file })]) : error;
}

const inputNotNamed = defineProblem('US2002', { inputs: 'strings', open: 'strings' }, ({ inputs, open }) => ({
  message: 'the model has several inputs, and --input does not say for which one this file is',
  expected: `--input NAME=FILE with one of ${inputs.join(', ')}`,
  hint: `for example --input ${shellWord(`${open[0] ?? inputs[0] ?? 'NAME'}=FILE`)}`,
}));

const inputNotGiven = defineProblem(
  'US2001',
  { input: 'string', type: 'string', unused: 'strings', example: 'string?' },
  ({ input, type, unused, example }) => ({
    message: `the input '${input}' is not given`,
    value: input,
    expected: type,
    actual: unused.length === 0 ? undefined : `arrays that no input takes: ${unused.join(', ')}`,
    hint: example === undefined ? undefined : `for example: ${example}`,
  }),
);

const inputGivenTwice = defineProblem(
  'US2003',
  { input: 'string', first: 'string', second: 'string' },
  ({ input, first, second }) => ({
    message: `the input '${input}' is given twice`,
    value: input,
    expected: 'one source',
    actual: `${first} and ${second}`,
  }),
);

const randomSizeOpen = defineProblem(
  'US2004',
  { input: 'string', shape: 'shape?', open: 'strings' },
  ({ input, shape, open }) => ({
    message: `the input '${input}' cannot be random: its size is open`,
    value: input,
    expected: shape === undefined ? 'a known rank' : `sizes for ${open.join(', ')}`,
    actual: formatShape(shape),
    hint:
      shape === undefined
        ? 'give it as a .npy array'
        : `add ${open.map((symbol) => `--dim ${shellWord(`${symbol}=${exampleSize(symbol)}`)}`).join(' ')}`,
  }),
);

class InputLoader {
  private readonly loaded = new Map<string, LoadedInput>();
  /** Sizes from `--dim` and the data. */
  private readonly sizes: Map<string, number>;
  private readonly pictureSizes: PictureSizes;
  /** Arrays of archives that no input takes. */
  private readonly unused: string[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly options: InputOptions,
  ) {
    this.sizes = new Map(options.dims);
    this.pictureSizes = options.pictureSizes ?? new PictureSizes(graph);
  }

  async file({ name, source }: InputSpec): Promise<void> {
    try {
      const data = await this.read(source);
      for (const [input, load] of this.destinations(data, name, source)) this.put(input, source, await load(input));
    } catch (error) {
      throw withFile(error, source);
    }
  }

  private read(source: string): Promise<DataFile> {
    const { read, maxPixels } = this.options;
    return read === undefined
      ? readDataFile(source, { maxPixels, names: this.graph.inputs.map(({ name }) => name) })
      : read(source);
  }

  /** The inputs that the file feeds, with their data. */
  private destinations(
    data: DataFile,
    name: string | undefined,
    source: string,
  ): (readonly [Value, (input: Value) => InputData | Promise<InputData>])[] {
    switch (data.kind) {
      case 'picture':
        return [
          [
            this.tensorInput(name),
            (input) =>
              loadPicture(input, data.picture, this.sizes, { ...this.options, pictureSizes: this.pictureSizes }),
          ],
        ];
      case 'array':
        return [[this.tensorInput(name), (input) => fitType(input, data.tensor)]];
      case 'proto': {
        const named = this.graph.inputs.find((input) => input.name === data.name);
        return [
          [
            name === undefined && named !== undefined ? named : this.tensorInput(name),
            (input) => fitType(input, data.tensor),
          ],
        ];
      }
      case 'archive': {
        const wanted = name === undefined ? this.graph.inputs : [this.input(name)];
        const sequences = sequencesIn(data, wanted);
        const taken = new Set(sequences.flatMap(({ arrays }) => arrays));
        const fed = sequences.map(({ input, load }) => [input, load] as const);
        const arrays = data.names.filter((array) => !taken.has(array));
        const names = wanted.filter((input) => !isSequence(input)).map((input) => input.name);
        if (arrays.length === 0 || names.length === 0) {
          if (fed.length > 0) return fed;
          for (const input of wanted) refuseForSequence(input);
        }
        // A single array that is named like none goes where a file of one would go.
        const isOther = arrays.length === 1 && !names.includes(arrays[0]!);
        const { pairs, extra } = matchArrays(arrays, isOther ? [this.tensorInput(name).name] : names);
        // Where one input is named, the others may be fed by the same file.
        const unused = name === undefined ? extra : [];
        this.unused.push(...unused.map((array) => `'${array}' of ${source}`));
        const note =
          unused.length === 0 ? [] : [`no input takes its ${unused.map((array) => `'${array}'`).join(', ')}`];
        const tensors = pairs.map(
          ({ array, input: target }, i) =>
            [
              this.input(target),
              (input: Value) => {
                const { tensor, notes } = fitType(input, data.read(array));
                return { tensor, notes: i === 0 ? [...notes, ...note] : notes };
              },
            ] as const,
        );
        return [...fed, ...tensors];
      }
    }
  }

  private input(name: string | undefined): Value {
    const { inputs } = this.graph;
    if (name !== undefined) return inputs.find((input) => input.name === name)!;
    const open = inputs.filter((input) => !this.loaded.has(input.name));
    if (inputs.length === 1 || open.length === 1) return open[0] ?? inputs[0]!;
    fail(inputNotNamed({ inputs: inputs.map((input) => input.name), open: open.map((input) => input.name) }));
  }

  /** @throws ProblemError US2003 if the input is a sequence */
  private tensorInput(name: string | undefined): Value {
    const input = this.input(name);
    refuseForSequence(input);
    return input;
  }

  private put(input: Value, source: string, data: InputData): void {
    const { name } = input;
    const other = this.loaded.get(name);
    if (other !== undefined) {
      fail(inputGivenTwice({ input: name, first: other.source, second: source }));
    }
    this.loaded.set(name, { name, source, ...data });
    declaredShape(input)?.forEach((dim, axis) => {
      const symbol = symbolNameOf(dim);
      const size = data.tensor.dims[axis];
      if (symbol !== undefined && size !== undefined && !this.sizes.has(symbol)) this.sizes.set(symbol, size);
    });
  }

  random(name: string | undefined): void {
    const inputs =
      name === undefined ? this.graph.inputs.filter((input) => !this.loaded.has(input.name)) : [this.input(name)];
    for (const input of inputs) {
      placed(this.options.file, () => {
        refuseForSequence(input);
        const position = this.graph.inputs.indexOf(input);
        const { tensor, note } = randomTensor(elementTypeOf(input), this.sizesOf(input), this.options.seed + position);
        this.put(input, randomSource, { tensor, notes: [note] });
      });
    }
  }

  private sizesOf(input: Value): readonly number[] {
    const shape: Shape | undefined = declaredShape(input)?.map((dim) => substitute(dim, this.sizes));
    if (shape !== undefined && isConcrete(shape)) return shape;
    const open = shape === undefined ? [] : [...new Set(shape.flatMap((dim) => [...symbolsOf(dim).keys()]))];
    fail(randomSizeOpen({ input: input.name, shape, open }));
  }

  /** All inputs, in the graph's order; an error lists those that are missing. */
  finish(specs: readonly InputSpec[]): LoadedInputs {
    const missing = this.graph.inputs.filter((input) => !this.loaded.has(input.name));
    if (missing.length > 0) {
      const given = specs
        // Names with a NUL are placeholders that the user did not write.
        .filter(({ source }) => !source.includes('\0'))
        .map(({ name, source }) => `--input ${shellWord(name === undefined ? source : `${name}=${source}`)}`);
      const example = missing.map((input) => `--input ${shellWord(`${input.name}=${exampleSource(input)}`)}`);
      const command = ['unstride run', shellWord(this.options.file), ...given, ...example].join(' ');
      throw new ModelError(
        missing.map(
          (input, i): Diagnostic =>
            diagnostic(
              inputNotGiven({
                input: input.name,
                type: formatType(typeOf(input)),
                unused: this.unused,
                example: i === missing.length - 1 ? command : undefined,
              }),
              { file: this.options.file },
            ),
        ),
      );
    }
    return { inputs: this.graph.inputs.map((input) => this.loaded.get(input.name)!), sizes: this.sizes };
  }
}

function exampleSource(input: Value): string {
  const shape = declaredShape(input);
  const isPictureLike = shape !== undefined && shape.length === 4 && pictureInputAxes(shape) !== undefined;
  return isPictureLike ? 'picture.png' : 'data.npy';
}
