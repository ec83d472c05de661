import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/contract/config.js';
import { equalWhereLegal } from '../../src/contract/equal-where-legal.js';
import { type ContractProblem, checkShapes } from '../../src/contract/shapes.js';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { NamedGraph } from './support.js';

/** A convolution to 8 channels, pooled by two, and brought back by a ConvTranspose to 21. */
function network(shape: Shape): Graph {
  const builder = new NamedGraph();
  const x = builder.input('image', shape);
  const conv = builder.conv('conv', x, [8, 3], { name: 'stem' });
  const pool = builder.add('MaxPool', 'pooled', [conv], { attributes: { kernel_shape: [2, 2], strides: [2, 2] } });
  const up = builder.add('ConvTranspose', 'logits', [pool, builder.weight('up.weight', [8, 21, 2, 2])], {
    attributes: { strides: [2, 2], kernel_shape: [2, 2] },
  });
  return builder.graph(up);
}

function check(graph: Graph, contract: string, symbols: Parameters<typeof equalWhereLegal>[2] = []): ContractProblem[] {
  const [model] = parseConfig(`models:\n  files: a\n${contract.replaceAll(/^/gm, '  ')}`).models;
  return checkShapes(model!, graph, infer(graph), 'unstride.config.yaml', (a, b) => equalWhereLegal(a, b, symbols));
}

const fixed = network([1, 3, 64, 96]);
const open = network([symbol('batch'), 3, symbol('height'), symbol('width')]);

describe('shapes held to a contract', () => {
  it('fit with symbols that other lines bind', () => {
    expect(
      check(
        fixed,
        'inputs: {image: "N,3,H,W"}\noutputs: {logits: "N,21,H,W"}\nvalues: {pooled: "N,8,H/2,W/2", conv: "*,8,H,*"}'.replaceAll(
          'H/2,W/2',
          'H//2,W//2',
        ),
      ),
    ).toEqual([]);
    expect(check(fixed, 'outputs: {logits: "float32[1,21,64,96]"}')).toEqual([]);
    // The order of the lines does not matter, nor that an expression comes before the symbol alone.
    expect(check(fixed, 'inputs: {image: "1,3,2*H,2*W"}\nvalues: {pooled: "1,8,H,W"}')).toEqual([]);
  });

  it('bind a symbol by an expression when it stands nowhere alone', () => {
    expect(check(fixed, 'inputs: {image: "1,3,4*H,W"}\noutputs: {logits: "1,21,4*H,W"}')).toEqual([]);
    const [problem] = check(fixed, 'inputs: {image: "1,3,5*H,W"}');
    expect(problem?.problem).toMatchObject({ code: 'US3001', expected: '[1, 3, 5*H, W]', actual: '[1, 3, 64, 96]' });
  });

  it('fit with open sizes, whatever these are called', () => {
    expect(check(open, 'inputs: {image: "N,3,H,W"}\nvalues: {pooled: "N,8,H//2,W//2"}')).toEqual([]);
  });

  it('fit where they do for all legal sizes', () => {
    const contract = 'inputs: {image: "N,3,H,W"}\noutputs: {logits: "N,21,H,W"}';
    expect(check(open, contract).map(({ problem }) => problem.code)).toEqual(['US3001']);
    const even = { start: 1, period: 2, residues: [0], early: [] };
    const symbols = [
      { name: 'height', set: even },
      { name: 'width', set: even },
    ];
    expect(check(open, contract, symbols)).toEqual([]);
  });

  it('differ by what they are, and the message says whence the symbols are', () => {
    const problems = check(fixed, 'inputs: {image: "N,3,H,W"}\noutputs: {logits: "N,21,H,H"}');
    expect(problems).toMatchObject([
      {
        problem: {
          code: 'US3001',
          message: "the output 'logits' has another shape than unstride.config.yaml:4 expects",
          value: 'logits',
          expected: '[N, 21, H, H] where N = 1 (image, axis 0), H = 64 (image, axis 2)',
          actual: '[1, 21, 64, 96]',
        },
        node: expect.objectContaining({ opType: 'ConvTranspose' }),
      },
    ]);
  });

  it('differ by rank and by element type', () => {
    expect(check(fixed, 'outputs: {logits: "1,21,64"}')[0]?.problem).toMatchObject({
      expected: '[1, 21, 64]',
      actual: '[1, 21, 64, 96]',
    });
    expect(check(fixed, 'outputs: {logits: "float16[1,21,64,96]"}')[0]?.problem).toMatchObject({
      expected: 'float16[1, 21, 64, 96]',
      actual: 'float32[1, 21, 64, 96]',
    });
  });

  it('may be of a node, whose first output counts', () => {
    expect(check(fixed, 'values: {stem: "1,8,64,96"}')).toEqual([]);
    expect(check(fixed, 'values: {stem: "1,9,64,96"}')[0]?.problem.message).toBe(
      "the value 'stem' has another shape than unstride.config.yaml:3 expects",
    );
  });

  it('are missed by name', () => {
    expect(
      check(fixed, 'inputs: {imge: "1"}\noutputs: {mask: "1"}\nvalues: {poold: "1"}').map(({ problem }) => problem),
    ).toMatchObject([
      {
        code: 'US3002',
        message: "the model has no input 'imge', for which unstride.config.yaml:3 gives a shape",
        value: 'imge',
        hint: "did you mean 'image'?",
      },
      {
        code: 'US3002',
        message: "the model has no output 'mask', for which unstride.config.yaml:4 gives a shape",
        value: 'mask',
        hint: 'correct the name; they are logits',
      },
      {
        code: 'US3002',
        message: "the model has no value or node 'poold', for which unstride.config.yaml:5 gives a shape",
        value: 'poold',
        hint: "did you mean 'pooled'?",
      },
    ]);
  });

  it('do not fit what has no known shape', () => {
    const builder = new NamedGraph();
    const x = builder.input('x', [2]);
    const y = builder.add('Mystery', 'y', [x]);
    expect(check(builder.graph(y), 'outputs: {y: "2"}')[0]?.problem).toMatchObject({ expected: '[2]', actual: '[?]' });
  });
});
