/** Where the packed constants of an executor lie, and how many programs need them: equal ones are there once. */
import { controlBytes } from '../codegen/control.js';
import { valuesOf } from '../codegen/pack-constants.js';
import type { Constant } from '../ir/graph.js';
import type { Tensor } from '../ir/tensor.js';
import { derivedConstant } from '../plan/derived-constants.js';
import type { DerivedConstant, PlanConstant } from '../plan/execution-plan.js';

/** Vectors are read so far behind the last element. */
const readBehind = 64;
const alignment = 64;

/** A constant of the graph that was packed: who it was, without keeping it, and what it held. */
interface Source {
  readonly constant: WeakRef<Constant>;
  readonly digest: number;
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
  private readonly digests = new Map<string, number>();

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
    const tensor = this.get(value).load();
    if (!this.digests.has(value)) this.digests.set(value, digestOf(tensor));
    return tensor;
  }

  source(value: string): Source {
    return { constant: new WeakRef(this.get(value)), digest: this.digest(value) };
  }

  /** Whether a constant of that name was packed with the same elements. */
  isSame(value: string, { constant, digest }: Source): boolean {
    return constant.deref() === this.get(value) || digest === this.digest(value);
  }

  private digest(value: string): number {
    if (!this.digests.has(value)) this.load(value);
    return this.digests.get(value)!;
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
      const bytes = Math.ceil((floats * 4 + readBehind) / alignment) * alignment;
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

/** Elements that a digest looks at: all of them where there are not more. */
const mostDigested = 1 << 16;

function digestOf({ type, dims, data }: Tensor): number {
  let digest = 0x811c9dc5;
  const mix = (word: number) => {
    digest = Math.imul(digest ^ word, 0x01000193);
    digest ^= digest >>> 15;
  };
  for (const char of `${type} ${dims.join()}`) mix(char.codePointAt(0)!);
  if (!('buffer' in data)) {
    for (const text of data) for (const char of text) mix(char.codePointAt(0)!);
    return digest;
  }
  const step = Math.ceil(data.length / mostDigested) * data.BYTES_PER_ELEMENT;
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < bytes.byteLength; at += step) {
    for (let i = 0; i < data.BYTES_PER_ELEMENT; i++) mix(bytes.getUint8(at + i));
  }
  return digest;
}
