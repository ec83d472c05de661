/** Where the packed constants of an executor lie, and how many programs need them: equal ones are there once. */

import { controlBytes } from '../codegen/control.js';
import { valuesOf } from '../codegen/pack-constants.js';
import type { Constant } from '../ir/graph.js';
import type { Tensor, TensorData } from '../ir/tensor.js';
import { derivedConstant } from '../plan/derived-constants.js';
import type { DerivedConstant, PlanConstant } from '../plan/execution-plan.js';
import { readableAfter } from '../wasm/kernels/views.js';

const alignment = 64;

/** A constant of the graph that was packed: who it was, without keeping it, and what it held. */
interface Source {
  readonly constant: WeakRef<Constant>;
  readonly identity: string;
}

interface Entry {
  readonly key: string;
  readonly address: number;
  readonly bytes: number;
  sources: ReadonlyMap<string, Source>;
  users: number;
}

/** What one program needs. */
export interface HeldConstants {
  /** One for each constant of the plan. */
  readonly entries: readonly Entry[];
  /** Those that nobody has packed yet. */
  readonly fresh: ReadonlySet<Entry>;
}

/** Loads constants of one graph and what a plan derives of them, and remembers what they held. */
export class GraphConstants {
  private readonly byName: Map<string, Constant>;
  private readonly origins = new Map<string, readonly string[]>();
  private readonly identities = new Map<string, string>();

  constructor(constants: ReadonlyMap<{ readonly name: string }, Constant>, derived: readonly DerivedConstant[]) {
    this.byName = new Map([...constants].map(([{ name }, constant]) => [name, constant]));
    for (const recipe of derived) {
      const { name, value, zeroPoint, scale } = recipe;
      this.origins.set(
        name,
        [value, zeroPoint, scale].filter((origin) => origin !== undefined),
      );
      this.byName.set(
        name,
        derivedConstant(recipe, (origin) => this.get(origin)),
      );
    }
  }

  /** The constants of the graph that make one up: itself, or what it is derived of. */
  originsOf(value: string): readonly string[] {
    return this.origins.get(value) ?? [value];
  }

  get(value: string): Constant {
    const constant = this.byName.get(value);
    if (constant === undefined) throw new RangeError(`the graph has no constant '${value}'`);
    return constant;
  }

  load(value: string): Tensor {
    return this.get(value).load();
  }

  source(value: string): Source {
    return { constant: new WeakRef(this.get(value)), identity: this.identity(value) };
  }

  /** Whether a constant of that name was packed with the same elements. */
  isSame(value: string, { constant, identity }: Source): boolean {
    return constant.deref() === this.get(value) || identity === this.identity(value);
  }

  private identity(value: string): string {
    const identity = this.identities.get(value) ?? identityOf(this.get(value));
    this.identities.set(value, identity);
    return identity;
  }
}

export class ConstantStore {
  /** Bytes from the start of memory to behind the last constant. */
  end = controlBytes;
  private readonly entries = new Map<string, Entry[]>();
  /** Gaps below `end`, by address. */
  private readonly gaps: { address: number; bytes: number }[] = [];

  /** Finds or reserves a place for each constant; they stay until they are released. */
  hold(constants: readonly PlanConstant[], graph: GraphConstants): HeldConstants {
    // What the keys stand for is looked at first: that may fail, and then nothing is reserved.
    const known = constants.map(({ key }) => this.entries.get(key)?.find((entry) => isSame(entry, graph)));
    const fresh = new Set<Entry>();
    const entries = constants.map(({ key, floats }, i) => {
      const same = known[i];
      if (same !== undefined) {
        same.users++;
        return same;
      }
      const bytes = Math.ceil(((floats + readableAfter) * 4) / alignment) * alignment;
      const entry: Entry = { key, address: this.reserve(bytes), bytes, sources: new Map(), users: 1 };
      fresh.add(entry);
      return entry;
    });
    return { entries, fresh };
  }

