/** Parts of protobufjs that have declarations only in its builds. */
declare module 'protobufjs/src/reader.js' {
  import type { BufferReader, Reader } from 'protobufjs/minimal.js';

  const reader: typeof Reader & { _configure(reader: typeof BufferReader): void };
  export = reader;
}

declare module 'protobufjs/src/reader_buffer.js' {
  import { BufferReader } from 'protobufjs/minimal.js';

  export = BufferReader;
}

declare module 'protobufjs/src/util/minimal.js' {
  const util: {
    readonly Long: { fromBits(low: number, high: number, unsigned: boolean): unknown };
    readonly LongBits: { _configure(long: unknown): void };
  };
  export = util;
}
