/** What is used of a package that only `bench/package.json` has, so that types are checked without it. */
declare module '@tensorflow/tfjs-backend-wasm' {}

declare module '@tensorflow/tfjs-core' {
  interface Tensor {
    data(): Promise<ArrayLike<number>>;
    dispose(): void;
  }
  export interface Tensor4D extends Tensor {
    readonly rank: 4;
  }
  export interface Tensor1D extends Tensor {
    readonly rank: 1;
  }
  type Shape4D = [number, number, number, number];

  export function setBackend(name: string): Promise<boolean>;
  export function tensor1d(values: ArrayLike<number>): Tensor1D;
  export function tensor4d(values: ArrayLike<number>, shape: Shape4D): Tensor4D;
  export function tidy<T>(compute: () => T): T;
  export function add(a: Tensor4D, b: Tensor1D): Tensor4D;
  export function conv2d(
    x: Tensor4D,
    filter: Tensor4D,
    strides: number,
    pad: number,
    layout: 'NHWC',
    dilations: number,
    rounding: 'floor',
  ): Tensor4D;
  export function conv2dTranspose(
    x: Tensor4D,
    filter: Tensor4D,
    outputShape: Shape4D,
    strides: number,
    pad: number,
    rounding: 'floor',
  ): Tensor4D;
}
