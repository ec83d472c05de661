/** A growing buffer with the encodings that the WebAssembly binary format is made of. */
/** A number's bytes on their way: arrays take longer to make than to fill. */
const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = new Uint8Array(scratch.buffer);

const encoder = new TextEncoder();
const nothing = new Uint8Array(0);
const firstBytes = 256;

export class ByteWriter {
  /** With room for more than what is written; another one once that has grown. */
  data: Uint8Array = nothing;
  /** Bytes that are written. Whoever reserves room may fill it and set this. */
  length = 0;

  /** Room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.data.length) return;
    const larger = new Uint8Array(Math.max(needed, this.data.length * 2, firstBytes));
    larger.set(this.data);
    this.data = larger;
  }

  byte(value: number): this {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length++] = value;
    return this;
  }

  bytes(values: ArrayLike<number>): this {
    this.reserve(values.length);
    this.data.set(values, this.length);
    this.length += values.length;
    return this;
  }

  /** The code of an instruction, with a prefix byte in bits 16 to 23 where it has one. */
  operation(code: number): this {
    const prefix = code >>> 16;
    return prefix === 0 ? this.byte(code) : this.byte(prefix).unsigned(code & 0xffff);
  }

  /** What another one has written. */
  append({ data, length }: ByteWriter): this {
    return length === 0 ? this : this.bytes(data.subarray(0, length));
  }

  /** Unsigned LEB128 of an integer from 0 to 2^32 - 1. */
  unsigned(value: number): this {
    if (value >= 0 && value < 0x80 && Number.isInteger(value)) return this.byte(value);
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw new RangeError(`${value} is no unsigned 32-bit integer`);
    }
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.byte(rest);
  }

  /** Signed LEB128 of an integer of at most 64 bits. */
  signed(value: number | bigint): this {
    if (typeof value === 'number' && (value | 0) === value) return this.#signed32(value);
    let rest = BigInt(value);
    if (BigInt.asIntN(64, rest) !== rest) throw new RangeError(`${value} is no signed 64-bit integer`);
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      // The last byte's bit 6 is the sign.
      if (rest === (low & 0x40 ? -1n : 0n)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  #signed32(value: number): this {
    let rest = value;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if (rest === (low & 0x40 ? -1 : 0)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  float32(value: number): this {
    scratch.setFloat32(0, value, true);
    return this.bytes(scratchBytes.subarray(0, 4));
  }

  float64(value: number): this {
    scratch.setFloat64(0, value, true);
    return this.bytes(scratchBytes);
  }

  /** A name: its length in bytes, then UTF-8. */
  name(text: string): this {
    return this.vector(encoder.encode(text));
  }

  /** A length, then the bytes. */
  vector(content: Uint8Array): this {
    return this.unsigned(content.length).bytes(content);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.data.slice(0, this.length) as Uint8Array<ArrayBuffer>;
  }
}
