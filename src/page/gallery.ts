/** The examples that a newcomer can open. */
import type { ModelSource } from './protocol.js';

export interface Example {
  /** In the address of the page. */
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Below fixtures/, from where the build copies them; below examples/ on the page. */
  readonly file: string;
  /** Whether it comes with the package, which has to stay small; all are on the site. */
  readonly isSmall: boolean;
}

export const examples: readonly Example[] = [
  {
    id: 'unet',
    title: 'U-Net',
    about: 'trained to find cells; sizes are open, and have to be multiples of 16',
    file: 'unet/dynamo/model.onnx',
    isSmall: false,
  },
  {
    id: 'unet-odd',
    title: 'U-Net for any size',
    about: 'its skips are cropped, so that every size is legal',
    file: 'unet/odd-dynamo/model.onnx',
    isSmall: false,
  },
  {
    id: 'fcn8s',
    title: 'FCN-8s',
    about: 'pads by 100 and crops at the end, as the original does',
    file: 'fcn8s/dynamo/model.onnx',
    isSmall: false,
  },
  {
    id: 'segnet',
    title: 'SegNet',
    about: 'unpools with the places of the maxima',
    file: 'segnet/dynamo/model.onnx',
    isSmall: false,
  },
  {
    id: 'vae',
    title: 'VAE',
    about: 'digits through a code and back',
    file: 'vae/dynamo/model.onnx',
    isSmall: false,
  },
  {
    id: 'digits',
    title: 'VAE decoder',
    about: 'makes digits of a latent: move its sliders',
    file: 'vae/decoder-torchscript/model.onnx',
    isSmall: true,
  },
  {
    id: 'dcgan',
    title: 'DCGAN',
    about: 'makes digits of noise',
    file: 'dcgan/dynamo/model.onnx',
    isSmall: false,
  },
  {
    id: 'unet-256',
    title: 'U-Net at full size',
    about: '31 million parameters, without their values: to look at, not to run',
    file: 'twins/unet-256.onnx',
    isSmall: true,
  },
  {
    id: 'fcn8s-500',
    title: 'FCN-8s at full size',
    about: 'on VGG-16, without the weights',
    file: 'twins/fcn8s-vgg16-500.onnx',
    isSmall: true,
  },
  {
    id: 'segnet-360',
    title: 'SegNet at full size',
    about: 'on VGG-16, without the weights',
    file: 'twins/segnet-vgg16-360x480.onnx',
    isSmall: true,
  },
];

export function exampleSource({ title, file }: Example): ModelSource {
  return { kind: 'address', name: `${title}.onnx`, address: `examples/${file}` };
}
