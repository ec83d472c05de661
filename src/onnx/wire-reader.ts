/**
 * The wire format of protobuf, read: https://protobuf.dev/programming-guides/encoding/. What messages mean is in
 * message-decoder.ts. Bytes that end too soon are a RangeError, others that are no message an Error.
 */

/** How deep messages and groups may be in one another: the limit of protobuf's own parsers. */
export const maxDepth = 100;

/** Below so many bytes a loop over characters is faster than the engine's decoder, most of all before the loop is compiled. */
const shortText = 16;

const text = new TextDecoder('utf-8', { ignoreBOM: true });

export class WireReader {
  /** Where the next byte is, and where those end that may be read. */
  pos = 0;
  len: number;
  readonly #view: DataView;
  /** What the last varint was: 28, 28 and 8 bits, the lowest first. */
  #low = 0;
  #middle = 0;
  #high = 0;

  /** @param spend is called for each field and each 64-bit integer, of which a small file can have many */
  constructor(
    private readonly bytesRead: Uint8Array,
    private readonly spend: (reader: WireReader) => void,
  ) {
    this.len = bytesRead.length;
    this.#view = new DataView(bytesRead.buffer, bytesRead.byteOffset, bytesRead.length);
  }

  /** A view of the bytes from `start` to `end`. */
  raw(start: number, end: number): Uint8Array {
    return this.bytesRead.subarray(start, end);
  }

  /** Number and wire type of a field, in 29 and 3 bits. */
  tag(): number {
    this.spend(this);
    return this.#short(15, 'tag');
  }

  /** How many bytes follow. */
  size(): number {
    return this.#short(7, 'length');
  }

  int32(): number {
    this.#varint();
    return this.#low | (this.#middle << 28);
  }

  /** Signed; a bigint where a number would not be exact. */
  int64(): number | bigint {
    this.spend(this);
    this.#varint();
    const high = ((this.#high << 24) >> 24) * 2 ** 56 + this.#middle * 2 ** 28;
    const value = high + this.#low;
    return Number.isSafeInteger(value) ? value : BigInt(high) + BigInt(this.#low);
  }

  /** Packed integers, which are added to `values`. */
  int64s(values: (number | bigint)[]): void {
    const { len } = this;
    const end = this.#endOf(this.size());
    this.len = end;
    while (this.pos < end) values.push(this.int64());
    this.len = len;
  }

  float(): number {
    const at = this.pos;
    this.pos = this.#endOf(4);
    return this.#view.getFloat32(at, true);
  }

  /** Packed floats, which are added to `values`. */
  floats(values: number[]): void {
    const end = this.#endOf(this.size());
    for (; this.pos + 4 <= end; this.pos += 4) values.push(this.#view.getFloat32(this.pos, true));
    if (this.pos !== end) this.#failShort();
  }

  bytes(): Uint8Array {
    const end = this.#endOf(this.size());
    const start = this.pos;
    this.pos = end;
    return this.raw(start, end);
  }

  /** What is not UTF-8 is read as U+FFFD. */
  string(): string {
    const end = this.#endOf(this.size());
    const start = this.pos;
    this.pos = end;
    if (end - start >= shortText) return text.decode(this.raw(start, end));
    const { bytesRead } = this;
    let result = '';
    let all = 0;
    let at = start;
    // Each addition makes a text, so there are few.
    for (; at + 4 <= end; at += 4) {
      const a = bytesRead[at]!;
      const b = bytesRead[at + 1]!;
      const c = bytesRead[at + 2]!;
      const d = bytesRead[at + 3]!;
      all |= a | b | c | d;
      result += String.fromCharCode(a, b, c, d);
    }
    for (; at < end; at++) {
      all |= bytesRead[at]!;
      result += String.fromCharCode(bytesRead[at]!);
    }
    return all > 127 ? text.decode(this.raw(start, end)) : result;
  }

  /** Passes over the value of a field. @param number of the field, which ends a group @param depth of groups around it */
  skip(wireType: number, number: number, depth: number): void {
    if (depth > maxDepth) throw new Error('max depth exceeded');
    if (number === 0) throw new Error('illegal tag: field number 0');
    if (wireType === 0) this.#varint();
    else if (wireType === 1) this.pos = this.#endOf(8);
    else if (wireType === 2) this.pos = this.#endOf(this.size());
    else if (wireType === 3) this.#skipGroup(number, depth);
    else if (wireType === 5) this.pos = this.#endOf(4);
    else throw new Error(`invalid wire type ${wireType}`);
  }

  #skipGroup(number: number, depth: number): void {
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) === 4) {
        if (tag >>> 3 !== number) throw new Error('invalid end group tag');
        return;
      }
      this.skip(tag & 7, tag >>> 3, depth + 1);
    }
  }

  /** @param most what the fifth byte of an unsigned integer may be */
  #short(most: number, what: string): number {
    // Nearly all are of one byte.
    if (this.pos < this.len) {
      const only = this.bytesRead[this.pos]!;
      if (only < 128) {
        this.pos++;
        return only;
      }
    }
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      if (shift === 28 && byte > most) throw new Error(`invalid ${what} encoding`);
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  #varint(): void {
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      const bits = (byte & 127) << ((i & 3) * 7);
      if (i < 4) low |= bits;
      else if (i < 8) middle |= bits;
      else high |= bits;
      if (byte < 128) {
        this.#low = low;
        this.#middle = middle;
        this.#high = high;
        return;
      }
    }
    throw new Error('invalid varint encoding');
  }

  #byte(): number {
    if (this.pos >= this.len) this.#failShort();
    return this.bytesRead[this.pos++]!;
  }

  #endOf(length: number): number {
    if (this.pos + length > this.len) this.#failShort();
    return this.pos + length;
  }

  #failShort(): never {
    throw new RangeError('index out of range');
  }
}
