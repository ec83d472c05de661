/** Names, domains, files: what makes a model hard to speak of or to move. */
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { Graph } from '../../src/ir/graph.js';
import { readModel } from '../../src/onnx/read.js';
import { writeModel } from '../../src/onnx/write.js';
import { openModel } from '../../src/runtime/open.js';
import { GraphBuilder } from '../support/graph.js';
import { codesOf, contextOf, filled, findingsOf, modelOf, reread } from './support.js';

function chain(): Graph {
  const builder = new GraphBuilder(18);
  return builder.graph(builder.add('Relu', [builder.add('Neg', [builder.input('x', [4])])]));
}

function renamed(...names: readonly string[]) {
  const graph = chain();
  return reread(modelOf({ ...graph, nodes: graph.nodes.map((node, i) => ({ ...node, name: names[i]! })) }));
}

describe('names of nodes', () => {
  it('US1601: none', () => {
    const [finding] = findingsOf(renamed('', 'b'), 'US1601');
    expect(finding!.message).toBe('1 node has no name, the first is Neg #0');
    expect(codesOf(renamed('a', 'b'))).toEqual([]);
  });

  it('US1601: Constant nodes need none', () => {
    const builder = new GraphBuilder(18);
    const graph = builder.graph(
      builder.add('Add', [builder.input('x', [1]), builder.add('Constant', [], { value: filled([1]) })]),
    );
    const nodes = graph.nodes.map((node) => (node.opType === 'Constant' ? { ...node, name: '' } : node));
    expect(codesOf(reread(modelOf({ ...graph, nodes })))).toEqual([]);
  });

  it('US1602: one for several', () => {
    const [finding] = findingsOf(renamed('a', 'a'), 'US1602');
    expect(finding).toMatchObject({ value: 'a', message: "2 nodes are named 'a': Neg #0, Relu #1" });
  });
});

describe('domains', () => {
  function custom(domain: string, opsets: readonly (readonly [string, number])[]) {
    const graph = chain();
    const nodes = graph.nodes.map((node, i) => (i === 0 ? { ...node, domain, opset: 1 } : node));
    return reread(modelOf({ ...graph, nodes }, { opsets: new Map(opsets) }));
  }

  it('US1603: not imported', () => {
    const [finding] = findingsOf(custom('com.microsoft', [['', 18]]), 'US1603');
    expect(finding).toMatchObject({ value: 'com.microsoft', actual: "'' 18", node: { opType: 'Neg' } });
    expect(
      codesOf(
        custom('com.microsoft', [
          ['', 18],
          ['com.microsoft', 1],
        ]),
      ),
    ).toEqual([]);
  });

  it('US1604: not public', () => {
    const [finding] = findingsOf(
      custom('my.ops', [
        ['', 18],
        ['my.ops', 1],
      ]),
      'US1604',
    );
    expect(finding!.message).toBe("1 node is of the domain 'my.ops', which no public tool is known to have");
  });

  it('that are imported and not used are no finding', () => {
    expect(
      codesOf(
        reread(
          modelOf(chain(), {
            opsets: new Map([
              ['', 18],
              ['my.ops', 1],
            ]),
          }),
        ),
      ),
    ).toEqual([]);
  });
});

describe('external data', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-rules-'));
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [600]);
    const sum = [1, 2].reduce((value, seed) => builder.add('Add', [value, builder.constant(filled([600], seed))]), x);
    const { model, weights } = writeModel(modelOf(builder.graph(sum)), { weights: { location: 'w.bin' } });
    writeFileSync(path.join(folder, 'model.onnx'), Buffer.concat([...model.chunks()]));
    writeFileSync(path.join(folder, 'w.bin'), Buffer.concat([...weights!.chunks()]));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const look = async () => {
    const { model, diagnostics } = await openModel(path.join(folder, 'model.onnx'));
    return contextOf(model, diagnostics);
  };

  it('that is there is no finding', async () => {
    expect(codesOf(await look())).toEqual([]);
  });

  it('US1006: missing, once a file', async () => {
    rmSync(path.join(folder, 'w.bin'));
    const found = findingsOf(await look(), 'US1006');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: 'error', file: 'test.onnx', actual: 'there is no such file' });
  });

  it('US1006: too short', async () => {
    truncateSync(path.join(folder, 'w.bin'), 4000);
    expect(findingsOf(await look(), 'US1006')[0]!.message).toContain('too short');
  });

  it('US1005: a link out of the folder', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'unstride-outside-'));
    try {
      writeFileSync(path.join(outside, 'w.bin'), new Uint8Array(10_000));
      rmSync(path.join(folder, 'w.bin'));
      symlinkSync(path.join(outside, 'w.bin'), path.join(folder, 'w.bin'));
      expect(codesOf(await look())).toEqual(['US1005']);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});

describe('what reading and inference say', () => {
  const type = { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 4 }] } } };
  const base = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'g',
      input: [{ name: 'x', type }],
      output: [{ name: 'y', type }],
      node: [
        { opType: 'Neg', name: 'a', input: ['x'], output: ['z'], attribute: [] as object[] },
        { opType: 'Relu', name: 'b', input: ['z'], output: ['y'], attribute: [] as object[] },
      ],
    },
  };
  const read = (message: object) => readModel(new Uint8Array(onnx.ModelProto.encode(message).finish()));

  it('US1107, US1101 and US1301 are found without a rule, and not by a sound model', () => {
    expect(read(base).diagnostics).toEqual([]);
    const unsorted = { ...base, graph: { ...base.graph, node: [...base.graph.node].reverse() } };
    expect(read(unsorted).diagnostics.map(({ code }) => code)).toEqual(['US1107']);
    expect(read({ ...base, opsetImport: [] }).diagnostics.map(({ code }) => code)).toEqual(['US1101']);
    const [first, second] = base.graph.node;
    const extra = { ...first, attribute: [{ name: 'alpha', type: 1, f: 1 }] };
    const odd = read({ ...base, graph: { ...base.graph, node: [extra, second] } });
    expect(infer(odd.model.graph).diagnostics.map(({ code, value }) => [code, value])).toEqual([['US1301', 'alpha']]);
    expect(codesOf(contextOf(odd.model))).toEqual([]);
  });
});
