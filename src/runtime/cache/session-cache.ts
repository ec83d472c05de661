/** What a session finds in a cache, and leaves there. */
import type { Diagnostic } from '../../diagnostics.js';
import type { Bindings } from '../../ir/dim.js';
import type { Model, Value } from '../../ir/graph.js';
import type { ExternalFiles } from '../../onnx/external-data.js';
import type { ByteProducts } from '../../wasm/kernels/byte-tile.js';
import type { Tier } from '../../wasm/kernels/kernel.js';
import type { ProcessorClass } from '../../wasm/processor.js';
import { processorNamed } from '../engine-processor.js';
import type { EngineFacts } from '../engine-tier.js';
import { isNode } from '../host.js';
import type { Tell } from '../session-engine.js';
import { build, version } from './build.js';
import { partsIn, partsOf } from './digested-parts.js';
import { type EntryAbout, readEntry, writeEntry } from './entry.js';
import { type FactsRecord, isOf, type KeptFacts, type ModelFacts, readFacts } from './facts.js';
import { DamagedEntry, type KeptProgram, type ProgramImage } from './image.js';
import { keptInputs } from './ports.js';
import { readRecord, writeRecord } from './record.js';
import { type CacheOption, type CacheStore, factsEnding, type StoredEntry } from './store.js';

/** What decides about a program beside the model. */
export interface ProgramKey {
  /** Sizes of the inputs, and the elements of those that decide sizes. */
  readonly sizes: string;
  readonly bindings: Bindings;
  readonly memoryLimit: number | undefined;
  readonly code: Readonly<Record<string, string | number | boolean | undefined>>;
}

const tiers: readonly Tier[] = ['wide', 'fma', 'baseline'];
const byteForms: readonly ByteProducts[] = ['relaxed', 'pairs'];

export class SessionCache {
  private readonly digests = new WeakMap<Model, Promise<string | undefined>>();
  /** Of models' own files. */
  private readonly ownDigests = new WeakMap<Uint8Array, string>();

  private constructor(
    private readonly store: CacheStore,
    private readonly tell: Tell,
  ) {}

  /** Undefined, with a note, where nothing can be kept. */
  static async open(option: CacheOption | undefined, tell: Tell): Promise<SessionCache | undefined> {
    if (option === undefined || option === false) return undefined;
    try {
      return new SessionCache(await storeOf(option), tell);
    } catch (error) {
      tell({ about: 'cache', text: `nothing is kept for later: ${reasonOf(error)}` });
      return undefined;
    }
  }

  /** The name of a program's entry. @param content of its model */
  async nameOf(content: string, { sizes, bindings, memoryLimit, code }: ProgramKey): Promise<string> {
    const key = [build, content, sizes, textOf(bindings), memoryLimit, Object.entries(code).sort()];
    return await this.store.digest([new TextEncoder().encode(JSON.stringify(key))]);
  }

  /** Of a model's inputs and outputs: what was kept, or else what `infer` gives, which is kept then. */
  async facts(model: Model, bindings: Bindings, infer: () => Promise<ModelFacts>): Promise<ModelFacts> {
    const { externalParts, ownBytesOf } = await import('./model-bytes.js');
    const content = await this.contentOf(model);
    const bytes = ownBytesOf(model);
    if (content === undefined || bytes === undefined) return await infer();
    const { inputs, outputs, overridable } = model.graph;
    const external = externalParts(model).map(({ location, offset, length }) => ({ location, offset, length }));
    const own = await this.ownDigest(bytes);
    const name = await this.factsName(own, bindings);
    const kept = await this.use(name, (entry) => readFacts(this.store, entry));
    if (kept?.content === content && isOf(kept.inputMetadata, inputs) && isOf(kept.outputMetadata, outputs))
      return kept;
    const facts = await infer();
    const record: FactsRecord = {
      ...facts,
      content,
      external,
      // Defaults are in the graph.
      inputs: overridable === undefined ? keptInputs(inputs) : undefined,
    };
    await this.keep(() => writeRecord(this.store, name, record));
    return facts;
  }

  /**
   * A model that was read before, by its bytes alone; undefined for any other one.
   * @param files reads those that are in other files
   */
  async known(
    bytes: Uint8Array,
    bindings: Bindings,
    files: ExternalFiles | undefined,
  ): Promise<(KeptFacts & { readonly inputs: readonly Value[] }) | undefined> {
    const own = await this.ownDigest(bytes);
    const facts = await this.use(await this.factsName(own, bindings), (entry) => readFacts(this.store, entry));
    const inputs = facts?.inputs;
    if (facts === undefined || inputs === undefined) return undefined;
    if (facts.external.length === 0) return facts.content === own ? { ...facts, inputs } : undefined;
    if (files === undefined) return undefined;
    try {
      return (await this.store.digest(partsOf(bytes, partsIn(files, facts.external)))) === facts.content
        ? { ...facts, inputs }
        : undefined;
    } catch {
      // Of weights that cannot be read compiling tells better.
      return undefined;
    }
  }

