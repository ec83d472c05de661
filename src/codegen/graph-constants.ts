/** The constants that a plan packs or reads, by name, and how to tell whether two of one name have the same elements. */
import type { Constant } from '../ir/graph.js';
import type { Tensor, TensorData } from '../ir/tensor.js';
import { derivedConstant } from '../plan/derived-constants.js';
import type { DerivedConstant } from '../plan/execution-plan.js';

/** A constant that was packed: a reference that does not keep it in memory, and a digest of its elements. */
export interface Source {
  readonly constant: WeakRef<Constant>;
  readonly identity: string;
}

/** The constants of a graph, and those that a plan derives from them. */
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

  /** The names of the graph's constants that a constant is made of: itself, or those that it is derived from. */
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

/** Equal for equal elements, and almost certainly different for different ones. */
function identityOf(constant: Constant): string {
  const { type, dims, scaled, converted } = constant;
  if (converted !== undefined) return `${type} of ${identityOf(converted)}`;
  if (scaled !== undefined) {
    const { source, factors, rows, channels, elements } = scaled;
    return `${identityOf(source)} times ${digestOf(factors)} ${rows} ${channels} ${elements}`;
  }
  return constant.identity?.() ?? `${type} ${dims.join()} ${digestOf(constant.load().data)}`;
}

/** How many words a digest looks at: all of them where there are no more, otherwise runs that are spread evenly. */
const mostDigested = 1 << 16;
const digestedRun = 64;

const prime = 0x01000193;

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
    // As `mix` does: nothing has compiled it when a session begins.
    for (let i = first; i < end; i++) {
      digest = Math.imul(digest ^ words[i]!, prime);
      digest ^= digest >>> 15;
    }
  }
  for (let i = words.length * 4; i < aligned.length; i++) digest = mix(digest, aligned[i]!);
  return digest;
}

function mix(digest: number, word: number): number {
  const mixed = Math.imul(digest ^ word, prime);
  return mixed ^ (mixed >>> 15);
}
