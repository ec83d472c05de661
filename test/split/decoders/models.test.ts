/** Where the decoders of models begin that frameworks exported: as a person would cut them, and whole again bit by bit. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../../src/files/npy.js';
import type { Model } from '../../../src/ir/graph.js';
import type { Tensor as DenseTensor } from '../../../src/ir/tensor.js';
import { InferenceSession } from '../../../src/runtime/inference-session.js';
import { openModel } from '../../../src/runtime/open.js';
import { findDecoder, splitModel } from '../../../src/runtime/stages.js';
import { tensorOf } from '../../../src/runtime/tensor/dense.js';
import type { DecoderFindings } from '../../../src/split/decoders/findings.js';
import { fixtures, readFixture } from '../../support/fixtures.js';
import { lightNames, openSmall } from '../../support/real-models.js';
import { isAbsent, realModels, sharedModels, titleFor } from '../../support/shared-data.js';

/** The kind, the first candidate's bottleneck and skips, and sizes that cross as numbers. A whole decoder has its first input alone. */
type Expected = readonly [kind: string, bottleneck?: string, skips?: readonly string[], sizes?: readonly string[]];

const ofFixtures: Readonly<Record<string, Expected>> = {
  'dcgan/dynamo': ['decoder', 'z'],
  'dcgan/torchscript': ['decoder', 'z'],
  'fcn8s/dynamo': ['encoder-decoder', 'conv2d_15', ['conv2d_16', 'conv2d_17'], ['val_77', 'val_87']],
  'fcn8s/grouped-dynamo': ['encoder-decoder', 'conv2d_15', ['conv2d_16', 'conv2d_17'], ['val_77', 'val_87']],
  'fcn8s/grouped-torchscript': [
    'encoder-decoder',
    '/score_fr/Conv_output_0',
    ['/score_pool4/Conv_output_0', '/score_pool3/Conv_output_0'],
  ],
  'fcn8s/torchscript': [
    'encoder-decoder',
    '/score_fr/Conv_output_0',
    ['/score_pool4/Conv_output_0', '/score_pool3/Conv_output_0'],
    ['/Unsqueeze_4_output_0', '/Unsqueeze_5_output_0'],
  ],
  'segnet/dynamo': ['encoder-decoder', 'getitem_30', ['getitem_7', 'getitem_15', 'getitem_23', 'getitem_31']],
  'segnet/odd-dynamo': [
    'encoder-decoder',
    'getitem_30',
    ['getitem_7', 'getitem_15', 'getitem_23', 'getitem_31'],
    ['val_177', 'val_178'],
  ],
  'segnet/odd-torchscript': [
    'encoder-decoder',
    '/MaxPool_6_output_0',
    ['/Sub_output_0', '/Sub_1_output_0', '/Sub_2_output_0', '/Sub_3_output_0'],
    ['/Mul_6_output_0', '/Concat_6_output_0'],
  ],
  'segnet/torchscript': [
    'encoder-decoder',
    '/MaxPool_3_output_0',
    ['/MaxPool_output_1', '/MaxPool_1_output_1', '/MaxPool_2_output_1', '/MaxPool_3_output_1'],
  ],
  'unet/dynamo': ['encoder-decoder', 'relu_9', ['relu_1', 'relu_3', 'relu_5', 'relu_7']],
  'unet/external-data': ['encoder-decoder', 'relu_9', ['relu_1', 'relu_3', 'relu_5', 'relu_7']],
  'unet/float16': ['encoder-decoder', 'relu_9', ['relu_1', 'relu_3', 'relu_5', 'relu_7']],
  'unet/keras': [
    'encoder-decoder',
    'unet/conv2d_9/Relu:0',
    ['unet/conv2d_1/Relu:0', 'unet/conv2d_3/Relu:0', 'unet/conv2d_5/Relu:0', 'unet/conv2d_7/Relu:0'],
  ],
  'unet/odd-dynamo': ['encoder-decoder', 'relu_9', ['relu_1', 'relu_3', 'relu_5', 'relu_7']],
  'unet/odd-torchscript': [
    'encoder-decoder',
    '/down.4/Relu_1_output_0',
    ['/down.0/Relu_1_output_0', '/down.1/Relu_1_output_0', '/down.2/Relu_1_output_0', '/down.3/Relu_1_output_0'],
  ],
  'unet/torchscript': [
    'encoder-decoder',
    '/down.4/Relu_1_output_0',
    ['/down.0/Relu_1_output_0', '/down.1/Relu_1_output_0', '/down.2/Relu_1_output_0', '/down.3/Relu_1_output_0'],
  ],
  'unet/valid-torchscript': [
    'encoder-decoder',
    '/down.4/Relu_1_output_0',
    ['/down.0/Relu_1_output_0', '/down.1/Relu_1_output_0', '/down.2/Relu_1_output_0', '/down.3/Relu_1_output_0'],
  ],
  'vae/decoder-dynamo': ['decoder', 'z'],
  'vae/decoder-torchscript': ['decoder', 'z'],
  'vae/dynamo': ['encoder-decoder', 'add_38', []],
  'vae/random-dynamo': ['encoder-decoder', 'add_41', []],
  'vae/random-torchscript': ['encoder-decoder', '/Add_output_0', []],
  'vae/torchscript': ['encoder-decoder', '/Add_output_0', []],
  'twins/dcgan-64': ['decoder', 'z'],
  'twins/fcn8s-vgg16-500': ['encoder-decoder', 'conv2d_15', ['conv2d_16', 'conv2d_17']],
  'twins/segnet-vgg16-360x480': [
    'encoder-decoder',
    'getitem_47',
    ['getitem_7', 'getitem_15', 'getitem_26', 'getitem_37', 'getitem_48'],
  ],
  'twins/unet-256': ['encoder-decoder', 'relu_9', ['relu_1', 'relu_3', 'relu_5', 'relu_7']],
  'twins/unet-512': ['encoder-decoder', 'relu_9', ['relu_1', 'relu_3', 'relu_5', 'relu_7']],
  'twins/vae-64': ['encoder-decoder', 'add_58', []],
};

