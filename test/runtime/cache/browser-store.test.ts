/** The cache of a browser, over a Cache Storage that keeps what it is given in memory. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BrowserStore } from '../../../src/runtime/cache/browser-store.js';
import { readEntry, writeEntry } from '../../../src/runtime/cache/entry.js';
import { DamagedEntry, type ProgramImage } from '../../../src/runtime/cache/image.js';

class FakeCache {
  readonly entries = new Map<string, Response>();
  private readonly addressOf = (request: Request | string) => (typeof request === 'string' ? request : request.url);

  async match(request: Request | string): Promise<Response | undefined> {
    return this.entries.get(this.addressOf(request))?.clone();
  }

  async put(request: Request | string, response: Response): Promise<void> {
    this.entries.set(this.addressOf(request), response);
  }

  async delete(request: Request | string): Promise<boolean> {
    return this.entries.delete(this.addressOf(request));
  }

  async keys(): Promise<Request[]> {
    return [...this.entries.keys()].map((url) => new Request(url));
  }
}

const elements = new Uint8Array(64).fill(7);
const image: ProgramImage = {
  plan: {
    inputs: [{ name: 'x', operand: { kind: 'arena', type: 'float32', dims: [4], offset: 0, cells: 'float32' } }],
    outputs: [{ name: 'y', operand: { kind: 'arena', type: 'float32', dims: [4], offset: 4, cells: 'float32' } }],
    faults: [],
    steps: [{ kind: 'kernel', algorithm: 'copy', nodes: [0], parallel: false, operations: 4 }],
  },
  runBytes: 4096,
  steps: [{ operators: 'Neg', nodes: ['n'], shapes: '', algorithm: 'copy', operations: 4, threads: 1 }],
  references: { steps: 0, total: 1, operators: [] },
  module: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]),
  constants: [{ key: 'k', address: 1024, bytes: 64 }],
  bytesOf: () => elements,
};
const about = { file: 'm.onnx', sizes: 'x [4]', tier: 'fma', threads: 1, version: '1' };

describe("a browser's store", () => {
  const cache = new FakeCache();
  beforeEach(() => vi.stubGlobal('caches', { open: async () => cache }));
  afterEach(() => {
    cache.entries.clear();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('has entries as they were written, and tells those that are not', async () => {
    const store = await BrowserStore.open();
    await writeEntry(store, 'a', image, about, []);
    const kept = await readEntry(store, (await store.read('a'))!);
    expect(kept).toMatchObject({ runBytes: 4096, steps: image.steps, module: image.module });
    const target = new Uint8Array(64);
    await kept.fill(kept.constants[0]!, target);
    expect(target).toEqual(elements);

    const [[address, response]] = [...cache.entries] as [[string, Response]];
    const bytes = new Uint8Array(await response.arrayBuffer());
    bytes[bytes.length - 1]! ^= 1;
    cache.entries.set(address, new Response(bytes));
    const changed = await readEntry(store, (await store.read('a'))!);
    await expect(changed.fill(changed.constants[0]!, target)).rejects.toThrow(DamagedEntry);
    bytes[40]! ^= 1;
    cache.entries.set(address, new Response(bytes));
    await expect((async () => readEntry(store, (await store.read('a'))!))()).rejects.toThrow(DamagedEntry);
    await store.remove('a');
    expect(await store.read('a')).toBeUndefined();
  });

  it('is bounded: what was not used for longest goes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const one = [...(await entrySizes())][0]!;
    const store = await BrowserStore.open('other', Math.floor(one * 2.5));
    for (const [i, name] of ['a', 'b'].entries()) {
      vi.setSystemTime(1000 + i);
      await writeEntry(store, name, image, about, []);
    }
    vi.setSystemTime(2000);
    await store.read('a');
    await writeEntry(store, 'c', image, about, []);
    const names = [...cache.entries.keys()].map((address) => address.split('/').at(-1));
    expect(names.sort()).toEqual(['a', 'c']);
    await writeEntry(await BrowserStore.open('other', 10), 'd', image, about, []);
    expect(cache.entries.size).toBe(2);
  });

  async function entrySizes(): Promise<number[]> {
    await writeEntry(await BrowserStore.open(), 'a', image, about, []);
    const sizes = [...cache.entries.values()].map(({ headers }) => Number(headers.get('x-unstride-bytes')));
    cache.entries.clear();
    return sizes;
  }

  it('is for pages that have one', async () => {
    vi.stubGlobal('caches', undefined);
    await expect(BrowserStore.open()).rejects.toThrow('secure origin');
  });
});
