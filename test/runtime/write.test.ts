/** Models written to files: whole or not at all, weights a piece at a time, and nothing of the source replaced. */
import { spawnSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineProblem, fail } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import { type Constant, type Model, Value } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import type { ExternalFiles } from '../../src/onnx/external-data.js';
import { readModel } from '../../src/onnx/read.js';
import { openModel } from '../../src/runtime/open.js';
import { runModel } from '../../src/runtime/run.js';
import { writeModel } from '../../src/runtime/write.js';
import { useChildScript } from '../support/child-script.js';
import { diagnosticsOfAsync } from '../support/errors.js';
import { readFixture } from '../support/fixtures.js';
import { differences } from '../support/message.js';
import { modelBytes as encode, entries, nodeProto, type Values } from '../support/model.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'unstride-write-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...parts: readonly string[]) => path.join(folder, ...parts);
const bytesOf = (file: string) => new Uint8Array(readFileSync(file));
const floats = (count: number, first: number) => Float32Array.from({ length: count }, (_, i) => first + i);

/** A model that adds tensors of an external file to x, each given as [name, first element, elements]. */
function adding(tensors: readonly (readonly [string, number, number])[], location = 'w.bin'): Uint8Array {
  const outputs: Values = Object.fromEntries(tensors.map(([name, , count]) => [`y_${name}`, [count]]));
  return encode({
    inputs: Object.fromEntries(tensors.map(([name, , count]) => [`x_${name}`, [count]])),
    outputs,
    nodes: tensors.map(([name]) => nodeProto('Add', `x_${name} ${name}`, `y_${name}`)),
    initializers: tensors.map(([name, first, count]) => ({
      name,
      dims: [count],
      dataType: 1,
      dataLocation: 1,
      externalData: entries({ location, offset: String(4 * first), length: String(4 * count), checksum: 'abc' }),
    })),
  });
}

/** The model, and beside it w.bin with the numbers 0, 1, 2, …; `a` and `again` are the same place. */
function putModel(name = 'model.onnx'): string {
  writeFileSync(
    at(name),
    adding([
      ['a', 8, 500],
      ['b', 2000, 40000],
      ['again', 8, 500],
      ['c', 1, 3],
    ]),
  );
  writeFileSync(at('w.bin'), new Uint8Array(floats(50_000, 0).buffer));
  return at(name);
}

const constantsOf = ({ graph }: Model) =>
  new Map([...graph.constants].map(([{ name }, constant]): [string, Constant] => [name, constant]));
const elementsOf = (model: Model, name: string) => constantsOf(model).get(name)!.load().data;

/** The model without the nodes that make anything but the named values. */
function only(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const outputs = graph.outputs.filter(({ name }) => names.includes(name));
  const nodes = graph.nodes.filter(({ outputs: made }) => outputs.includes(made[0]!));
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      outputs,
      inputs: graph.inputs.filter((value) => read.has(value)),
      constants: new Map([...graph.constants].filter(([value]) => read.has(value))),
    },
  };
}

