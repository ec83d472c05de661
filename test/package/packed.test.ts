/** What the build packs code with comes back: bytes in characters, and modules as functions. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moduleCode, type PackedModule } from '../../src/cli/packed/files.js';

interface Scripts {
  bytesAsText(bytes: Uint8Array): string;
  packedBytes(text: string, length: number): Uint8Array;
}

interface RequireModules {
  partsOf(code: string): PackedModule;
  functionOf(module: PackedModule, ordinary?: string): string;
}

const script = async <Name extends keyof Scripts>(file: string, name: Name) =>
  ((await import(new URL(`../../scripts/${file}`, import.meta.url).href)) as Pick<Scripts, Name>)[name];
const { partsOf, functionOf } = createRequire(import.meta.url)('../../scripts/require-modules.cjs') as RequireModules;

it('bytes are seven characters for six, which are ASCII and stand in quotes', async () => {
  const bytesAsText = await script('packed.js', 'bytesAsText');
  const packedBytes = await script('packed-bytes.js', 'packedBytes');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = bytesAsText(bytes);
      expect(text.length).toBe(Math.ceil(bytes.length / 6) * 7);
      expect(text).not.toMatch(/["\\\n\r\0\x80-\uffff]/);
      expect([...packedBytes(text, bytes.length)]).toEqual([...bytes]);
    }),
    { numRuns: 50 },
  );
  const most = new Uint8Array(6).fill(255);
  expect([...packedBytes(bytesAsText(most), 6)]).toEqual([...most]);
});

describe('a module', () => {
  const code =
    'import a,{b as c}from"pkg";import*as d from"./d.js";import"./e.js";' +
    'let f=x=>x=="import"?import("./g.js"):[a,c,d,import.meta.url];export{f as default,f as h};';

  it('is taken apart, and is one again', () => {
    const module = partsOf(code);
    expect(module.imports).toEqual([
      ['import', 'a,{b as c}', 'pkg'],
      ['import', '*as d', './d.js'],
      ['import', '', './e.js'],
    ]);
    expect(partsOf(moduleCode(module))).toEqual(module);
  });

  it('runs as a function, which takes the default export of others by that name', () => {
    const exports: Record<string, unknown> = {};
    const modules: Record<string, unknown> = { pkg: { default: 1, b: 2 }, './d.js': { e: 3 } };
    const run = new Function('take', 'give', 'takeLater', 'address', functionOf(partsOf(code), '.default'));
    const give = (bindings: object) => Object.assign(exports, bindings);
    run(
      (name: string) => modules[name],
      give,
      (name: string) => `later ${name}`,
      'file:///x.js',
    );
    const { h } = exports as { h(text: string): unknown };
    expect(h('')).toEqual([1, 2, { e: 3 }, 'file:///x.js']);
    expect(h('import')).toBe('later ./g.js');
    expect(exports['default']).toBe(h);
  });
});
