/** Loads a tensor for every input of a model from its `--input`. */
import { statSync } from 'node:fs';
import { shellWord } from '../../diagnostics/shell-word.js';
import { defineProblem, diagnostic, fail, ModelError, ProblemError } from '../../diagnostics.js';
import { loadPicture, type PictureInputOptions } from '../../feed/picture-input.js';
import { mostPixelsFor } from '../../feed/picture-limit.js';
import { PictureSizes } from '../../feed/picture-size.js';
import { randomInput } from '../../feed/random-input.js';
import { symbolNameOf } from '../../ir/dim.js';
import { declaredShape, type Graph, type Value } from '../../ir/graph.js';
import { graphWithoutDefaults, overriddenInputs } from '../../runtime/overrides.js';
import { type DataFile, readDataFile } from './data-file.js';
import { destinationsOf, type InputData } from './destinations.js';
import { type InputSpec, parseInputSpec, randomSource } from './input-spec.js';
import { inputsMissing } from './missing-inputs.js';
import { refuseForSequence } from './sequence-input.js';

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

export interface LoadedInput extends InputData {
  readonly name: string;
  /** The path, or `random`. */
  readonly source: string;
}

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
      const { targets, unused } = destinationsOf(data, name, {
        graph: this.graph,
        input: (wanted) => this.input(wanted),
        loadPicture: (input, picture) =>
          loadPicture(input, picture, this.sizes, { ...this.options, pictureSizes: this.pictureSizes }),
      });
      this.unused.push(...unused.map((array) => `'${array}' of ${source}`));
      for (const [input, load] of targets) this.put(input, source, await load());
    } catch (error) {
      throw withFile(error, source);
    }
  }

  private read(source: string): Promise<DataFile> {
    const { read, maxPixels = mostPixelsFor(this.graph, this.sizes) } = this.options;
    return read === undefined
      ? readDataFile(source, { maxPixels, names: this.graph.inputs.map(({ name }) => name) })
      : read(source);
  }

  private input(name: string | undefined): Value {
    const { inputs } = this.graph;
    if (name !== undefined) return inputs.find((input) => input.name === name)!;
    const open = inputs.filter((input) => !this.loaded.has(input.name));
    if (inputs.length === 1 || open.length === 1) return open[0] ?? inputs[0]!;
    fail(inputNotNamed({ inputs: inputs.map((input) => input.name), open: open.map((input) => input.name) }));
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
        const { tensor, note } = randomInput(input, this.sizes, this.options.seed + position);
        this.put(input, randomSource, { tensor, notes: [note] });
      });
    }
  }

  /** All inputs, in the graph's order; an error lists those that are missing. */
  finish(specs: readonly InputSpec[]): LoadedInputs {
    const missing = this.graph.inputs.filter((input) => !this.loaded.has(input.name));
    if (missing.length > 0) throw inputsMissing(missing, specs, { file: this.options.file, unused: this.unused });
    return { inputs: this.graph.inputs.map((input) => this.loaded.get(input.name)!), sizes: this.sizes };
  }
}