describe('writing a model', () => {
  it('that was opened changes nothing', async () => {
    const { model } = await openModel(putModel());
    const written = await writeModel(model, at('copy.onnx'), { shareWeights: true });
    expect(differences(bytesOf(at('model.onnx')), bytesOf(at('copy.onnx')))).toEqual([]);
    expect(written).toEqual({ file: at('copy.onnx'), byteLength: bytesOf(at('copy.onnx')).length });
    expect(readdirSync(folder).sort()).toEqual(['copy.onnx', 'model.onnx', 'w.bin']);
  });

  it('copies what it has in other files, each place once, and leaves the rest', async () => {
    const { model } = await openModel(putModel());
    mkdirSync(at('out'));
    const written = await writeModel(only(model, ['y_a', 'y_b', 'y_again']), at('out', 'part.onnx'));
    expect(written.weights!.file).toBe(at('out', 'part.onnx.data'));
    expect(readdirSync(at('out')).sort()).toEqual(['part.onnx', 'part.onnx.data']);
    const part = (await openModel(at('out', 'part.onnx'))).model;
    const places = [...constantsOf(part)].map(([name, { place }]) => [
      name,
      place!.location,
      place!.offset,
      place!.length,
    ]);
    expect(places).toEqual([
      ['a', 'part.onnx.data', 0, 2000],
      ['b', 'part.onnx.data', 4096, 160_000],
      ['again', 'part.onnx.data', 0, 2000],
    ]);
    expect(written.weights!.byteLength).toBe(bytesOf(at('out', 'part.onnx.data')).length);
    expect(elementsOf(part, 'a')).toEqual(floats(500, 8));
    expect(elementsOf(part, 'b')).toEqual(floats(40_000, 2000));
  });

  it('writes inferred types when it is given them', async () => {
    const { model } = await openModel(path.join(readFixture('vae/decoder-torchscript').folder, 'model.onnx'));
    const graph = { ...model.graph, nodes: [...model.graph.nodes] };
    const { types } = infer(graph);
    await writeModel({ ...model, graph }, at('typed.onnx'), { types });
    const again = (await openModel(at('typed.onnx'))).model;
    for (const { outputs } of again.graph.nodes) expect(outputs[0]!.declared?.kind).toBe('tensor');
  });

  it('of bytes whose weights are given copies them too', async () => {
    const w = new Uint8Array(floats(50_000, 0).buffer);
    const { model } = await openModel(adding([['a', 8, 500]]), { externalData: { 'w.bin': w } });
    await writeModel(model, at('out.onnx'));
    expect(elementsOf((await openModel(at('out.onnx'))).model, 'a')).toEqual(floats(500, 8));
    const problems = await diagnosticsOfAsync(() => writeModel(model, at('b.onnx'), { shareWeights: true }));
    expect(problems).toMatchObject([{ code: 'US1012' }]);
  });

  it('reads weights a piece at a time, and none that the model does not have', async () => {
    const reads: (readonly [number, number])[] = [];
    const files: ExternalFiles = {
      read(_, offset, length) {
        reads.push([offset, length]);
        return new Uint8Array(length).fill(offset >> 22);
      },
    };
    const count = 5 * 2 ** 20;
    const bytes = adding([
      ['a', 0, count],
      ['b', count, count],
    ]);
    const { model } = readModel(bytes, { externalFiles: files });
    await writeModel(only(model, ['y_b']), at('out.onnx'));
    expect(reads.every(([offset, length]) => offset >= 4 * count && length <= 2 ** 23)).toBe(true);
    expect(reads.reduce((sum, [, length]) => sum + length, 0)).toBe(4 * count);
    const data = bytesOf(at('out.onnx.data'));
    expect([data.length, data[0], data.at(-1)]).toEqual([4 * count, 5, (4 * count + 2 ** 24) >> 22]);
  });

  it('puts weights beside a model that is too large for one file', async () => {
    const asked = defineProblem('US2011', { what: 'string' }, ({ what }) => ({ message: `asked for ${what}` }));
    const huge: Constant = {
      type: 'float32',
      dims: [2 ** 30],
      byteLength: 2 ** 32,
      storage: 'inline',
      load: () => fail(asked({ what: 'all of it' })),
      part: (start, length) => fail(asked({ what: `${length} bytes at ${start}` })),
    };
    const { model } = readModel(
      encode({ inputs: { x: [2] }, outputs: { y: [2] }, nodes: [nodeProto('Neg', 'x', 'y')] }),
    );
    const large = { ...model, graph: { ...model.graph, constants: new Map([[new Value('w'), huge]]) } };
    const problems = await diagnosticsOfAsync(() => writeModel(large, at('large.onnx')));
    expect(problems).toMatchObject([{ code: 'US2011', data: { what: '8388608 bytes at 0' } }]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('nothing is lost:', () => {
  it.each([
    ['the weights', 'w.bin', {}],
    ['the weights under another name', 'link.bin', {}],
    ['the weights by a hard link', 'hard.bin', {}],
    ['the weights by the new ones', 'data.onnx', {}],
    ['the model by the weights', 'model', {}],
    ['the weights, though they are shared', 'w.bin', { shareWeights: true }],
  ])('%s are not replaced', async (_, name, options) => {
    const file = putModel('model.data');
    symlinkSync(at('w.bin'), at('link.bin'));
    linkSync(at('w.bin'), at('hard.bin'));
    symlinkSync(at('w.bin'), at('data.onnx.data'));
    const before = readdirSync(folder).sort();
    const { model } = await openModel(file);
    for (const part of [model, only(model, ['y_c'])]) {
      const problems = await diagnosticsOfAsync(() => writeModel(part, at(name), options));
      expect(problems).toMatchObject([{ code: 'US1012' }]);
    }
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(bytesOf(at('w.bin')).length).toBe(200_000);
  });

  it('weights that a part does not have any more are not replaced either', async () => {
    const { model } = await openModel(putModel());
    const none = only(model, []);
    expect(await diagnosticsOfAsync(() => writeModel(none, at('w.bin')))).toMatchObject([{ code: 'US1012' }]);
  });

  it('the model itself may be, while its weights stay', async () => {
    const { model } = await openModel(putModel());
    await writeModel(only(model, ['y_c']), at('model.onnx'), { shareWeights: 'where possible' });
    const again = (await openModel(at('model.onnx'))).model;
    expect([...constantsOf(again)].map(([name, { place }]) => [name, place?.location])).toEqual([['c', 'w.bin']]);
    const feeds = { x_c: float32([3], [0, 0, 0]) };
    expect([...runModel(again, feeds).outputs.get('y_c')!.data]).toEqual([1, 2, 3]);
  });

  it('what was there stays where weights are missing, and nothing half is left', async () => {
    const { model } = await openModel(putModel());
    await writeModel(model, at('out.onnx'));
    const before = [bytesOf(at('out.onnx')), bytesOf(at('out.onnx.data'))];
    truncateSync(at('w.bin'), 100_000);
    const problems = await diagnosticsOfAsync(() => writeModel(model, at('out.onnx')));
    expect(problems).toMatchObject([{ code: 'US1006', file: realpathSync(at('model.onnx')) }]);
    expect([bytesOf(at('out.onnx')), bytesOf(at('out.onnx.data'))]).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'out.onnx', 'out.onnx.data', 'w.bin']);
  });

  it('written again, both files are new', async () => {
    const { model } = await openModel(putModel());
    await writeModel(model, at('out.onnx'));
    await writeModel(only(model, ['y_c']), at('out.onnx'));
    expect(elementsOf((await openModel(at('out.onnx'))).model, 'c')).toEqual(floats(3, 1));
    expect(bytesOf(at('out.onnx.data')).length).toBe(12);
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'out.onnx', 'out.onnx.data', 'w.bin']);
  });

  it.each([
    ['missing/out.onnx', 'there is no such folder, or nothing can be made in it'],
    ['.', 'there is a folder of that name'],
  ])('%s cannot be written', async (name, actual) => {
    const { model } = await openModel(putModel());
    const target = name === '.' ? folder : at(name);
    const problems = await diagnosticsOfAsync(() => writeModel(only(model, []), target));
    expect(problems).toMatchObject([{ code: 'US2010', actual }]);
  });
});

describe('a process that is ended while it writes', () => {
  const child = useChildScript(
    { 'src/onnx/read.ts': 'readModel', 'src/runtime/write.ts': 'writeModel' },
    `
    import { readFileSync } from 'node:fs';
    const [, , model, out, signal, own] = process.argv;
    if (own) process.on(signal, () => console.log('heard'));
    let count = 0;
    const read = (location, offset, length) => {
      if (++count === 2) process.kill(process.pid, signal);
      return new Uint8Array(length);
    };
    await writeModel(readModel(readFileSync(model), { externalFiles: { read } }).model, out);
    `,
  );
  const end = (signal: string, ...own: readonly string[]) => {
    writeFileSync(at('model.onnx'), adding([['a', 0, 10 * 2 ** 20]]));
    const ended = spawnSync(process.execPath, [child.file, at('model.onnx'), at('out.onnx'), signal, ...own]);
    return { signal: ended.signal, stdout: ended.stdout.toString(), files: readdirSync(folder).sort() };
  };

  it('leaves neither the model nor its weights when it is killed', () => {
    const { signal, files } = end('SIGKILL');
    expect(signal).toBe('SIGKILL');
    expect(files).not.toContain('out.onnx');
    expect(files).not.toContain('out.onnx.data');
  });

  it('leaves nothing when it may tidy up', () => {
    expect(end('SIGTERM')).toEqual({ signal: 'SIGTERM', stdout: '', files: ['model.onnx'] });
  });

  it('goes on where it listens to the signal itself', () => {
    const files = ['model.onnx', 'out.onnx', 'out.onnx.data'];
    expect(end('SIGTERM', 'own')).toEqual({ signal: null, stdout: 'heard\n', files });
  });
});
