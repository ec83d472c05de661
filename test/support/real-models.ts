/** Real models by others, with inputs and what onnxruntime computes of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
// CommonJS, whose names Node alone does not see.
import onnxProto from 'onnx-proto';
import { readNpy } from '../../src/files/npy.js';
import type { Graph, Model, Value } from '../../src/ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { elementCount, type Tensor } from '../../src/ir/tensor.js';
import { readModel } from '../../src/onnx/read.js';
import { openModel } from '../../src/runtime/open.js';
import { realModels } from './shared-data.js';

interface Meta {
  readonly inputs: readonly { readonly name: string; readonly file: string }[];
  readonly outputs: readonly { readonly name: string; readonly file: string }[];
}

const { ModelProto } = onnxProto.onnx;

export interface FedModel {
  readonly model: Model;
  readonly feeds: ReadonlyMap<string, Tensor>;
}

export interface RealModel extends FedModel {
  readonly graph: Graph;
  readonly expected: ReadonlyMap<Value, Tensor>;
}

export const realNames: readonly string[] = existsSync(realModels) ? readdirSync(realModels) : [];

/** Set in soaks: every model whole, by references as well, and at the size of its file. */
const isSoak = process.env['UNSTRIDE_SOAK_MODELS'] === '1';

/** Models of more than ten billion multiplications, which references take a minute for. */
const large: readonly string[] = isSoak ? [] : ['agllnet', 'fns-candy', 'u2netp-int8', 'waifu2x-upconv7'];

/** Networks that take pictures of any size, though their files declare one: what its sides are divided by. */
const divisors: ReadonlyMap<string, number> = new Map(
  isSoak
    ? []
    : [
        ['fns-candy', 8],
        ['prisma-portrait', 4],
        ['unet-sed', 4],
        ['waifu2x-upconv7', 2],
      ],
);

/** Run whole by references, some of them on small pictures. */
export const wholeNames = realNames.filter((name) => !large.includes(name));

/** Run by references one node of each kind. */
export const largeNames = realNames.filter((name) => large.includes(name));

/** Held to onnxruntime on the engine, since references do not run them whole at the size of the file. */
export const engineNames = realNames.filter((name) => large.includes(name) || divisors.has(name));

/** Whose runs take no more than some seconds each: what holds for these holds for the others, and soaks show that. */
export const lightNames = realNames.filter((name) => isSoak || !['agllnet', 'fns-candy', 'u2netp-int8'].includes(name));

/** Multiplications and elements of a node above which its reference is left to soaks. */
export const mostWork = isSoak ? Number.POSITIVE_INFINITY : 1e8;

/** References take minutes for the largest of them on a busy machine. */
export const patience = 900_000;

export async function openReal(name: string): Promise<RealModel> {
  const folder = path.join(realModels, name);
  const { model } = await openModel(path.join(folder, 'model.onnx'));
  const meta = metaOf(folder);
  return {
    model,
    graph: model.graph,
    feeds: feedsOf(folder, meta),
    expected: new Map(
      meta.outputs.map((output) => {
        const value = model.graph.outputs.find((item) => item.name === output.name);
        if (value === undefined) throw new Error(`${name} has no output '${output.name}'`);
        return [value, readNpy(readFileSync(path.join(folder, output.file)))];
      }),
    ),
  };
}

/** The model for a corner of its picture, where the network takes pictures of any size; otherwise as it is. */
export async function openSmall(name: string): Promise<FedModel> {
  const divisor = divisors.get(name);
  if (divisor === undefined) return openReal(name);
  const folder = path.join(realModels, name);
  const feeds = new Map(
    [...feedsOf(folder, metaOf(folder))].map(([input, feed]) => [input, cornerOf(feed, divisor)] as const),
  );
  const proto = ModelProto.decode(readFileSync(path.join(folder, 'model.onnx')));
  const { input = [], output = [], valueInfo = [] } = proto.graph ?? {};
  for (const { name: declared, type } of input ?? []) {
    const dims = feeds.get(declared ?? '')?.dims;
    if (dims !== undefined) type!.tensorType!.shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  }
  for (const { type } of [...(output ?? []), ...(valueInfo ?? [])]) type!.tensorType!.shape = null;
  return { model: readModel(ModelProto.encode(proto).finish()).model, feeds };
}

function metaOf(folder: string): Meta {
  return JSON.parse(readFileSync(path.join(folder, 'meta.json'), 'utf8')) as Meta;
}

function feedsOf(folder: string, { inputs }: Meta): Map<string, Tensor> {
  return new Map(inputs.map(({ name, file }) => [name, readNpy(readFileSync(path.join(folder, file)))]));
}

/** The first rows and columns of a picture of [N, C, H, W]. */
function cornerOf(picture: Tensor, divisor: number): Tensor {
  const [images = 0, channels = 0, height = 0, width = 0] = picture.dims;
  const dims = [images, channels, height / divisor, width / divisor];
  const numbers = numbersOf(picture);
  const elements = new Float64Array(elementCount(dims));
  let to = 0;
  for (let plane = 0; plane < images * channels; plane++)
    for (let y = 0; y < dims[2]!; y++)
      for (let x = 0; x < dims[3]!; x++) elements[to++] = numbers[(plane * height + y) * width + x]!;
  return tensorFromNumbers(picture.type, dims, elements);
}
