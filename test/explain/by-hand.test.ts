/** Layers given on the command line: what is refused, in words. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/cli/explain.js';
import { UsageError } from '../../src/cli/usage.js';

describe('unstride explain refuses', () => {
  it.each<[Record<string, string>, string]>([
    [{}, 'explain is given no model and no layer'],
    [{ kernel: '4' }, '--input is not given'],
    [{ input: '4' }, '--kernel is not given'],
    [{ kernel: '2x2x2', input: '3' }, 'the layer has 3 axes'],
    [{ kernel: '2x3', input: '3', stride: '1,2,3' }, 'the layer has 3 axes'],
    [{ kernel: '2x3', input: '3', padding: '1,2,3' }, '--padding has 3 numbers for 2 axes'],
    [{ kernel: '0', input: '3' }, '--kernel 0 is not a list of whole numbers'],
    [{ kernel: '1e3', input: '3' }, '--kernel 1e3 is not a list of whole numbers'],
    [{ kernel: '2', input: '999999' }, '--input 999999 is not a list of whole numbers from 1 to 65536'],
    [{ kernel: '2', input: '3', padding: '9' }, 'the pads crop more than there is'],
    [{ kernel: '2', input: '3', padding: '1,1,1' }, '--padding has 3 numbers for 1 axis'],
    [{ kernel: '2', input: '3', padding: 'same' }, "'same' is no value of auto_pad"],
    [{ kernel: '2', input: '3', autoPad: 'valid', padding: '1' }, 'auto_pad VALID decides the padding'],
    [{ kernel: '2', input: '3', autoPad: 'valid', padding: 'same' }, '--padding and --auto-pad are both words'],
    [{ kernel: '2', input: '3', framework: 'keras', padding: '1' }, 'Keras takes a word for padding'],
    [{ kernel: '2', input: '3', framework: 'keras', padding: 'full' }, 'Keras takes a word for padding'],
    [{ kernel: '2', input: '3', framework: 'keras', outputPadding: '1' }, '--output-padding 1 is too large for Keras'],
    [{ kernel: '2', input: '3', framework: 'keras', outputShape: '9' }, 'Keras’ layer takes no output shape'],
    [{ kernel: '2', input: '3', framework: 'keras', stride: '2', dilation: '2' }, 'no stride above 1 together with'],
    [{ kernel: '2', input: '3', framework: 'pytorch', autoPad: 'SAME_UPPER' }, 'takes no word for padding'],
    [{ kernel: '2', input: '3', framework: 'pytorch', padding: '1,0' }, '--padding has 2 numbers'],
    [
      { kernel: '2', input: '3', framework: 'pytorch', outputShape: '9' },
      '--output-shape 9 is none that output_size takes',
    ],
    [{ kernel: '2', input: '3', framework: 'webnn', autoPad: 'VALID' }, 'takes no word for padding'],
    [
      { kernel: '4', input: '3', framework: 'webnn', outputShape: '9' },
      '--output-shape 9 is none that outputSizes takes',
    ],
    [{ kernel: '4', input: '3', framework: 'webnn', outputPadding: '1' }, '--output-padding 1 is too large for WebNN'],
    [{ kernel: '4', input: '3', framework: 'caffe' }, '--framework caffe is not known'],
    [{ kernel: '4', input: '3', dim: 'H=3' }, '--dim is for models'],
  ])('%j', async (options, message) => {
    const error: unknown = await explain(undefined, [], options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain(message);
  });

  it('a layer beside a model', async () => {
    await expect(explain('model.onnx', [], { kernel: '4' })).rejects.toThrow('--kernel describes a layer by hand');
  });
});