  private async factsName(own: string, bindings: Bindings): Promise<string> {
    const key = JSON.stringify(['facts', build, own, textOf(bindings)]);
    return `${await this.store.digest([new TextEncoder().encode(key)])}${factsEnding}`;
  }

  /** Of a model's own file, whose bytes do not change while a session is in use. */
  private async ownDigest(bytes: Uint8Array): Promise<string> {
    const digest = this.ownDigests.get(bytes) ?? (await this.store.digest(partsOf(bytes, [])));
    this.ownDigests.set(bytes, digest);
    return digest;
  }

  /** Called before what compiles is loaded: where the store can, the engine's code of it is kept as well. */
  keepOwnCode(): void {
    this.store.keepOwnCode?.();
  }

  /** What an earlier process has found of such an engine. */
  async engineFacts(engine: string): Promise<EngineFacts | undefined> {
    const kept = await this.verdict('engine', engine);
    const tier = tiers.find((item) => item === kept['tier']);
    const byteProducts = byteForms.find((item) => item === kept['byteProducts']);
    return tier === undefined || byteProducts === undefined ? undefined : { tier, byteProducts };
  }

  async keepEngineFacts(engine: string, facts: EngineFacts): Promise<void> {
    await this.keepVerdict('engine', engine, facts);
  }

  /** The class of processors that an earlier process has found such a machine to be of. */
  async processorOf(machine: string): Promise<ProcessorClass | undefined> {
    return processorNamed((await this.verdict('processor', machine))['processor']);
  }

  async keepProcessor(machine: string, processor: ProcessorClass): Promise<void> {
    await this.keepVerdict('processor', machine, { processor });
  }

  private async verdict(about: 'engine' | 'processor', on: string): Promise<Readonly<Record<string, unknown>>> {
    const kept = await this.use(await this.verdictName(about, on), (entry) => readRecord(this.store, entry));
    return (kept ?? {}) as Readonly<Record<string, unknown>>;
  }

  private async keepVerdict(about: 'engine' | 'processor', on: string, verdict: object): Promise<void> {
    const name = await this.verdictName(about, on);
    await this.keep(() => writeRecord(this.store, name, verdict));
  }

  private async verdictName(about: 'engine' | 'processor', on: string): Promise<string> {
    const key = JSON.stringify([about, build, on]);
    return `${await this.store.digest([new TextEncoder().encode(key)])}${factsEnding}`;
  }

  /** A digest of all bytes that a model is made of; undefined for one that was not read from bytes as it is. */
  contentOf(model: Model): Promise<string | undefined> {
    const known = this.digests.get(model) ?? this.digestOf(model);
    this.digests.set(model, known);
    return known;
  }

  private async digestOf(model: Model): Promise<string | undefined> {
    const { externalParts, ownBytesOf } = await import('./model-bytes.js');
    const content = ownBytesOf(model);
    if (content === undefined) return undefined;
    try {
      const external = externalParts(model);
      return await (external.length === 0 ? this.ownDigest(content) : this.store.digest(partsOf(content, external)));
    } catch {
      // Of weights that cannot be read compiling tells better.
      return undefined;
    }
  }

  /**
   * What `use` makes of an entry; undefined where there is none. One that is damaged goes, with a note.
   * @param use throws DamagedEntry where it is
   */
  async load<T>(name: string, use: (kept: KeptProgram) => Promise<T>): Promise<T | undefined> {
    return await this.use(name, async (entry) => await use(await readEntry(this.store, entry)));
  }

  private async use<T>(name: string, use: (entry: StoredEntry) => Promise<T>): Promise<T | undefined> {
    const entry = await this.store.read(name);
    if (entry === undefined) return undefined;
    try {
      return await use(entry);
    } catch (error) {
      if (!(error instanceof DamagedEntry)) throw error;
      this.tell({
        about: 'cache',
        text: `an entry of the cache in ${this.store.place} was damaged and is made anew: ${error.message}`,
      });
      await this.store.remove(name);
      return undefined;
    } finally {
      entry.close();
    }
  }

  /** @param image read while it is written: its program must not be released before */
  async save(
    name: string,
    image: ProgramImage,
    about: Omit<EntryAbout, 'version'>,
    diagnostics: readonly Diagnostic[],
  ): Promise<void> {
    await this.keep(() => writeEntry(this.store, name, image, { ...about, version }, diagnostics));
  }

  private async keep(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.tell({ about: 'cache', text: `nothing is kept in ${this.store.place}: ${reasonOf(error)}` });
    }
  }
}

function textOf(bindings: Bindings): readonly (readonly string[])[] {
  return [...bindings].map(([name, dim]) => [name, String(dim)]).sort();
}

async function storeOf(option: true | Exclude<CacheOption, boolean>): Promise<CacheStore> {
  const { folder, maxBytes } = typeof option === 'object' ? option : { folder: option, maxBytes: undefined };
  const place = typeof folder === 'string' ? folder : undefined;
  if (isNode()) {
    const { FolderStore } = await import('../node-cache.js');
    return await FolderStore.open(place, maxBytes);
  }
  const { BrowserStore } = await import('./browser-store.js');
  return await BrowserStore.open(place, maxBytes);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
