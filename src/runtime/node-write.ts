/** Models as files on Node. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { defineProblem, diagnostic, fail, ModelError, ProblemError, quoted } from '../diagnostics.js';
import { whyNotWritten } from '../files/why-not-written.js';
import { writeTogether } from '../files/write-whole.js';
import type { Constant, Model, Node } from '../ir/graph.js';
import { isPlainLocation } from '../onnx/external-data.js';
import { externalConstants, fileOf, sourceFilesOf } from '../onnx/source-files.js';
import type { WeightsBeside } from '../onnx/weights-file.js';
import { type WriteOptions, type WrittenModel, writeModel } from '../onnx/write.js';
import { loadOperators } from '../ops/load.js';
import { findOperator } from '../ops/registry.js';
import { sinceVersion } from '../ops/since-version.js';
import type { OpenedModel } from './open.js';
import { readBack } from './read-back.js';
import type { WriteModelOptions, WrittenFiles } from './write.js';

/** See `writeModelReadBack` in write.ts. */
export async function writeModelFiles(
  model: Model,
  file: string,
  options: WriteModelOptions,
  accept?: (written: OpenedModel) => void,
): Promise<WrittenFiles> {
  try {
    return await write(model, file, options, accept);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { code } = error.problem;
    const isOfSource = code === 'US1005' || code === 'US1006';
    throw new ModelError([diagnostic(error.problem, { file: isOfSource ? sourceFilesOf(model).model : file })]);
  }
}

const modelNotWritten = defineProblem('US2010', { file: 'string', reason: 'string' }, ({ file, reason }) => ({
  message: 'the model cannot be written',
  value: file,
  actual: reason,
  hint: 'check the folder and its permissions',
}));

async function write(
  model: Model,
  file: string,
  options: WriteModelOptions,
  accept: ((written: OpenedModel) => void) | undefined,
): Promise<WrittenFiles> {
  await loadOperators(model.graph);
  const weights = await weightsFor(model, file, options.shareWeights ?? false);
  const written = encode(model, { ...options, weights, isSameIn }, dataLocation(file));
  const data = written.weights && path.join(path.dirname(file), written.weights.location);
  await refuseSources(model, file, data);
  const files = [
    ...(data === undefined ? [] : [{ path: data, content: written.weights!.chunks() }]),
    { path: file, content: written.model.chunks() },
  ];
  const examine = async (drafts: readonly string[]): Promise<void> => {
    const weights = written.weights && new Map([[written.weights.location, drafts[0]!]]);
    accept?.(await readBack(model, drafts.at(-1)!, { file, weights }));
  };
  try {
    await writeTogether(files, accept && examine);
  } catch (error) {
    const actual = whyNotWritten(error);
    if (actual === undefined) throw error;
    fail(modelNotWritten({ file, reason: actual }));
  }
  return {
    file,
    byteLength: written.model.byteLength,
    ...(data === undefined ? {} : { weights: { file: data, byteLength: written.weights!.byteLength } }),
  };
}

/** The file for weights beside `file`, as the model names it. */
function dataLocation(file: string): string {
  return `${path.basename(file)}.data`;
}

/** A model that is too large for one message gets its weights beside it. */
function encode(model: Model, options: WriteOptions, location: string): WrittenModel {
  try {
    return writeModel(model, options);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'US1009' || options.weights === 'keep') throw error;
    return writeModel(model, { ...options, weights: { location } });
  }
}

const weightsNotShared = defineProblem('US1012', { weights: 'string', file: 'string' }, ({ weights, file }) => ({
  message: 'the weights cannot be shared: the model would not find them from where it is written',
  value: weights,
  expected: `the file ${quoted(weights)} at the same place below ${path.dirname(path.resolve(file))}`,
  hint: 'write the model into the folder of its source, or let the weights be copied',
}));

const weightsFileName = defineProblem('US1012', { location: 'string' }, ({ location }) => ({
  message: `a model cannot name ${quoted(location)} as the file of its weights`,
  value: location,
  hint: 'choose a name without slashes and colons',
}));

async function weightsFor(
  model: Model,
  file: string,
  share: NonNullable<WriteModelOptions['shareWeights']>,
): Promise<'keep' | WeightsBeside> {
  const location = dataLocation(file);
  const copied: WeightsBeside = { location, which: 'external' };
  const constants = externalConstants(model.graph);
  if (constants.size === 0) return copied;
  if (share !== false) {
    const away = await firstAway(constants, path.dirname(file));
    if (away === undefined) return 'keep';
    if (share === true) {
      fail(weightsNotShared({ weights: away, file }));
    }
  }
  if (!isPlainLocation(location)) {
    fail(weightsFileName({ location }));
  }
  return copied;
}

/** A location that is another file, or none, seen from the folder. */
async function firstAway(constants: Iterable<Constant>, folder: string): Promise<string | undefined> {
  const seen = new Set<string>();
  for (const constant of constants) {
    const { location } = constant.place!;
    const file = fileOf(constant);
    const key = JSON.stringify([location, file]);
    if (seen.has(key)) continue;
    seen.add(key);
    const found = await realpath(path.join(folder, location)).catch(() => undefined);
    if (found === undefined || found !== file) return location;
  }
  return undefined;
}

const weightsTarget = defineProblem('US1012', { file: 'string', problem: 'string' }, ({ file, problem }) => ({
  message: `${quoted(file)} is ${problem}`,
  value: file,
  hint: 'choose another name for what is written',
}));

/**
 * Refuses to replace a file that the model's weights lie in, under whatever name, also those that it does not need any
 * more; and, by the weights, the file that the model itself was read from.
 * @param data the file of the weights, where one is written
 */
async function refuseSources(model: Model, file: string, data: string | undefined): Promise<void> {
  const sources = sourceFilesOf(model);
  const weights = await identities(sources.weights);
  const own = await identities(sources.model === undefined ? [] : [sources.model]);
  const refuse = (target: string, what: string): never => fail(weightsTarget({ file: target, problem: what }));
  for (const target of data === undefined ? [file] : [data, file]) {
    const [identity] = await identities([target]);
    if (identity === undefined) continue;
    if (weights.has(identity)) refuse(target, "the file of the model's weights");
    if (target === data && own.has(identity)) refuse(target, 'the model that is read');
  }
}

/** What files are the same by, through links; of those that are there. */
async function identities(files: Iterable<string>): Promise<Set<string>> {
  const found = await Promise.all(
    [...files].map((file) =>
      stat(file, { bigint: true }).then(
        ({ dev, ino }) => `${dev} ${ino}`,
        () => undefined,
      ),
    ),
  );
  return new Set(found.filter((identity) => identity !== undefined));
}

/** Whether the operator is the same in both operator sets. */
function isSameIn(node: Node, opset: number): boolean {
  const operator = findOperator(node);
  return (
    operator !== undefined && sinceVersion(operator.versions, node.opset) === sinceVersion(operator.versions, opset)
  );
}
