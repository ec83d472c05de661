/** Real models by others, with inputs and what onnxruntime computes of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readNpy } from '../../src/files/npy.js';
import type { Graph, Model, Value } from '../../src/ir/graph.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { openModel } from '../../src/runtime/open.js';
import { realModels } from '../support/shared-data.js';

interface Meta {
  readonly inputs: readonly { readonly name: string; readonly file: string }[];
  readonly outputs: readonly { readonly name: string; readonly file: string }[];
}

export interface RealModel {
  readonly model: Model;
  readonly graph: Graph;
  readonly feeds: ReadonlyMap<string, Tensor>;
  readonly expected: ReadonlyMap<Value, Tensor>;
}

const names = existsSync(realModels) ? readdirSync(realModels) : [];

/** Models of more than ten billion multiplications, which references take a minute for. */
const large: readonly string[] =
  process.env['UNSTRIDE_SOAK_MODELS'] === '1' ? [] : ['agllnet', 'fns-candy', 'u2netp-int8', 'waifu2x-upconv7'];

/** Run whole by references; all are with UNSTRIDE_SOAK_MODELS=1. */
export const wholeNames = names.filter((name) => !large.includes(name));

/** Run on the engine, and by references one node of each kind. */
export const largeNames = names.filter((name) => large.includes(name));

/** References take minutes for the largest of them on a busy machine. */
export const patience = 900_000;

export async function openReal(name: string): Promise<RealModel> {
  const folder = path.join(realModels, name);
  const meta = JSON.parse(readFileSync(path.join(folder, 'meta.json'), 'utf8')) as Meta;
  const { model } = await openModel(path.join(folder, 'model.onnx'));
  const read = (file: string) => readNpy(readFileSync(path.join(folder, file)));
  return {
    model,
    graph: model.graph,
    feeds: new Map(meta.inputs.map((input) => [input.name, read(input.file)])),
    expected: new Map(
      meta.outputs.map((output) => {
        const value = model.graph.outputs.find((item) => item.name === output.name);
        if (value === undefined) throw new Error(`${name} has no output '${output.name}'`);
        return [value, read(output.file)];
      }),
    ),
  };
}
