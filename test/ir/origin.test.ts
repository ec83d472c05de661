import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostics.js';
import { moduleOf, sourceOf } from '../../src/ir/origin.js';
import { locate } from '../../src/report/finding.js';
import { NamedGraph } from '../contract/support.js';

function traced(...frames: (readonly [file: string, line: number])[]) {
  const text = frames.map(([file, line]) => `  File "${file}", line ${line}, in forward\n    y = f(x)`).join('\n');
  return { metadata: new Map([['pkg.torch.onnx.stack_trace', text]]) };
}

describe('the line that a node was written at', () => {
  it('is the innermost one that is not of a library', () => {
    const user = ['/home/me/unet.py', 41] as const;
    const outer = ['/home/me/train.py', 7] as const;
    for (const library of [
      '/usr/lib/python3.12/site-packages/torch/nn/modules/conv.py',
      '/opt/venv/Lib/site-packages/torchvision/ops/misc.py',
      'C:\\Python312\\Lib\\site-packages\\torch\\nn\\functional.py',
      'torch/nn/modules/conv.py',
      '/src/pytorch/torch/_ops.py',
      '/usr/lib/python3.12/contextlib.py',
    ]) {
      expect(sourceOf(traced(outer, user, [library, 565]))).toEqual({ file: '/home/me/unet.py', line: 41 });
    }
    expect(sourceOf(traced(outer, user))).toEqual({ file: '/home/me/unet.py', line: 41 });
    // A folder that merely begins like a library.
    expect(sourceOf(traced(outer, ['/home/me/torch_models/net.py', 3]))).toEqual({
      file: '/home/me/torch_models/net.py',
      line: 3,
    });
  });

  it('is not there without a trace of one’s own', () => {
    expect(sourceOf({ metadata: new Map() })).toBeUndefined();
    expect(sourceOf(traced(['torch/fx/passes/runtime_assert.py', 24]))).toBeUndefined();
    expect(sourceOf({ metadata: new Map([['pkg.torch.onnx.stack_trace', 'nonsense']]) })).toBeUndefined();
  });
});

describe('the module of a node', () => {
  const scoped = (scopes: string) =>
    moduleOf({ name: 'node', metadata: new Map([['pkg.torch.onnx.name_scopes', scopes]]) });
  const named = (name: string) => moduleOf({ name, metadata: new Map() });

  it('is the scope around the operation', () => {
    expect(scoped("['', 'up.0', 'up.0.merge', 'relu_10']")).toBe('up.0.merge');
    expect(scoped('["", "it\'s", "conv"]')).toBe("it's");
    expect(scoped("['', 'conv2d']")).toBeUndefined();
    expect(scoped('[]')).toBeUndefined();
    expect(scoped("['', '_empty_nn_module_stack_from_metadata_hook', 'sym_min']")).toBeUndefined();
  });

  it('is in the names that TorchScript’s exporter gives', () => {
    expect(named('/up.0/merge/conv1/Conv')).toBe('up.0.merge.conv1');
    expect(named('/encoder.0/encoder.0.1/encoder.0.1.0/Conv')).toBe('encoder.0.1.0');
    expect(named('/layer1/layer1.0/conv1/Conv')).toBe('layer1.0.conv1');
    expect(named('/MaxPool_3')).toBeUndefined();
    expect(named('Conv_12')).toBeUndefined();
  });
});

it('findings get the places of their nodes, others stay as they are', () => {
  const builder = new NamedGraph();
  const x = builder.input('x', [1]);
  const y = builder.add('Relu', 'y', [x], {
    metadata: {
      'pkg.torch.onnx.stack_trace': 'File "net.py", line 9, in forward\n  y = relu(x)',
      'pkg.torch.onnx.name_scopes': "['', 'act', 'relu']",
    },
  });
  const graph = builder.graph(y);
  const node = { name: 'y', opType: 'Relu', domain: '', index: 0 };
  const [at, elsewhere, nowhere] = locate(
    [
      diagnostic({ code: 'US1203', message: '', data: {} }, { node, origin: 'torch/nn/functional.py:1' }),
      diagnostic({ code: 'US1203', message: '', data: {} }, { node: { ...node, index: 1 } }),
      diagnostic({ code: 'US1002', message: '', data: {} }),
    ],
    graph,
  );
  expect(at).toMatchObject({ origin: 'net.py:9', source: { file: 'net.py', line: 9 }, module: 'act' });
  expect(elsewhere).not.toHaveProperty('source');
  expect(nowhere).toEqual(diagnostic({ code: 'US1002', message: '', data: {} }));
});
