/**
 * Protobuf messages put together from pieces: payloads stay where they are until the whole is streamed, so that weights
 * are copied once, into the file. (protobufjs writes into one buffer that doubles, and moves what a length precedes.)
 */

/** Bytes that are there when asked for. */
export interface Piece {
  readonly byteLength: number;
  bytes(): Uint8Array;
}

/** Shorter payloads are copied into the message's own bytes: a piece each would cost more. */
const longPayload = 1024;

const utf8 = new TextEncoder();

export class MessageWriter implements Iterable<Piece> {
  byteLength = 0;
  private readonly pieces: Piece[] = [];
  private buffer = new Uint8Array(64);
  private length = 0;

  /** An int32, int64, uint64 or enum field. */
  integer(field: number, value: number | bigint): void {
    this.tag(field, 0);
    if (typeof value === 'number' && value >= 0) this.varint(value);
    else this.varint64(BigInt.asUintN(64, BigInt(value)));
  }

  float(field: number, value: number): void {
    this.tag(field, 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.append(bytes);
  }

  text(field: number, value: string): void {
    this.bytes(field, utf8.encode(value));
  }

  textUnlessEmpty(field: number, value: string): void {
    if (value !== '') this.text(field, value);
  }

  bytes(field: number, value: Uint8Array): void {
    this.payload(field, { byteLength: value.length, bytes: () => value });
  }

  payload(field: number, ...pieces: readonly Piece[]): void {
    this.tag(field, 2);
    this.varint(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
    for (const piece of pieces) this.piece(piece);
  }

  /** Whole fields, tags included. */
  raw(fields: readonly Uint8Array[] = []): void {
    for (const bytes of fields) this.piece({ byteLength: bytes.length, bytes: () => bytes });
  }

  /** An element of a packed field. */
  packed(value: bigint): void {
    this.varint64(BigInt.asUintN(64, value));
  }

  message(field: number, message: MessageWriter): void {
    this.tag(field, 2);
    this.varint(message.byteLength);
    for (const piece of message) this.piece(piece);
  }

  *[Symbol.iterator](): Iterator<Piece> {
    this.flush();
    yield* this.pieces;
  }

  private tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  private piece(piece: Piece): void {
    if (piece.byteLength < longPayload) {
      this.append(checked(piece));
      return;
    }
    this.flush();
    this.pieces.push(piece);
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

  private append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    this.byteLength += bytes.length;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.length + count));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }

  private flush(): void {
    if (this.length === 0) return;
    const bytes = this.buffer.slice(0, this.length);
    this.pieces.push({ byteLength: bytes.length, bytes: () => bytes });
    this.length = 0;
  }
}

/** The piece's bytes; a length other than stated would damage everything around. */
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
