/**
 * What decoding needs of protobufjs: its reader. The minimal build has a writer and remote calls as well, which a
 * browser would load. In bundles scripts/long.cjs is in the place of the package `long`.
 */
import type { Reader as WireReader } from 'protobufjs/minimal.js';
import reader from 'protobufjs/src/reader.js';
import bufferReader from 'protobufjs/src/reader_buffer.js';
import util from 'protobufjs/src/util/minimal.js';

util.LongBits._configure(util.Long);
reader._configure(bufferReader);

export type Reader = WireReader;
export const Reader: typeof WireReader = reader;
export { util };
