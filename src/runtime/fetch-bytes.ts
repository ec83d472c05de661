/** The bytes, or why there are none. */
export async function fetchBytes(address: URL | (() => URL)): Promise<Uint8Array | string> {
  try {
    const response = await fetch(typeof address === 'function' ? address() : address);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    return `the server answered ${response.status} ${response.statusText}`.trim();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
    return cause ?? (error instanceof Error ? error.message : String(error));
  }
}
