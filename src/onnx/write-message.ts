/**
 * Builds protobuf messages from pieces. Payloads stay where they are until the message is streamed, so that weights are
 * copied once, into the file. (protobufjs writes into one buffer that doubles, and moves nested messages to insert
 * their length.)
 */

/** Bytes that are produced on demand. */
export interface Piece {
  readonly byteLength: number;
  bytes(): Uint8Array;
}

/** Shorter payloads are copied into the message's own bytes, which is cheaper than a piece for each. */
const longPayload = 1024;

const utf8 = new TextEncoder();

/**
 * Buffers of messages that were included in others, for reuse. As many messages exist at a time as the nesting is deep.
 */
const spare: Uint8Array[] = [];
const mostSpare = 64;
const mostSpareBytes = 4096;

const scratch = new DataView(new ArrayBuffer(4));
const scratchBytes = new Uint8Array(scratch.buffer);

export class MessageWriter implements Iterable<Piece> {
  byteLength = 0;
  private pieces: Piece[] | undefined;
  private buffer = spare.pop() ?? new Uint8Array(256);
  private length = 0;

  /** An int32, int64, uint64 or enum field. */
  integer(field: number, value: number | bigint): void {
    this.tag(field, 0);
    if (typeof value === 'number' && value >= 0) this.varint(value);
    else this.varint64(BigInt.asUintN(64, BigInt(value)));
  }

  float(field: number, value: number): void {
    this.tag(field, 5);
    scratch.setFloat32(0, value, true);
    this.append(scratchBytes, 4);
  }

  text(field: number, value: string): void {
    this.tag(field, 2);
    if (value.length < 128 && this.ascii(value)) return;
    const bytes = utf8.encode(value);
    this.varint(bytes.length);
    this.append(bytes, bytes.length);
  }

  textUnlessEmpty(field: number, value: string): void {
    if (value !== '') this.text(field, value);
  }

  bytes(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.varint(value.length);
    this.content(value);
  }

  payload(field: number, ...pieces: readonly Piece[]): void {
    this.tag(field, 2);
    this.varint(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
    for (const piece of pieces) this.piece(piece);
  }

  /** Complete fields including their tags. */
  raw(fields: readonly Uint8Array[] | undefined): void {
    if (fields !== undefined) for (const bytes of fields) this.content(bytes);
  }

  /** An element of a packed field. */
  packed(value: bigint): void {
    this.varint64(BigInt.asUintN(64, value));
  }

  /** Includes the message, which must not be used afterwards. */
  message(field: number, message: MessageWriter): void {
    this.tag(field, 2);
    this.varint(message.byteLength);
    if (message.pieces !== undefined) for (const piece of message.pieces) this.piece(piece);
    this.append(message.buffer, message.length);
    message.release();
  }

  *[Symbol.iterator](): Iterator<Piece> {
    this.flush();
    yield* this.pieces ?? [];
  }

  private release(): void {
    if (spare.length < mostSpare && this.buffer.length <= mostSpareBytes) spare.push(this.buffer);
    this.buffer = noBytes;
    this.length = 0;
    this.pieces = undefined;
  }

  private tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** Writes a short text with its length; writes nothing and returns false if it is not ASCII. */
  private ascii(value: string): boolean {
    const { length } = value;
    this.reserve(length + 1);
    const { buffer } = this;
    const start = this.length + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      buffer[start + i] = code;
    }
    buffer[this.length] = length;
    this.length += length + 1;
    this.byteLength += length + 1;
    return true;
  }

  private content(bytes: Uint8Array): void {
    if (bytes.length < longPayload) this.append(bytes, bytes.length);
    else this.piece({ byteLength: bytes.length, bytes: () => bytes });
  }

  private piece(piece: Piece): void {
    if (piece.byteLength < longPayload) {
      this.append(checked(piece), piece.byteLength);
      return;
    }
    this.flush();
    this.pieces!.push(piece);
    this.byteLength += piece.byteLength;
  }

  /** A whole number from 0 to 2^53. */
  private varint(value: number): void {
    this.reserve(8);
    const start = this.length;
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.buffer[this.length++] = (rest % 128) | 128;
    this.buffer[this.length++] = rest;
    this.byteLength += this.length - start;
  }

  private varint64(value: bigint): void {
    this.reserve(10);
    const start = this.length;
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.buffer[this.length++] = Number(rest & 127n) | 128;
    this.buffer[this.length++] = Number(rest);
    this.byteLength += this.length - start;
  }

  /** The first `count` of the bytes. */
  private append(bytes: Uint8Array, count: number): void {
    this.reserve(count);
    const { buffer, length } = this;
    // For a few bytes, a loop costs less than a view.
    if (count < 64) for (let i = 0; i < count; i++) buffer[length + i] = bytes[i]!;
    else buffer.set(count === bytes.length ? bytes : bytes.subarray(0, count), length);
    this.length += count;
    this.byteLength += count;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.length + count));
    larger.set(this.length === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }

  private flush(): void {
    this.pieces ??= [];
    if (this.length === 0) return;
    const bytes = this.buffer.slice(0, this.length);
    this.pieces.push({ byteLength: bytes.length, bytes: () => bytes });
    this.length = 0;
  }
}

const noBytes = new Uint8Array(0);

/** The piece's bytes. A length other than stated would damage the whole message. */
export function checked(piece: Piece): Uint8Array {
  const bytes = piece.bytes();
  if (bytes.length !== piece.byteLength)
    throw new RangeError(`a payload of ${piece.byteLength} bytes has ${bytes.length}`);
  return bytes;
}

export function concatenate(pieces: Iterable<Piece>, byteLength: number): Uint8Array {
  const whole = new Uint8Array(byteLength);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(checked(piece), offset);
    offset += piece.byteLength;
  }
  return whole;
}

/** Bytes to be written in order, produced on demand. */
export interface Streamed {
  readonly byteLength: number;
  chunks(): Iterable<Uint8Array>;
}

export function streamed(pieces: readonly Piece[], byteLength: number): Streamed {
  return {
    byteLength,
    *chunks() {
      for (const piece of pieces) yield checked(piece);
    },
  };
}
