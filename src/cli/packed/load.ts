/**
 * Loads modules that are packed, as functions (scripts/require-modules.cjs). What they import of the library and of packages comes
 * by `import`, so that everything is there once. The build has what the package imports of them call this.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { type PackedModule, packedModule } from './files.js';

type Exports = Record<string, unknown>;

interface RequireModules {
  /** @param ordinary how the default export is had of a module */
  functionOf(module: PackedModule, ordinary: '.default'): string;
}

let requireModules: RequireModules | undefined;
const loads = new Map<string, Promise<Exports>>();

/** @param name as in an import of a file beside this one */
export function load(name: string): Promise<Exports> {
  const known = loads.get(name);
  if (known !== undefined) return known;
  const module = packedModule(name.replace(/^\.\//, ''));
  const loading = module === undefined ? import(name) : run(name, module);
  loads.set(name, loading);
  return loading;
}

async function run(name: string, module: PackedModule): Promise<Exports> {
  const names = module.imports.map(([, , from]) => from);
  const modules = await Promise.all(names.map(load));
  const imported = new Map(names.map((from, i) => [from, modules[i]]));
  const address = new URL(name, import.meta.url);
  const exports: Exports = {};
  requireModules ??= createRequire(import.meta.url)('./require-modules.cjs') as RequireModules;
  const body = compileFunction(
    requireModules.functionOf(module, '.default'),
    ['take', 'give', 'takeLater', 'address'],
    {
      filename: fileURLToPath(address),
    },
  ) as (...given: readonly unknown[]) => void;
  const take = (from: string) => imported.get(from);
  const give = (bindings: object) => Object.assign(exports, bindings);
  body(take, give, load, address.href);
  return exports;
}
