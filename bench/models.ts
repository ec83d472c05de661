/** Models by others, where they are beside the project: each a folder with model.onnx, meta.json and inputs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Case, Closeness } from './cases.js';

interface Meta {
  readonly inputs: readonly { readonly name: string; readonly file: string; readonly shape: readonly number[] }[];
}

/** Models of hundreds of tiny nodes, where dispatch decides. */
export const smallNodeModels: ReadonlySet<string> = new Set(['gtcrn', 'ulunas']);

/** Where a number lies at the middle of two integers, rounding of what it was computed from decides. */
const closeness: Readonly<Record<string, Closeness>> = {
  'u2netp-int8': { tolerance: 1e-4, jumps: 1e-3, reason: 'quantizing rounds to integers' },
};

export function modelCases(folder: string): Case[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'meta.json')))
    .map((name) => {
      const { inputs } = JSON.parse(readFileSync(path.join(folder, name, 'meta.json'), 'utf8')) as Meta;
      return {
        name,
        group: 'models',
        model: path.join(folder, name, 'model.onnx'),
        external: [],
        feeds: inputs.map(({ name: input, file, shape }) => ({
          name: input,
          dims: shape,
          from: { npy: path.join(folder, name, file) },
        })),
        closeness: closeness[name] ?? { tolerance: 1e-4 },
      };
    });
}
