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
 * The body, each piece where it belongs as it comes: `arrayBuffer()` of Chromium takes half as long again. The length is that of what
 * was sent, which may be compressed.
 */
async function bytesOf(response: Response): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  let bytes = new Uint8Array(Number(response.headers.get('content-length')));
  for (let filled = 0; ; ) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) return bytes.subarray(0, filled);
    if (filled + value.length > bytes.length) {
      const larger = new Uint8Array(2 * (filled + value.length));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(value, filled);
    filled += value.length;
  }
}
