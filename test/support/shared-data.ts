/** Test data of others that may lie beside the checkout; a clone has none of it, and tests that want it skip. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..', '..', 'shared');

export const onnxTests = path.join(root, 'onnx-tests');
export const sharedModels = path.join(root, 'models');
export const realModels = path.join(sharedModels, 'real');
export const zooModels = path.join(sharedModels, 'zoo');
export const cases = path.join(root, 'cases');

/** The suite's title with the reason when it is skipped. */
export function titleFor(title: string, folder: string): string {
  return existsSync(folder) ? title : `${title}: skipped, the test data beside the checkout is absent`;
}

export function isAbsent(folder: string): boolean {
  return !existsSync(folder);
}
