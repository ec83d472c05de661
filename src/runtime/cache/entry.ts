/**
 * The bytes of an entry: a preamble, a header as JSON, the module, the constants.
 *
 *     0   8 bytes   `unstride`
 *     8   u32       the form, little-endian as all numbers here
 *     12  u32       bytes of the header
 *     16  16 bytes  digest of header and module
 *     32  header, module, constants in the header's order
 *
 * Nothing of an entry is used before its digest is compared, and before the header is what a program can have: addresses
 * within the memory, tensors within what a run takes. The code runs as all WebAssembly does, in the session's memory alone.
 */
import type { Diagnostic } from '../../diagnostics.js';
import { DamagedEntry, type KeptConstant, type KeptProgram, type ProgramFacts, type ProgramImage } from './image.js';
import type { CacheStore, StoredEntry } from './store.js';
import { checkHeader } from './validate.js';

const magic = 'unstride';
const form = 2;
const preambleBytes = 32;
/** Bytes of constants that are written at a time. */
const pieceBytes = 1 << 20;
/** Bytes of constants that are read and digested at a time, while they are in a cache; a digest may depend on it. */
const digestedBytes = 1 << 19;
/** More than any header has. */
const mostHeaderBytes = 1 << 28;

/** What a list of entries shows. */
export interface EntryAbout {
  /** The model's file, as it was called. */
  readonly file: string | undefined;
  /** The sizes of the inputs. */
  readonly sizes: string;
  readonly tier: string;
  readonly threads: number;
  readonly version: string;
}

export interface EntryHeader extends ProgramFacts {
  readonly about: EntryAbout;
  readonly diagnostics: readonly Diagnostic[];
  readonly constants: readonly KeptConstant[];
  readonly moduleBytes: number;
}

/** Writes a program under a name. */
export async function writeEntry(
  store: CacheStore,
  name: string,
  image: ProgramImage,
  about: EntryAbout,
  diagnostics: readonly Diagnostic[],
): Promise<void> {
  const { plan, runBytes, steps, references, module } = image;
  const constants: KeptConstant[] = [];
  for (const constant of image.constants) {
    const pieces = function* () {
      for (let at = 0; at < constant.bytes; at += digestedBytes)
        yield image.bytesOf(constant).subarray(at, at + digestedBytes);
    };
    constants.push({ ...constant, digest: await store.digest(pieces()) });
  }
  const header: EntryHeader = {
    about,
    plan: { inputs: plan.inputs, outputs: plan.outputs, faults: plan.faults, steps: plan.steps.map(slimStep) },
    runBytes,
    steps,
    references,
    diagnostics,
    constants,
    moduleBytes: module.length,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(preambleBytes);
  start.set(new TextEncoder().encode(magic));
  const view = new DataView(start.buffer);
  view.setUint32(8, form, true);
  view.setUint32(12, text.length, true);
  start.set(bytesOfHex(await store.digest([text, module])), 16);
  const bytes = constants.reduce((sum, constant) => sum + constant.bytes, start.length + text.length + module.length);
  const parts = function* () {
    yield* [start, text, module];
    for (const constant of image.constants) {
      // The memory may grow, or the program be released, before the next piece.
      for (let at = 0; at < constant.bytes; at += pieceBytes)
        yield image.bytesOf(constant).subarray(at, at + pieceBytes);
    }
    for (const constant of image.constants.slice(0, 1)) image.bytesOf(constant);
  };
  await store.write(name, parts, bytes);
}

function slimStep(step: ProgramFacts['plan']['steps'][number]) {
  if (step.kind !== 'kernel') throw new RangeError('a step of the host is not kept');
  const { kind, algorithm, nodes, parallel, isNear, operations } = step;
  return { kind, algorithm, nodes, parallel, ...(isNear && { isNear }), operations };
}

/** The header alone, for lists. @throws DamagedEntry for what is none */
export function readAbout(entry: StoredEntry): EntryAbout {
  const { header } = readHeader(entry);
  return header.about;
}

/** @throws DamagedEntry */
export async function readEntry(store: CacheStore, entry: StoredEntry): Promise<KeptProgram> {
  const { header, text, digest } = readHeader(entry);
  const module = new Uint8Array(header.moduleBytes);
  const moduleAt = preambleBytes + text.length;
  fill(entry, moduleAt, module);
  if ((await store.digest([text, module])) !== digest) throw new DamagedEntry('its digest is another');
  const places = new Map<KeptConstant, number>();
  let end = moduleAt + module.length;
  for (const constant of header.constants) {
    places.set(constant, end);
    end += constant.bytes;
  }
  if (end !== entry.bytes) throw new DamagedEntry('it has another length');
  return {
    ...header,
    module,
    async fill(constant, target) {
      const start = places.get(constant)!;
      const pieces = function* () {
        for (let at = 0; at < target.length; at += digestedBytes) {
          const piece = target.subarray(at, at + digestedBytes);
          fill(entry, start + at, piece);
          yield piece;
        }
      };
      if ((await store.digest(pieces())) !== constant.digest) throw new DamagedEntry('weights in it are others');
    },
  };
}

function readHeader(entry: StoredEntry): { header: EntryHeader; text: Uint8Array; digest: string } {
  const start = new Uint8Array(preambleBytes);
  fill(entry, 0, start);
  const view = new DataView(start.buffer);
  const length = view.getUint32(12, true);
  if (new TextDecoder().decode(start.subarray(0, 8)) !== magic || view.getUint32(8, true) !== form)
    throw new DamagedEntry('it does not begin as an entry does');
  if (length > mostHeaderBytes || preambleBytes + length > entry.bytes)
    throw new DamagedEntry('it is shorter than its header says');
  const text = new Uint8Array(length);
  fill(entry, preambleBytes, text);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(text));
  } catch {
    throw new DamagedEntry('its header is no JSON');
  }
  const digest = [...start.subarray(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { header: checkHeader(header, entry.bytes), text, digest };
}

function fill(entry: StoredEntry, offset: number, target: Uint8Array): void {
  try {
    entry.fill(offset, target);
  } catch (error) {
    throw new DamagedEntry(error instanceof Error ? error.message : String(error));
  }
}

function bytesOfHex(text: string): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
