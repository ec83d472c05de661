/** onnxruntime-common, whose API this is held to. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export const commonFolder = path.join(import.meta.dirname, '../../node_modules/onnxruntime-common');

/** False in a checkout whose packages are older than package.json: tests are skipped then. */
export const hasCommon = existsSync(commonFolder);

// Reporters count what is skipped, and do not show why.
if (!hasCommon) console.warn('skipped: onnxruntime-common is not installed, `npm ci` does that');

export type TensorClass = new (...args: readonly unknown[]) => Record<string, unknown>;

export interface Common {
  readonly Tensor: TensorClass & Record<string, unknown>;
  readonly [name: string]: unknown;
}

export async function loadCommon(): Promise<Common> {
  return (await import(pathToFileURL(path.join(commonFolder, 'dist/esm/index.js')).href)) as Common;
}
