/** Models that are read and written again, as messages: what the tests of writing share. */
import type { Graph, Model } from '../../src/ir/graph.js';
import { type ReadOptions, readModel } from '../../src/onnx/read.js';
import { modelBytes, type WriteOptions, writeModel } from '../../src/onnx/write.js';
import { differences, messageType } from './message.js';
import { entries, nodeProto, tensorTypeProto } from './model.js';

export type Fields = Readonly<Record<string, unknown>>;

export const encode = (message: Fields) => new Uint8Array(messageType('ModelProto').encode(message).finish());
export const decode = (bytes: Uint8Array) =>
  messageType('ModelProto').toObject(messageType('ModelProto').decode(bytes), { longs: Number }) as Written;

export interface Written {
  readonly docString?: string;
  readonly functions?: readonly { readonly name: string }[];
  readonly trainingInfo?: readonly unknown[];
  readonly opsetImport?: readonly { readonly domain?: string; readonly version: number }[];
  readonly graph: WrittenGraph;
}

export interface WrittenGraph {
  readonly docString?: string;
  readonly node: readonly Fields[];
  readonly input?: readonly { readonly name: string }[];
  readonly valueInfo?: readonly Fields[];
  readonly quantizationAnnotation?: readonly { readonly tensorName: string }[];
}

/** What changes when the bytes are read and written. */
export const changes = (bytes: Uint8Array, options: ReadOptions = {}) =>
  differences(bytes, modelBytes(readModel(bytes, options).model));

export const read = (message: Fields) => readModel(encode(message)).model;
export const written = (model: Model, options: WriteOptions = {}) =>
  decode(new Uint8Array(Buffer.concat([...writeModel(model, options).model.chunks()])));
export const withGraph = (model: Model, graph: Partial<Graph>): Model => ({
  ...model,
  graph: { ...model.graph, ...graph },
});

export const metadata = entries({ b: '1', a: '2' });
export const floats = tensorTypeProto([2]);
export const identity = nodeProto('Identity', 'x', 'y');

/** A model of one node with more fields in each message. */
export function modelWith(parts: {
  readonly model?: Fields;
  readonly graph?: Fields;
  readonly node?: Fields;
  readonly input?: Fields;
  readonly tensor?: Fields;
  readonly attribute?: Fields;
}): Uint8Array {
  const weights = { name: 'w', dims: [2], dataType: 1, rawData: new Uint8Array(8), ...parts.tensor };
  const attribute = { name: 'a', type: 2, i: 3, ...parts.attribute };
  return encode({
    irVersion: 10,
    opsetImport: [
      { domain: '', version: 18 },
      { domain: 'custom', version: 1 },
    ],
    ...parts.model,
    graph: {
      name: 'g',
      node: [{ ...nodeProto('Op', 'x w', 'y', {}, { domain: 'custom' }), attribute: [attribute], ...parts.node }],
      input: [{ name: 'x', type: floats, ...parts.input }],
      output: [{ name: 'y', type: floats }],
      initializer: [weights],
      ...parts.graph,
    },
  });
}
