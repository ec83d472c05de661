/** The layers as models of one node. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Case, Layer } from './cases.js';
import { layerBias, layerName, layers, layerWeights, operationsOf } from './layers.js';
import { singleNodeModel } from './peer-model.js';

/** Writes the model of each layer into the folder. */
export function layerCases(folder: string, list: readonly Layer[] = layers): Case[] {
  mkdirSync(folder, { recursive: true });
  return list.map((layer) => {
    const { op, from, to, kernel, stride = 1, pad = 0, outputPadding = 0, size } = layer;
    const dims = [1, from, size, size];
    const model = path.join(folder, `${layerName(layer).replace(/[^\w]+/g, '-')}.onnx`);
    const bytes = singleNodeModel({
      op,
      attributes: {
        strides: [stride, stride],
        pads: [pad, pad, pad, pad],
        ...(op === 'ConvTranspose' ? { output_padding: [outputPadding, outputPadding] } : {}),
      },
      input: dims,
      initializers: [
        { dims: [...(op === 'Conv' ? [to, from] : [from, to]), kernel, kernel], data: layerWeights(layer) },
        { dims: [to], data: layerBias(layer) },
      ],
    });
    writeFileSync(model, bytes);
    return {
      name: layerName(layer),
      group: 'layers',
      model,
      external: [],
      feeds: [{ name: 'x', dims, from: { seed: 3 } }],
      closeness: { tolerance: 1e-4 },
      operations: operationsOf(layer),
      layer,
    };
  });
}