  /** Lets other programs use what has been packed. */
  share({ entries, fresh }: HeldConstants, constants: readonly PlanConstant[], graph: GraphConstants): void {
    for (const [i, entry] of entries.entries()) {
      if (!fresh.has(entry)) continue;
      const values = [...valuesOf(constants[i]!.recipe)].flatMap((value) => graph.originsOf(value));
      entry.sources = new Map(values.map((value) => [value, graph.source(value)]));
      this.entries.set(entry.key, [...(this.entries.get(entry.key) ?? []), entry]);
    }
  }

  release({ entries }: HeldConstants): void {
    for (const entry of entries) {
      if (--entry.users > 0) continue;
      const left = (this.entries.get(entry.key) ?? []).filter((other) => other !== entry);
      if (left.length === 0) this.entries.delete(entry.key);
      else this.entries.set(entry.key, left);
      this.free(entry);
    }
  }

  private reserve(bytes: number): number {
    const index = this.gaps.findIndex((gap) => gap.bytes >= bytes);
    const gap = this.gaps[index];
    if (gap === undefined) {
      const address = this.end;
      this.end += bytes;
      return address;
    }
    const { address } = gap;
    gap.address += bytes;
    gap.bytes -= bytes;
    if (gap.bytes === 0) this.gaps.splice(index, 1);
    return address;
  }

  private free({ address, bytes }: Entry): void {
    const index = this.gaps.findIndex((gap) => gap.address > address);
    const at = index < 0 ? this.gaps.length : index;
    this.gaps.splice(at, 0, { address, bytes });
    for (const i of [at, at - 1]) {
      const [gap, next] = [this.gaps[i], this.gaps[i + 1]];
      if (gap === undefined || next === undefined || gap.address + gap.bytes !== next.address) continue;
      gap.bytes += next.bytes;
      this.gaps.splice(i + 1, 1);
    }
    const last = this.gaps.at(-1);
    if (last !== undefined && last.address + last.bytes === this.end) {
      this.end = last.address;
      this.gaps.pop();
    }
  }
}

/** The same name may stand for something else in a graph for other sizes: what passes have computed for them. */
function isSame({ sources }: Entry, graph: GraphConstants): boolean {
  return [...sources].every(([value, source]) => graph.isSame(value, source));
}

/** Equal for equal elements; other ones have another with all likelihood. */
function identityOf(constant: Constant): string {
  const { type, dims, scaled, converted } = constant;
  if (converted !== undefined) return `${type} of ${identityOf(converted)}`;
  if (scaled !== undefined) {
    const { source, factors, rows, channels, elements } = scaled;
    return `${identityOf(source)} times ${digestOf(factors)} ${rows} ${channels} ${elements}`;
  }
  return constant.identity?.() ?? `${type} ${dims.join()} ${digestOf(constant.load().data)}`;
}

/** Words that a digest looks at: all of them where there are not more, and then runs of them. */
const mostDigested = 1 << 16;
const digestedRun = 64;

function digestOf(data: TensorData): number {
  let digest = 0x811c9dc5;
  if (!('buffer' in data)) {
    for (const text of data) for (const char of text) digest = mix(digest, char.codePointAt(0)!);
    return digest;
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // Not slice(): that of a Buffer is another view of the same bytes.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 4));
  const step =
    words.length <= mostDigested ? digestedRun : Math.floor(words.length / (mostDigested / 16 / digestedRun));
  for (let first = 0; first < words.length; first += step) {
    const end = Math.min(words.length, first + digestedRun);
    for (let i = first; i < end; i++) digest = mix(digest, words[i]!);
  }
  for (let i = words.length * 4; i < aligned.length; i++) digest = mix(digest, aligned[i]!);
  return digest;
}

function mix(digest: number, word: number): number {
  const mixed = Math.imul(digest ^ word, 0x01000193);
  return mixed ^ (mixed >>> 15);
}
