/** The bytes, or why there are none. */
export async function fetchBytes(address: URL | (() => URL)): Promise<Uint8Array | string> {
  try {
    const response = await fetch(typeof address === 'function' ? address() : address);
    if (response.ok) return await bytesOf(response);
    return `the server answered ${response.status} ${response.statusText}`.trim();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
    return cause ?? (error instanceof Error ? error.message : String(error));
  }
}

/**
 * The body, where it belongs as it comes: `arrayBuffer()` of Chromium takes twice as long, and one piece after another half as long
 * again. The length is that of what was sent, which may be compressed.
 */
async function bytesOf({ body, headers }: Response): Promise<Uint8Array> {
  const filling = fillingReader(body);
  const reader = filling === undefined ? body?.getReader() : undefined;
  let bytes = new Uint8Array(Number(headers.get('content-length')));
  for (let filled = 0; ; ) {
    const isFull = filled === bytes.length;
    const room = isFull ? new Uint8Array(2 ** 12) : bytes.subarray(filled);
    const { value, done } = (await (filling?.read(room, { min: room.length }) ?? reader?.read())) ?? { done: true };
    if (value !== undefined) {
      // What is read into moves to another buffer.
      if (filling !== undefined && !isFull) bytes = new Uint8Array(value.buffer);
      else bytes = withPiece(bytes, value, filled);
      filled += value.length;
    }
    if (done) return bytes.subarray(0, filled);
  }
}

/** Undefined where the body comes in pieces alone. */
function fillingReader(body: Response['body']): ReadableStreamBYOBReader | undefined {
  try {
    return body?.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

function withPiece(bytes: Uint8Array<ArrayBuffer>, piece: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  let target = bytes;
  if (at + piece.length > bytes.length) {
    target = new Uint8Array(2 * (at + piece.length));
    target.set(bytes);
  }
  target.set(piece, at);
  return target;
}
