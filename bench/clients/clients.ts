/** Which clients are run, with what, and how near their results have to be. */
import type { Tolerance } from './compare.js';

export interface Client {
  readonly name: string;
  /** A program below programs/ with its arguments; a client without one is in the page. */
  readonly program?: string;
  readonly args?: readonly string[];
  readonly tolerance: Tolerance;
}

/** @param folder with the models that are made here */
export function clients(folder: Readonly<{ product: string; bert: string }>): readonly Client[] {
  const floats = { numbers: 1e-4 };
  return [
    { name: 'quick start, node', program: 'quick-start-node', args: [folder.product], tolerance: floats },
    { name: 'ocr-node', program: 'ocr-node', tolerance: { numbers: 1e-3 } },
    { name: 'transformers', program: 'transformers', args: [folder.bert], tolerance: floats },
    { name: 'transformers, by symbol', program: 'transformers', args: [folder.bert, 'symbol'], tolerance: floats },
    { name: 'vad-node', program: 'vad-node', tolerance: floats },
    // In steps of 256, to which the mask is cut.
    { name: 'background-removal, medium', program: 'background-removal', args: ['medium'], tolerance: { numbers: 1 } },
    // Each of its 119 convolutions rounds to 8 bits by the range of what it is given, so that the last bit of a sum decides
    // about steps of the next one: onnxruntime's own mask moves farther than this when its input changes in the last bit.
    {
      name: 'background-removal, small',
      program: 'background-removal',
      args: ['small'],
      tolerance: { numbers: 16, outliers: 0.05 },
    },
    { name: 'quick start, web', tolerance: floats },
    { name: 'vad-web, legacy', tolerance: floats },
    { name: 'vad-web, v5', tolerance: floats },
    { name: 'vad-web, v6', tolerance: floats },
  ];
}
