/** `unstride init`: writes a configuration with the current inputs and outputs of models. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Document, isMap, isScalar, type YAMLMap } from 'yaml';
import { configNames } from '../contract/config-defaults.js';
import { parseShapePattern } from '../contract/shape-pattern.js';
import { ModelError } from '../diagnostics.js';
import { writeWhole } from '../files/write-whole.js';
import { infer } from '../infer/infer.js';
import { type ValueReport, valueReport } from '../report/inspect.js';
import { openModel } from '../runtime/open.js';
import { isFlagSet } from './arguments.js';
import { cannotWrite } from './cannot-write.js';
import { hasPattern, posix } from './find-files.js';
import { modelFiles, stdinName } from './model-files.js';
import { modelsNearby } from './models-nearby.js';
import { writeDiagnostics, writeText } from './output.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

const file = configNames[0];

export async function init(args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const there = configNames.find((name) => existsSync(name));
  if (there !== undefined && (there !== file || !isFlagSet(options['force']))) {
    const hint = there === file ? 'change it, or replace it with --force' : 'change it, or take it away first';
    throw new UsageError(`there is a configuration, ${there}`, hint);
  }
  const files = args.length === 0 ? await modelsNearby('.') : await modelFiles(args);
  if (files.length === 0) {
    throw new UsageError('there is no .onnx file in this folder', 'name models: unstride init exports/unet.onnx');
  }
  const entries: ModelEntry[] = [];
  for (const model of files) {
    const entry = await entryOf(model);
    if (entry !== undefined) entries.push(entry);
  }
  if (entries.length === 0) return exitCodes.fault;
  try {
    await writeWhole(file, configText(entries));
  } catch (error) {
    cannotWrite(
      file,
      'the configuration cannot be written',
      error,
      'run unstride init in a folder that can be written',
    );
  }
  const count = entries.length === 1 ? '1 model' : `${entries.length} models`;
  writeText(process.stdout, `wrote ${file} with ${count}; unstride check holds them to it\n`);
  return exitCodes.done;
}

interface ModelEntry {
  readonly files: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** If the file is not a model, reports that and returns undefined. */
async function entryOf(model: string): Promise<ModelEntry | undefined> {
  if (model === stdinName || /^https?:/i.test(model)) {
    throw new UsageError(`'${model}' is no file`, 'a configuration names files below its folder');
  }
  const files = posix(path.relative('.', model));
  if (files.startsWith('..') || path.isAbsolute(files)) {
    throw new UsageError(`'${model}' is outside of this folder`, 'run unstride init in a folder above it');
  }
  try {
    const { graph } = (await openModel(model)).model;
    const inference = infer(graph, { file: model });
    const shapes = (values: typeof graph.inputs) =>
      Object.fromEntries(values.flatMap((value) => shapeEntry(valueReport(value, inference))));
    return { files: escapePattern(files), inputs: shapes(graph.inputs), outputs: shapes(graph.outputs) };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    writeDiagnostics(error.diagnostics);
    return undefined;
  }
}

/** Unknown sizes, and sizes that the configuration cannot express, are left open. */
function shapeEntry({ name, elementType, shape }: ValueReport): (readonly [string, string])[] {
  if (elementType === null || shape === null) return [];
  const sizes = shape.map((dim) => (isWritable(String(dim)) ? String(dim) : '*'));
  return [[name, `${elementType}[${sizes.join(', ')}]`]];
}

function isWritable(size: string): boolean {
  try {
    const { dims } = parseShapePattern(`[${size}]`);
    return dims.length === 1 && String(dims[0]) === size;
  } catch {
    return false;
  }
}

/** Escapes wildcards, since paths in the configuration are patterns. */
function escapePattern(name: string): string {
  return !hasPattern(name) ? name : name.replaceAll(/[*?[\]{}()!+@\\]/g, '\\$&');
}

function configText(models: readonly ModelEntry[]): string {
  const document = new Document({ models });
  document.commentBefore = [
    ' yaml-language-server: $schema=./node_modules/unstride/schemas/config.schema.json',
    ' What models promise: a name stands for the same size on every line of its model, * for any.',
    ' unstride check compares; unstride check --update records inner shapes in unstride.lock as well.',
  ].join('\n');
  const list = document.get('models') as { readonly items: readonly unknown[] };
  for (const entry of list.items) if (isMap(entry)) quoteShapes(entry);
  return document.toString({ lineWidth: 0 });
}

/** Quotes shapes as in the documentation, because unquoted brackets look like a list. */
function quoteShapes(entry: YAMLMap): void {
  for (const key of ['inputs', 'outputs']) {
    const shapes = entry.get(key);
    if (!isMap(shapes)) continue;
    for (const { value } of shapes.items) if (isScalar(value)) value.type = 'QUOTE_DOUBLE';
  }
}
