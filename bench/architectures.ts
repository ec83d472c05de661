/** The five architectures at the size at which they were published (fixtures/twins), one input at a time. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Case, Closeness } from './cases.js';

const folder = path.join(import.meta.dirname, '..', 'fixtures', 'twins');

interface Twin {
  readonly name: string;
  readonly file: string;
  readonly weights: { readonly file: string; readonly bytes: number };
  readonly runs: readonly { readonly batch: number; readonly inputs: Readonly<Record<string, readonly number[]>> }[];
}

/** Measured beside the five, and in no mean with them: U-Net's larger size, and networks on the backbones of others. */
export const besides: ReadonlySet<string> = new Set(['unet-512', 'deeplabv3-mobilenetv3-256', 'fcn-resnet50-256']);

/**
 * Of this network every value up to the first unpooling is within 5e-6 of native's, by any tier. A few of the poolings' 5
 * million windows have two values that are equal but for rounding, one of them has chosen the other, and what follows
 * differs around that place: in up to a sixth of the scores if it was the innermost pooling.
 */
const closeness: Readonly<Record<string, Closeness>> = {
  'segnet-vgg16-360x480': {
    tolerance: 1e-4,
    jumps: 0.2,
    reason: 'pooling chooses between values that differ by rounding',
  },
};

export function architectureCases(): Case[] {
  const { twins } = JSON.parse(readFileSync(path.join(folder, 'twins.json'), 'utf8')) as {
    readonly twins: readonly Twin[];
  };
  return twins.map(({ name, file, weights, runs }) => {
    const { inputs } = runs.find(({ batch }) => batch === 1)!;
    return {
      name,
      group: 'architectures',
      model: path.join(folder, file),
      external: [{ location: weights.file, path: path.join(folder, weights.file) }],
      feeds: Object.entries(inputs).map(([input, dims], i) => ({ name: input, dims, from: { seed: i + 1 } })),
      closeness: closeness[name] ?? { tolerance: 1e-4 },
    };
  });
}

/** Weights of the twins that are measured, where they have not been written yet. */
export function ensureWeights(cases: readonly Case[]): void {
  const sizes = new Map(
    (
      JSON.parse(readFileSync(path.join(folder, 'twins.json'), 'utf8')) as { readonly twins: readonly Twin[] }
    ).twins.map(({ name, weights }) => [name, weights.bytes]),
  );
  const missing = cases.filter(({ name, external: [weights] }) => {
    const bytes = sizes.get(name);
    return bytes !== undefined && !(existsSync(weights!.path) && statSync(weights!.path).size === bytes);
  });
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const tsx = ['--import', 'tsx', path.join(import.meta.dirname, 'fill-weights.ts')];
  execFileSync(process.execPath, [...tsx, ...names], { stdio: 'inherit', cwd: import.meta.dirname });
}
