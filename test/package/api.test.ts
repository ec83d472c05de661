/** The strict namesake, held to the declarations of onnxruntime-common, name by name and member by member. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonFolder, hasCommon, loadCommon } from '../support/onnxruntime-common.js';
import { Consumer, compilers, isBuilt } from './consumer.js';

/** Types in which `unstride` has more than onnxruntime-common, so that what it gives is no value of onnxruntime's type. */
const wider: Readonly<Record<string, string>> = {
  Tensor: 'Type has the newer element types of ONNX as well',
  'Tensor.Type': 'the newer element types of ONNX as well',
  'Tensor.CpuPinnedDataTypes': 'the newer element types of ONNX as well',
  CpuPinnedConstructorParameters: 'has such a type',
  OnnxValue: 'is a Tensor',
  'InferenceSession.OnnxValueMapType': 'has such tensors',
  'InferenceSession.NullableOnnxValueMapType': 'has such tensors',
  'InferenceSession.FeedsType': 'has such tensors',
  'InferenceSession.FetchesType': 'has such tensors',
  'InferenceSession.ReturnType': 'has such tensors',
  'InferenceSession.TensorValueMetadata': 'Type has the newer element types of ONNX as well',
  'InferenceSession.ValueMetadata': 'Type has the newer element types of ONNX as well',
  'InferenceSession.SessionOptions': 'externalData may be an object by name, and places may be URLs',
  InferenceSession: 'its inputs and outputs are such tensors',
  InferenceSessionFactory: 'makes such sessions',
  InferenceSessionHandler: 'its inputs and outputs are such tensors',
  Backend: 'makes such handlers',
  'SessionHandler.FeedsType': 'has such tensors',
  'SessionHandler.FetchesType': 'has such tensors',
  'SessionHandler.ReturnType': 'has such tensors',
};

/** Arguments of types that have no defaults. */
const parameters: Readonly<Record<string, string>> = {
  TypedTensor: "<'float32'>",
  TensorFromTextureOptions: "<'float32'>",
  TensorFromGpuBufferOptions: "<'float32'>",
  TensorFromMLTensorOptions: "<'float32'>",
};

const folder = path.join(commonFolder, 'dist/esm');

/** Exported types, those of namespaces as `Namespace.Name`. */
function typeNames(): string[] {
  const exported = [...readFileSync(path.join(folder, 'index.d.ts'), 'utf8').matchAll(/from '\.\/([\w-]+)\.js'/g)];
  const names = exported.flatMap(([, file]) => {
    const text = readFileSync(path.join(folder, `${file}.d.ts`), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    const own = [...text.matchAll(/^export (?:declare )?(?:interface|type|class) (\w+)/gm)].map(([, name]) => name!);
    const nested = [...text.matchAll(/^export declare namespace (\w+) \{\n([\s\S]*?)^\}/gm)].flatMap(
      ([, space, body]) =>
        [...body!.matchAll(/^ {4}(?:export )?(?:interface|type) (\w+)/gm)].map(([, name]) => `${space}.${name}`),
    );
    return [...own, ...nested];
  });
  return [...new Set(names)].filter((name) => !name.endsWith('Fallback'));
}

describe.skipIf(!isBuilt || !hasCommon)('unstride/onnxruntime', () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = new Consumer(['onnxruntime-common']);
  });
  afterAll(() => consumer?.remove());

  function complaints(lines: readonly string[]): string[] {
    const head =
      "import type * as theirs from 'onnxruntime-common';\nimport type * as ours from 'unstride/onnxruntime';\n";
    consumer.write('compare.mts', head + lines.join('\n'));
    const found = consumer.compile(
      compilers.current,
      ['compare.mts'],
      ['--module', 'nodenext', '--moduleResolution', 'nodenext', '--skipLibCheck'],
    );
    const messages = found.filter((line) => line.startsWith('compare.mts('));
    expect(messages.length > 0 || found.length === 0, found.join('\n')).toBe(true);
    return messages.map((line) => lines[Number(/\((\d+),/.exec(line)![1]) - 3]!.replace(/.*\/\/ /, ''));
  }

  it('exports the names of onnxruntime-common, and the default of its packages, and nothing else', async () => {
    const ort = await loadCommon();
    consumer.write(
      'names.mjs',
      "import * as ort from 'unstride/onnxruntime';\nconsole.log(JSON.stringify([Object.keys(ort), Object.keys(ort.default)]));",
    );
    const [names, inside] = JSON.parse(consumer.run('names.mjs')) as [string[], string[]];
    expect(names.filter((name) => name !== 'default').sort()).toEqual(Object.keys(ort).sort());
    expect(inside.sort()).toEqual(Object.keys(ort).sort());
    expect(readdirSync(folder).length).toBeGreaterThan(20);
  });

  it('has every type, with every member', () => {
    const names = typeNames();
    expect(names.length).toBeGreaterThan(80);
    expect(names).toContain('InferenceSession.ExecutionProviderConfig');
    expect(names).toContain('Env.WebGpuFlags');
    const lines = names.flatMap((name, i) => {
      const args = parameters[name] ?? '';
      return [
        `type Keys${i} = Exclude<keyof theirs.${name}${args}, keyof ours.${name}${args}>; const keys${i}: [Keys${i}] extends [never] ? 0 : Keys${i} = 0; // ${name}`,
      ];
    });
    expect(complaints(lines)).toEqual([]);
  });

  it('takes what onnxruntime-common takes, and gives what it gives', () => {
    const names = typeNames();
    const lines = names.map((name, i) => {
      const args = parameters[name] ?? '';
      return `declare const value${i}: ours.${name}${args}; const check${i}: theirs.${name}${args} = value${i}; // ${name}`;
    });
    expect([...new Set(complaints(lines))].sort()).toEqual(Object.keys(wider).sort());
    const options = [
      'InferenceSession.SessionOptions',
      'InferenceSession.RunOptions',
      'OnnxModelOptions',
      'TensorFromUrlOptions',
      'TensorToImageDataOptions',
      'InferenceSession.FetchesType',
      'InferenceSession.FeedsType',
      'Tensor.Type',
      'Env',
      'FileType',
      'InferenceSession.ExecutionProviderConfig',
    ];
    const taken = options.map(
      (name, i) => `declare const value${i}: theirs.${name}; const check${i}: ours.${name} = value${i}; // ${name}`,
    );
    expect(complaints(taken)).toEqual([]);
  });

  it('has maps of feeds and results that can be filled', () => {
    consumer.write(
      'fill.mts',
      "import { type InferenceSession, Tensor } from 'unstride/onnxruntime';\nexport const feeds: InferenceSession.FeedsType = {};\nfeeds['x'] = new Tensor('float32', [1]);\nexport const map: InferenceSession.OnnxValueMapType = feeds;\nmap['y'] = feeds['x'];\nexport const options: InferenceSession.SessionOptions = {};\noptions.logSeverityLevel = 3;",
    );
    expect(
      consumer.compile(compilers.current, ['fill.mts'], ['--module', 'nodenext', '--moduleResolution', 'nodenext']),
    ).toEqual([]);
  });
});
