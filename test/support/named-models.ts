/** Models all of whose names are chosen by a test, and every command that prints some of them. */

import { float32, int64 } from '../../src/ir/tensor.js';
import { targetNames } from '../../src/runtimes/target.js';
import { encodeCurrent, type ModelSpec, modelProto, tensorTypeProto } from './model.js';

export interface Names {
  /** A name with a mark in it. */
  readonly name: (mark: string) => string;
  /** Any text of that kind. */
  readonly all: string;
}

/** By file name: one that is sound, one whose nodes do not fit, one that is no graph, and one of fixed sizes, which runs. */
export function namedModels({ name, all }: Names): Readonly<Record<string, () => Uint8Array>> {
  function model(change: Partial<ModelSpec> = {}): Uint8Array {
    const [x, y, w] = [name('x'), name('y'), name('w')];
    const proto = modelProto({
      inputs: { [x]: ['N', 2, name('dim'), 4] },
      outputs: { [y]: tensorTypeProto(undefined) },
      initializers: { [w]: float32([2, 2, 1, 1], [1, 2, 3, 4]) },
      nodes: [
        {
          opType: 'Conv',
          name: name('conv'),
          input: [x, w],
          output: [name('c')],
          attribute: [{ name: name('attribute'), type: 2, i: 1 }],
        },
        { opType: 'Relu', name: name('relu'), input: [name('c')], output: [y] },
      ],
      metadata: { [name('key')]: name('value') },
      ...change,
    });
    return encodeCurrent({
      ...proto,
      producerName: name('producer'),
      producerVersion: all,
      domain: name('domain'),
      docString: all,
    });
  }

  const broken = () =>
    model({
      nodes: [
        {
          opType: 'Concat',
          name: name('concat'),
          input: [name('x'), name('w')],
          output: [name('c')],
          attribute: [{ name: 'axis', type: 2, i: 2 }],
        },
        {
          opType: name('Operator'),
          domain: name('domain'),
          name: name('unknown'),
          input: [name('c')],
          output: [name('y')],
        },
      ],
    });

  const unreadable = () =>
    model({ nodes: [{ opType: 'Relu', name: name('relu'), input: [name('nothing')], output: [name('y')] }] });

  /** Sizes without an open one, so that it runs and has a plan. */
  const fixed = () =>
    model({
      inputs: { [name('x')]: [1, 2, 4, 4] },
      nodes: [
        { opType: 'Conv', name: name('conv'), input: [name('x'), name('w')], output: [name('c')] },
        { opType: 'Reshape', name: name('reshape'), input: [name('c'), name('shape')], output: [name('y')] },
      ],
      initializers: { [name('w')]: float32([2, 2, 1, 1], [1, 2, 3, 4]), [name('shape')]: int64([1], [-1]) },
    });

  return { 'sound.onnx': () => model(), 'broken.onnx': broken, 'unreadable.onnx': unreadable, 'fixed.onnx': fixed };
}

/** What to ask of those models in their folder; a configuration `named.yaml` is beside them. */
export function commandsOnNames({ name, all }: Names, files: readonly string[]): readonly (readonly string[])[] {
  const outputsOf = (own: string) =>
    ['sarif=#.sarif', 'junit=#.xml', 'markdown=#.md', 'json=#.json', 'github=#.txt'].flatMap((output) => [
      '--output',
      output.replace('#', own),
    ]);
  return [
    ['check', ...files, ...outputsOf('a')],
    ['check', ...files, '--format', 'github', '--summary'],
    ['check', ...files, ...targetNames.flatMap((runtime) => ['--runtime', runtime]), ...outputsOf('b')],
    ['check', 'broken.onnx', '--runtime', 'opencv', '--format', 'github', '--summary'],
    ['check', 'sound.onnx', '--runtime', all],
    ['check', 'sound.onnx', 'fixed.onnx', '--update'],
    ['check', 'broken.onnx', '--write-baseline', '--json'],
    ['check', 'sound.onnx', '--dim', `${name('no')}=3`],
    ['check', `${all}.onnx`],
    ['check', `--${all}`],
    ['check', 'sound.onnx', '--config', 'named.yaml'],
    ['inspect', 'sound.onnx'],
    ['inspect', 'broken.onnx'],
    ['inspect', 'unreadable.onnx'],
    ['inspect', 'sound.onnx', '--json'],
    ['inspect', 'fixed.onnx', '--plan'],
    ['inspect', 'sound.onnx', '--plan'],
    ['inspect', 'fixed.onnx', '--after', 'fold-affine'],
    ['inspect', 'fixed.onnx', '--after', all],
    ['run', 'fixed.onnx', '--input', 'random', '--profile', 'trace.json'],
    ['run', 'fixed.onnx', '--input', 'random', '--json'],
    ['run', 'sound.onnx', '--input', 'random'],
    ['run', 'broken.onnx', '--input', 'random', '--dim', 'N=1'],
    ['run', 'fixed.onnx', '--input', `${name('other')}=random`],
    ['run', 'fixed.onnx', '--input', all],
    ['run', 'fixed.onnx', '--input', 'random', '--as', `${all}=mask`],
    ['extract', 'fixed.onnx', '--to', name('c'), '--output', 'part.onnx'],
    ['extract', 'fixed.onnx', '--from', all, '--output', 'part.onnx'],
    ['extract', 'sound.onnx', '--decoders'],
    ['fix', 'sound.onnx', '--output', 'fixed-1.onnx'],
    ['fix', 'broken.onnx'],
    ...['pretty', 'json', 'markdown'].map((format) => ['diff', 'sound.onnx', 'fixed.onnx', '--format', format]),
    ['rules', all],
    ['init', 'sound.onnx', '--config', all],
    [all],
  ];
}

/** `named.yaml` */
export function configOfNames({ all }: Names): string {
  return `models:\n  - files: '*.onnx'\n    ${JSON.stringify(all)}: 1\n`;
}