const ofRealModels: Readonly<Record<string, Expected>> = {
  agllnet: [
    'encoder-decoder',
    'StatefulPartitionedCall/model/tf.nn.relu_6/Relu:0',
    [
      'StatefulPartitionedCall/model/tf.nn.relu/Relu:0',
      'StatefulPartitionedCall/model/tf.nn.relu_1/Relu:0',
      'StatefulPartitionedCall/model/tf.nn.relu_2/Relu:0',
      'StatefulPartitionedCall/model/tf.nn.relu_3/Relu:0',
      'StatefulPartitionedCall/model/tf.nn.relu_4/Relu:0',
      'StatefulPartitionedCall/model/tf.nn.relu_5/Relu:0',
    ],
  ],
  'fns-candy': ['encoder-decoder', 'Sequential_53', []],
  gtcrn: ['encoder-decoder', 'onnx::ConvTranspose_3300', ['input.11']],
  'lite-mono-decoder': ['decoder', 'features_1'],
  'ppocr-v3-det': ['encoder-decoder', 'p2o.Add.65', ['p2o.Add.5', 'p2o.Add.9', 'p2o.Add.41']],
  'prisma-portrait': [
    'encoder-decoder',
    'add_65/add:0',
    ['add_55/add:0', 'add_56/add:0', 'add_57/add:0', 'add_59/add:0'],
  ],
  'selfie-landscape': [
    'encoder-decoder',
    'add_4__xeno_compat__1:0',
    ['mul_1:0', 'Conv__167:0', 'add__xeno_compat__1:0'],
  ],
  'u2netp-int8': ['encoder-decoder', 'add_5', ['add', 'add_1', 'add_2', 'add_3', 'add_4']],
  ulunas: [
    'encoder-decoder',
    'inp.3',
    [
      'spec',
      'input',
      'onnx::Shape_775',
      'input.15',
      'input.23',
      'onnx::Shape_1163',
      'input.55',
      'onnx::Shape_1591',
      'onnx::Shape_1997',
      'onnx::Shape_2443',
      'onnx::Shape_3912',
      'onnx::Shape_4319',
      'inp',
      'onnx::Shape_4777',
    ],
  ],
  'unet-sed': [
    'encoder-decoder',
    '/bottleneck/bottleneck.3/Relu_output_0',
    ['/encoder1/encoder1.3/Relu_output_0', '/encoder2/encoder2.3/Relu_output_0'],
  ],
  'waifu2x-upconv7': ['decoder', 'input'],
};

