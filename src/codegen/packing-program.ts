/** What fills a memory with a plan's constants: a module of code that moves elements, and the order to call it in. */
import type { PlanConstant } from '../plan/execution-plan.js';
import type { MemoryLimits } from '../wasm/module.js';
import { emitPacking } from '../wasm/packing/packing-module.js';
import type { PlacedConstants } from './constant-store.js';
import type { GraphConstants } from './graph-constants.js';
import { halfWeights } from './half-part.js';
import { filtersOf, hasHalves, packConstants, stagingBytes } from './pack-constants.js';
import { packingCode } from './packing-code.js';

/** Where a packing program works. */
export interface PackingTarget {
  readonly memory: WebAssembly.Memory;
  /** Of the program's module, on that memory. */
  readonly instance: WebAssembly.Instance;
  /** The address of `stagingBytes` bytes that nothing else uses meanwhile; a multiple of 16. */
  readonly staging: number;
  /** Bytes from the start of memory that may not be zero. */
  readonly used: number;
}

export class PackingProgram {
  /** The bytes of a module that imports its memory as `host.memory`. */
  readonly module: Uint8Array<ArrayBuffer>;
  /** Bytes that packing takes beside the constants themselves. */
  readonly stagingBytes: number;
  /** Where the constants go that the memory does not have yet, with the bytes of their addresses. */
  private readonly addresses: ReadonlyMap<PlanConstant, { readonly address: number; readonly bytes: number }>;

  /**
   * @param memory as the module is to import it
   * @throws NotLoaded before what packs weights of 16 bits is loaded, where there are some
   */
  constructor(
    constants: readonly PlanConstant[],
    placed: PlacedConstants,
    private readonly graph: GraphConstants,
    memory: MemoryLimits,
  ) {
    const addresses = constants.map((constant, i) => [constant, placed.entries[i]!] as const);
    this.addresses = new Map(addresses.filter(([, entry]) => placed.fresh.has(entry)));
    const fresh = [...this.addresses.keys()];
    this.stagingBytes = stagingBytes(fresh, this.find);
    const emitHalves = hasHalves(fresh) ? halfWeights.value.emitHalfPacking : undefined;
    this.module = emitPacking(memory, filtersOf(fresh), emitHalves);
  }

  private readonly find = (value: string) => this.graph.get(value);

  /** @throws ProblemError of constants that cannot be loaded */
  pack({ memory, instance, staging, used }: PackingTarget): void {
    const addressOf = (constant: PlanConstant) => {
      const { address, bytes } = this.addresses.get(constant)!;
      if (address < used) new Uint8Array(memory.buffer, address, bytes).fill(0);
      return address;
    };
    packConstants([...this.addresses.keys()], this.find, addressOf, { memory, code: packingCode(instance), staging });
  }
}
