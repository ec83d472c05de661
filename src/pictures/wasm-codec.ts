/** Decoders that are WebAssembly (jSquash's builds of the formats' own C libraries), loaded when a file needs one. */

/** The part of an Emscripten module's interface that is used here. */
export interface WasmDecoder {
  decode(bytes: Uint8Array, ...options: boolean[]): ImageData | null;
}

export type DecoderFactory = (options: {
  readonly noInitialRun: boolean;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
  readonly instantiateWasm?: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
}) => Promise<WasmDecoder>;

export interface WasmResult extends Pick<ImageData, 'width' | 'height' | 'data'> {
  /** Messages of the decoder. */
  readonly messages: readonly string[];
}

/** A decoder found no picture in its bytes. */
export class DecoderError extends Error {
  override readonly name = 'DecoderError';
}

/** A decoder's memory only grows, so after a picture larger than this its instance is dropped. */
const keptPixels = 16_000_000;

export class WasmCodec {
  private compiled: Promise<WebAssembly.Module> | undefined;
  private decoder: Promise<WasmDecoder> | undefined;
  private messages: string[] = [];

  /** `file` is the name of the module as packages are imported; `script` loads what runs it; `options` follow the bytes. */
  constructor(
    private readonly file: string,
    private readonly script: () => Promise<DecoderFactory>,
    private readonly options: readonly boolean[] = [],
  ) {}

  /**
   * Pixels as RGBA of 8 bits. Throws DecoderError with the decoder's messages if there is no result; an instance that
   * failed is not used again.
   */
  async decode(bytes: Uint8Array): Promise<WasmResult> {
    for (;;) {
      this.decoder ??= this.start();
      const awaited = this.decoder;
      const decoder = await awaited;
      // Another call may have dropped the instance in the meantime.
      if (this.decoder === awaited) return this.run(decoder, bytes);
    }
  }

  private run(decoder: WasmDecoder, bytes: Uint8Array): WasmResult {
    this.messages = [];
    let isReusable = false;
    try {
      const image = decoder.decode(bytes, ...this.options);
      if (image === null) throw new DecoderError('the decoder gives no reason');
      isReusable = image.width * image.height <= keptPixels;
      return { width: image.width, height: image.height, data: image.data, messages: this.messages };
    } catch (error) {
      throw new DecoderError(this.messages.at(-1) ?? messageOf(error));
    } finally {
      if (!isReusable) this.decoder = undefined;
    }
  }

  private async start(): Promise<WasmDecoder> {
    const factory = await this.script();
    const listen = (line: string): void => {
      this.messages.push(line);
    };
    const options = { noInitialRun: true, print: listen, printErr: listen };
    // In a browser the script fetches the module beside it; Node cannot fetch files.
    if (!isNode()) return factory(options);
    this.compiled ??= import('./node-modules.js').then(({ compiledModule }) => compiledModule(this.file));
    const module = await this.compiled;
    return factory({
      ...options,
      instantiateWasm: (imports, done) => {
        const instance = new WebAssembly.Instance(module, imports);
        done(instance);
        return instance.exports;
      },
    });
  }
}

function isNode(): boolean {
  return typeof process === 'object' && typeof process.versions?.node === 'string';
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