/** Architectures with random weights. */
const ofZoo: Readonly<Record<string, Expected>> = {
  'cyclegan-resnet-dyn': ['encoder-decoder', 'add_171', []],
  'ddpm-unet-dyn': ['encoder-decoder', 'add_347', ['add_93', 'linear_6']],
  'dif-akl-decoder-dyn': ['decoder', 'latent'],
  'dif-oobleck-dec-ts17': ['decoder', 'latent'],
  'fp16-unet-dynf16': ['encoder-decoder', 'relu_7', ['relu_1', 'relu_3', 'relu_5']],
  'hf-dac-decoder-dyn': ['decoder', 'z'],
  'hf-mobilevit-ts17': ['encoder'],
  'hf-sam-decoder-dyn': ['decoder', 'emb'],
  'hf-segformer-dyn': ['encoder-decoder', 'permute_3', ['permute', 'permute_1', 'permute_2']],
  'hf-swin2sr-ts17': ['decoder', 'image'],
  'hifigan-dyn': ['decoder', 'mel'],
  'monai-attunet2d-dyn': ['encoder-decoder', 'relu_5', ['relu_1', 'relu_3']],
  'monai-diffunet-dyn': ['encoder-decoder', 'add_1098', ['conv2d', 'silu_2', 'add_98', 'conv2d_3', 'add_285']],
  'monai-unet3d-dyn': ['encoder-decoder', 'cat', ['add_42']],
  'pspnet-adaptive-open-dyn': ['encoder-decoder', 'relu_1', [], ['val_53']],
  'segnet-unpool-dyn': ['encoder-decoder', 'getitem_13', ['getitem_4', 'getitem_9', 'getitem_14']],
  'u2net-small-ts17': ['encoder-decoder', '/b/Add_output_0', ['/a/Add_output_0']],
  'unet-milesial-qdq': [
    'encoder-decoder',
    '/dn.2/dn.2.1/dn.2.1.5/Relu_output_0_DequantizeLinear_Output',
    [
      '/i/i.5/Relu_output_0_DequantizeLinear_Output',
      '/dn.0/dn.0.1/dn.0.1.5/Relu_output_0_DequantizeLinear_Output',
      '/dn.1/dn.1.1/dn.1.1.5/Relu_output_0_DequantizeLinear_Output',
    ],
  ],
  'unet-milesial-qop': [
    'encoder-decoder',
    '/dn.2/dn.2.1/dn.2.1.5/Relu_output_0',
    [
      '/i/i.3/Conv_output_0_quantized',
      '/dn.0/dn.0.1/dn.0.1.3/Conv_output_0_quantized',
      '/dn.1/dn.1.1/dn.1.1.3/Conv_output_0_quantized',
    ],
  ],
  'waveunet-dyn': ['encoder-decoder', 'leaky_relu_4', ['leaky_relu', 'leaky_relu_1', 'leaky_relu_2', 'leaky_relu_3']],
};

const fixtureFolder = path.join(import.meta.dirname, '..', '..', '..', 'fixtures');
const zoo = path.join(sharedModels, 'zoo');

function foundIn({ kind, candidates: [first] }: DecoderFindings): Expected {
  if (first === undefined) return [kind];
  if (first.encoder === undefined) return [kind, first.bottleneck];
  const sizes = first.crossing.flatMap(({ name, role }) => (role === 'sizes' ? [name] : []));
  return sizes.length === 0 ? [kind, first.bottleneck, first.skips] : [kind, first.bottleneck, first.skips, sizes];
}

