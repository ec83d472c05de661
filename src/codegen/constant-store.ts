/** Where packed constants lie in a memory, and how many programs need them: equal ones are there once. */
import type { PlanConstant } from '../plan/execution-plan.js';
import { readableAfter } from '../wasm/kernels/views.js';
import { controlBytes } from './control.js';
import type { GraphConstants, Source } from './graph-constants.js';
import { valuesOf } from './recipe-values.js';

const alignment = 64;

interface Entry {
  readonly key: string;
  readonly address: number;
  readonly bytes: number;
  sources: ReadonlyMap<string, Source>;
  users: number;
  /** Of one that was kept by an earlier process; equal digests mean equal bytes. */
  readonly digest?: string;
}

/** A constant as an earlier process had it in its memory, which the code that it made reads at that address. */
export interface KeptPlace {
  readonly key: string;
  readonly address: number;
  readonly bytes: number;
  readonly digest: string;
}

/** The places of one program's constants. */
export interface PlacedConstants {
  /** One for each constant of the plan. */
  readonly entries: readonly Entry[];
  /** Those that nobody has packed yet. */
  readonly fresh: ReadonlySet<Entry>;
}

export class ConstantStore {
  /** Bytes from the start of memory to after the last constant. */
  end = controlBytes;
  private readonly entries = new Map<string, Entry[]>();
  /** Those that were kept, by address. */
  private readonly kept = new Map<number, Entry>();
  /** Gaps below `end`, by address. */
  private readonly gaps: { address: number; bytes: number }[] = [];

  /** Finds or reserves a place for each constant. The places stay until they are released. */
  place(constants: readonly PlanConstant[], graph: GraphConstants): PlacedConstants {
    // Constants are compared first: that may fail, and then nothing has been reserved.
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

  /** Reserves the places that constants had before; undefined, and nothing reserved, where others are in them. */
  placeAt(constants: readonly KeptPlace[]): PlacedConstants | undefined {
    const entries: Entry[] = [];
    const fresh = new Set<Entry>();
    for (const { key, address, bytes, digest } of constants) {
      const same = this.kept.get(address);
      if (same !== undefined && same.bytes === bytes && same.digest === digest) {
        same.users++;
        entries.push(same);
        continue;
      }
      if (!this.reserveAt(address, bytes)) {
        this.release({ entries, fresh });
        return undefined;
      }
      const entry: Entry = { key, address, bytes, digest, sources: new Map(), users: 1 };
      this.kept.set(address, entry);
      entries.push(entry);
      fresh.add(entry);
    }
    return { entries, fresh };
  }

  /** Lets other programs use what has been packed. */
  share({ entries, fresh }: PlacedConstants, constants: readonly PlanConstant[], graph: GraphConstants): void {
    for (const [i, entry] of entries.entries()) {
      if (!fresh.has(entry)) continue;
      const values = [...valuesOf(constants[i]!.recipe)].flatMap((value) => graph.originsOf(value));
      entry.sources = new Map(values.map((value) => [value, graph.source(value)]));
      this.entries.set(entry.key, [...(this.entries.get(entry.key) ?? []), entry]);
    }
  }

  release({ entries }: PlacedConstants): void {
    for (const entry of entries) {
      if (--entry.users > 0) continue;
      const left = (this.entries.get(entry.key) ?? []).filter((other) => other !== entry);
      if (this.kept.get(entry.address) === entry) this.kept.delete(entry.address);
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

  /** @returns whether nothing else is there */
  private reserveAt(address: number, bytes: number): boolean {
    if (address >= this.end) {
      if (address > this.end) this.gaps.push({ address: this.end, bytes: address - this.end });
      this.end = address + bytes;
      return true;
    }
    const index = this.gaps.findIndex((gap) => gap.address <= address && address + bytes <= gap.address + gap.bytes);
    const gap = this.gaps[index];
    if (gap === undefined) return false;
    const rest = { address: address + bytes, bytes: gap.address + gap.bytes - address - bytes };
    const parts = [{ address: gap.address, bytes: address - gap.address }, rest];
    this.gaps.splice(index, 1, ...parts.filter((part) => part.bytes > 0));
    return true;
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

/** In a graph for other sizes the same name may stand for other elements: passes compute constants for given sizes. */
function isSame({ sources }: Entry, graph: GraphConstants): boolean {
  return [...sources].every(([value, source]) => graph.isSame(value, source));
}
