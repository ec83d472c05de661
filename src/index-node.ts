/**
 * The public API where Node can require modules: what sessions need, and what is small, is there at once. The stages of the
 * compiler are loaded when one of them is first called, since reading all of the code takes longer than most programs run a
 * session for. Its names are those of index.ts, which bundlers, browsers and older versions of Node take.
 */
import { createRequire } from 'node:module';
import type * as library from './index.js';
import type { Operator } from './ops/operator.js';

export { catalogue } from './diagnostics/catalogue.js';
export { formatDiagnostic, ModelError, ProblemError } from './diagnostics.js';
export { HandLayerError } from './explain/frameworks/form.js';
export { formatDim, Sym, substitute, symbol, symbolsOf } from './ir/dim.js';
export { Value } from './ir/graph.js';
export { formatShape } from './ir/shape.js';
export { default } from './onnxruntime.js';
export * from './runtime/common/api.js';
export { listSupportedBackends } from './runtime/common/backends.js';
export { float16FromNumbers, float16ToNumbers } from './runtime/tensor/float16.js';

const load = createRequire(import.meta.url);

/** Beside this file in the package. */
const whole = (): typeof library => load('./library.js') as typeof library;

type Functions = {
  [Name in keyof typeof library as (typeof library)[Name] extends (...args: never) => unknown
    ? Name
    : never]: (typeof library)[Name];
};

function later<Name extends keyof Functions>(name: Name): Functions[Name] {
  const call = (...args: unknown[]) => (whole()[name] as (...args: unknown[]) => unknown)(...args);
  return Object.defineProperty(call, 'name', { value: name }) as unknown as Functions[Name];
}

export const check = later('check');
export const compile = later('compile');
export const dilatePadConvolve = later('dilatePadConvolve');
export const drawNetwork = later('drawNetwork');
export const execute = later('execute');
export const executeDilatePadConvolve = later('executeDilatePadConvolve');
export const explainByHand = later('explainByHand');
export const explainModel = later('explainModel');
export const externalFilesFrom = later('externalFilesFrom');
export const extract = later('extract');
export const findDecoder = later('findDecoder');
export const formatDilatePadConvolve = later('formatDilatePadConvolve');
export const infer = later('infer');
export const modelBytes = later('modelBytes');
export const openModel = later('openModel');
export const readModel = later('readModel');
export const readTensorProto = later('readTensorProto');
export const runModel = later('runModel');
export const splitModel = later('splitModel');
export const writeModel = later('writeModel');

/** A list that is filled when somebody looks into it. */
function laterList<Item>(items: () => readonly Item[]): readonly Item[] {
  const list: Item[] = [];
  const filled = () => {
    if (list.length === 0) list.push(...items());
    return list;
  };
  return new Proxy(list, {
    get: (_, key) => Reflect.get(filled(), key),
    has: (_, key) => Reflect.has(filled(), key),
    ownKeys: () => Reflect.ownKeys(filled()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(filled(), key),
  });
}

export const operators: readonly Operator[] = laterList(() => whole().operators);