async function modelIn(folder: string): Promise<Model> {
  return (await openModel(existsSync(`${folder}.onnx`) ? `${folder}.onnx` : path.join(folder, 'model.onnx'))).model;
}

function tensorIn(file: string): DenseTensor {
  return readNpy(readFileSync(file));
}

/** Runs the model, and its halves one after the other. */
async function expectSameBits(model: Model, feeds: ReadonlyMap<string, DenseTensor>): Promise<void> {
  const { candidates } = findDecoder(model);
  const candidate = candidates.findIndex(({ encoder }) => encoder !== undefined) + 1;
  // A decoder as a whole whose first layer grows at once.
  if (candidate === 0) return;
  const { encoder, decoder, join } = splitModel(model, { candidate });
  const run = async (part: Model, given: ReadonlyMap<string, DenseTensor>) => {
    const session = await InferenceSession.create(part, { precision: 'strict' });
    const fed = Object.fromEntries(session.inputNames.map((name) => [name, tensorOf(given.get(name)!)]));
    const outputs = await session.run(fed, { seed: 7 });
    await session.release();
    return new Map(Object.entries(outputs).map(([name, { type, dims, data }]) => [name, { type, dims, data }]));
  };
  const whole = await run(model, feeds);
  const encoded = await run(encoder, feeds);
  const given = new Map(join.inputs.decoder.map((name) => [name, feeds.get(name)!]));
  for (const value of join.values) given.set(value.decoder, encoded.get(value.encoder)! as unknown as DenseTensor);
  const decoded = await run(decoder, given);
  expect([...join.outputs.encoder, ...join.outputs.decoder].sort()).toEqual([...whole.keys()].sort());
  for (const name of join.outputs.encoder) expect(isSame(encoded.get(name)!, whole.get(name)!), name).toBe(true);
  for (const name of join.outputs.decoder) expect(isSame(decoded.get(name)!, whole.get(name)!), name).toBe(true);
}

function isSame(a: { readonly dims: readonly number[]; readonly data: unknown }, b: typeof a): boolean {
  const bytes = ({ data }: typeof a) => {
    const { buffer, byteOffset, byteLength } = data as Uint8Array;
    return Buffer.from(buffer, byteOffset, byteLength);
  };
  return String(a.dims) === String(b.dims) && bytes(a).equals(bytes(b));
}

describe('fixtures', () => {
  it.each(Object.entries(ofFixtures))('%s', async (name, expected) => {
    expect(foundIn(findDecoder(await modelIn(path.join(fixtureFolder, name))))).toEqual(expected);
  });

  it('are all there', () => {
    const twins = Object.keys(ofFixtures).filter((name) => name.startsWith('twins/'));
    expect(Object.keys(ofFixtures).sort()).toEqual([...fixtures, ...twins].sort());
  });

  it.each(fixtures)('%s: the halves have the bits of the whole', async (name) => {
    const { cases, folder } = readFixture(name);
    const inputs = Object.entries(cases.at(-1)!.inputs);
    const feeds = new Map(inputs.map(([input, file]) => [input, tensorIn(path.join(folder, file))]));
    await expectSameBits(await modelIn(folder), feeds);
  });
});

describe.skipIf(isAbsent(realModels))(titleFor('models of others', realModels), () => {
  it.each(Object.entries(ofRealModels))(
    '%s',
    async (name, expected) => {
      const whole = await modelIn(path.join(realModels, name));
      expect(foundIn(findDecoder(whole))).toEqual(expected);
      const { model, feeds } = await openSmall(name);
      expect(foundIn(findDecoder(model))).toEqual(expected);
      if (lightNames.includes(name)) await expectSameBits(model, feeds);
    },
    120_000,
  );
});

describe.skipIf(isAbsent(zoo))(titleFor('architectures', zoo), () => {
  it.each(Object.entries(ofZoo))('%s', async (name, expected) => {
    expect(foundIn(findDecoder(await modelIn(path.join(zoo, name))))).toEqual(expected);
  });
});
