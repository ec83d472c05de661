/** What a model's digest is of: all bytes that it is made of, each file's after a line that says what they are. */
import type { ExternalFiles } from '../../onnx/external-data.js';
import type { ExternalPart } from './facts.js';

export interface ReadablePart extends ExternalPart {
  /** The bytes, in pieces of `pieceBytes`. Each is valid until the next one is asked for. */
  pieces(): Iterable<Uint8Array>;
}

/** Bytes that are read and digested at a time, while they are in a cache. Digests depend on it where pieces have their own. */
export const pieceBytes = 1 << 19;

/** @param content of the model's own file */
export function* partsOf(content: Uint8Array, external: readonly ReadablePart[]): Iterable<Uint8Array> {
  yield line('model', content.length);
  yield content;
  for (const part of external) {
    yield line(part.location, part.offset, part.length);
    yield* part.pieces();
  }
}

function line(...facts: readonly (string | number)[]): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(facts)}\n`);
}

/** Parts of files, which are opened once for all that lies beside one another there. */
export function partsIn(files: ExternalFiles, places: readonly ExternalPart[]): ReadablePart[] {
  const window = new Window(files);
  return places.map((place, i) => ({
    ...place,
    *pieces() {
      const end = place.offset + place.length;
      for (let at = place.offset; at < end; at += pieceBytes)
        yield window.at(place.location, at, Math.min(pieceBytes, end - at), () => reachOf(places, i, at));
    },
  }));
}

/** Where what lies in a row with a part ends, as far as a piece from `start` on goes: bytes before that are there to be read. */
function reachOf(places: readonly ExternalPart[], first: number, start: number): number {
  const { location, offset, length } = places[first]!;
  let end = offset + length;
  for (let i = first + 1; i < places.length && end - start < pieceBytes; i++) {
    const next = places[i]!;
    // Writers align tensors to pages.
    if (next.location !== location || next.offset < end || next.offset > end + 4096) break;
    end = next.offset + next.length;
  }
  return end;
}

class Window {
  private readonly bytes = new Uint8Array(pieceBytes);
  private location: string | undefined;
  private start = 0;
  private end = 0;

  constructor(private readonly files: ExternalFiles) {}

  /** `length` bytes from `offset` on. */
  at(location: string, offset: number, length: number, reach: () => number): Uint8Array {
    const isThere = location === this.location && offset >= this.start && offset + length <= this.end;
    if (!isThere) this.move(location, offset, reach());
    return this.bytes.subarray(offset - this.start, offset - this.start + length);
  }

  private move(location: string, start: number, reach: number): void {
    const target = this.bytes.subarray(0, Math.min(pieceBytes, reach - start));
    this.location = undefined;
    if (this.files.readInto === undefined) target.set(this.files.read(location, start, target.length));
    else this.files.readInto(location, start, target);
    this.location = location;
    this.start = start;
    this.end = start + target.length;
  }
}
