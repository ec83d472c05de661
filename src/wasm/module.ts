/** A module under construction: types, functions, a memory of its own or imported, exports, data, names. */
import { ByteWriter } from './bytes.js';
import type { Local } from './expression.js';
import {
  AssemblyError,
  type BodyBuffers,
  FunctionBuilder,
  type FunctionOptions,
  type FunctionReference,
  type FunctionType,
  typeCode,
} from './function.js';

/** Sizes in pages of 64 KiB. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum?: number;
  /** Needs a maximum. */
  readonly shared?: boolean;
}

interface Import {
  readonly module: string;
  readonly name: string;
}

/** Where something lies, in bytes. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export class ModuleBuilder {
  readonly #types = new Map<string, number>();
  readonly #typeSection: FunctionType[] = [];
  readonly #functions: {
    readonly reference: FunctionReference;
    readonly typeIndex: number;
    body: Span | undefined;
  }[] = [];
  /** The bodies one after another, in the order in which they were finished. */
  readonly #bodies = new ByteWriter();
  /** Nothing writes to them at the moment. */
  readonly #buffers: BodyBuffers[] = [];
  readonly #imports: { readonly from: Import; readonly reference: FunctionReference }[] = [];
  readonly #exports: { readonly name: string; readonly kind: number; readonly index: number }[] = [];
  readonly #data: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  readonly #shared = new Map<string, unknown>();
  #memory: { readonly limits: MemoryLimits; readonly from: Import | undefined } | undefined;

  constructor(private readonly options: FunctionOptions = {}) {}

  #typeIndex(type: FunctionType): number {
    const key = `${type.params.join()}>${type.results.join()}`;
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    this.#typeSection.push(type);
    this.#types.set(key, this.#typeSection.length - 1);
    return this.#typeSection.length - 1;
  }

  #setMemory(limits: MemoryLimits, from: Import | undefined): void {
    if (this.#memory !== undefined) throw new AssemblyError('the module has a memory already');
    if (limits.shared === true && limits.maximum === undefined) {
      throw new AssemblyError('a shared memory needs a maximum');
    }
    this.#memory = { limits, from };
  }

  importMemory(module: string, name: string, limits: MemoryLimits): void {
    this.#setMemory(limits, { module, name });
  }

  /** A function of the host, which is called like any other. Imports come before the module's own functions. */
  importFunction(module: string, name: string, type: FunctionType): FunctionReference {
    if (this.#functions.length > 0) throw new AssemblyError(`${name} is imported after functions were declared`);
    this.#typeIndex(type);
    const reference = { params: type.params, results: type.results, index: this.#imports.length, name };
    this.#imports.push({ from: { module, name }, reference });
    return reference;
  }

  /** A memory of its own, exported as `memory`. */
  memory(limits: MemoryLimits): void {
    this.#setMemory(limits, undefined);
    this.#exports.push({ name: 'memory', kind: 2, index: 0 });
  }

  /** A function to be called before its body is there. */
  declare(name: string, type: FunctionType): FunctionReference {
    const typeIndex = this.#typeIndex(type);
    const index = this.#imports.length + this.#functions.length;
    const reference: FunctionReference = { params: type.params, results: type.results, index, name };
    this.#functions.push({ reference, typeIndex, body: undefined });
    return reference;
  }

  define(reference: FunctionReference, body: (f: FunctionBuilder, ...params: Local[]) => void): void {
    const slot = this.#functions[reference.index - this.#imports.length];
    if (slot?.reference !== reference) throw new AssemblyError(`${reference.name} is not of this module`);
    if (slot.body !== undefined) throw new AssemblyError(`${reference.name} has a body already`);
    const buffers = this.#buffers.pop() ?? { beginning: new ByteWriter(), code: new ByteWriter() };
    const f = new FunctionBuilder(reference.name, reference, buffers, this.options);
    body(f, ...f.params);
    const start = this.#bodies.length;
    f.finish(this.#bodies);
    slot.body = { start, end: this.#bodies.length };
    this.#buffers.push(buffers);
  }

  function(
    name: string,
    type: FunctionType,
    body: (f: FunctionBuilder, ...params: Local[]) => void,
  ): FunctionReference {
    const reference = this.declare(name, type);
    this.define(reference, body);
    return reference;
  }

  /** One function, or what is made of some, for equal keys, of which each stands for one type. */
  shared<T = FunctionReference>(key: string, emit: () => T): T {
    const known = this.#shared.get(key);
    if (known !== undefined) return known as T;
    const made = emit();
    this.#shared.set(key, made);
    return made;
  }

  export(reference: FunctionReference, name = reference.name): void {
    if (this.#exports.some((item) => item.name === name)) throw new AssemblyError(`${name} is exported already`);
    this.#exports.push({ name, kind: 0, index: reference.index });
  }

  data(offset: number, bytes: Uint8Array): void {
    this.#data.push({ offset, bytes });
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter().bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    section(out, 1, this.#typeSection, (w, { params, results }) => {
      w.byte(0x60).vector(Uint8Array.from(params, typeCode)).vector(Uint8Array.from(results, typeCode));
    });
    const memory = this.#memory;
    const functions = this.#imports.map(({ from, reference }) => ({
      ...from,
      write: (w: ByteWriter) => w.byte(0).unsigned(this.#typeIndex(reference)),
    }));
    const { from, limits } = memory ?? {};
    const memories =
      from === undefined || limits === undefined
        ? []
        : [{ ...from, write: (w: ByteWriter) => writeLimits(w.byte(2), limits) }];
    section(out, 2, [...functions, ...memories], (w, { module, name, write }) => {
      write(w.name(module).name(name));
    });
    section(out, 3, this.#functions, (w, { typeIndex }) => w.unsigned(typeIndex));
    const own = memory !== undefined && memory.from === undefined ? [memory.limits] : [];
    section(out, 5, own, writeLimits);
    section(out, 7, this.#exports, (w, { name, kind, index }) => w.name(name).byte(kind).unsigned(index));
    out.reserve(this.#bodies.length);
    section(out, 10, this.#functions, (w, { reference, body }) => {
      if (body === undefined) throw new AssemblyError(`${reference.name} has no body`);
      w.vector(this.#bodies.data.subarray(body.start, body.end));
    });
    section(out, 11, this.#data, (w, { offset, bytes }) => {
      w.byte(0)
        .byte(0x41)
        .signed(offset | 0)
        .byte(0x0b)
        .vector(bytes);
    });
    writeNames(out, this.#functions);
    return out.toBytes();
  }
}

function section<T>(out: ByteWriter, id: number, items: readonly T[], write: (w: ByteWriter, item: T) => void): void {
  if (items.length === 0) return;
  const content = new ByteWriter().unsigned(items.length);
  for (const item of items) write(content, item);
  out.byte(id).unsigned(content.length).append(content);
}

function writeLimits(w: ByteWriter, { initial, maximum, shared }: MemoryLimits): void {
  w.byte((maximum === undefined ? 0 : 1) | (shared === true ? 2 : 0)).unsigned(initial);
  if (maximum !== undefined) w.unsigned(maximum);
}

/** The custom section that profilers and stack traces take function names from. */
function writeNames(out: ByteWriter, functions: readonly { readonly reference: FunctionReference }[]): void {
  const map = new ByteWriter().unsigned(functions.length);
  for (const { reference } of functions) map.unsigned(reference.index).name(reference.name);
  const content = new ByteWriter().name('name').byte(1).unsigned(map.length).append(map);
  out.byte(0).unsigned(content.length).append(content);
}
