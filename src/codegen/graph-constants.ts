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
  const known = constant.identity?.();
  if (known !== undefined) return known;
  const digest = constant.part === undefined ? digestOf(constant.load().data) : digestOfStored(constant);
  return `${type} ${dims.join()} ${digest}`;
}

const firstDigest = 0x811c9dc5;
const prime = 0x01000193;

/** Runs of a stored constant that are digested, spread evenly, and their bytes. */
const [storedRuns, storedRun] = [8, 128];

/** Of bytes in a file: from another place come others, and so do some that somebody has written into it meanwhile. */
function digestOfStored({ part, byteLength }: Constant): string {
  const step = Math.max(storedRun, Math.ceil(byteLength / storedRuns));
  let digest = firstDigest;
  for (let start = 0; start < byteLength; start += step)
    digest = mixBytes(digest, part!(start, Math.min(storedRun, byteLength - start)));
  return `${digest} at ${part!(0, byteLength).byteOffset}`;
}

/** How many words a digest looks at: all of them where there are no more, otherwise runs that are spread evenly. */
const mostDigested = 1 << 16;
const digestedRun = 64;

function digestOf(data: TensorData): number {
  if (!('buffer' in data))
    return mix(
      firstDigest,
      Array.from(data.join('\0'), (char) => char.codePointAt(0)!),
    );
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const words = Math.floor(bytes.length / 4);
  if (words <= mostDigested) return mixBytes(firstDigest, bytes);
  let digest = firstDigest;
  const step = Math.floor(words / (mostDigested / 16 / digestedRun));
  for (let first = 0; first < words; first += step)
    digest = mixBytes(digest, bytes.subarray(first * 4, Math.min(words, first + digestedRun) * 4));
  return mixBytes(digest, bytes.subarray(words * 4));
}

function mixBytes(digest: number, bytes: Uint8Array): number {
  // Not slice(): that of a Buffer is another view of the same bytes.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  // Signed, since all of these are numbers that engines do not make objects of.
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 4));
  return mix(mix(digest, words), aligned.subarray(words.length * 4));
}

function mix(before: number, numbers: ArrayLike<number>): number {
  let digest = before;
  for (let i = 0; i < numbers.length; i++) {
    digest = Math.imul(digest ^ numbers[i]!, prime);
    digest ^= digest >>> 15;
  }
  return digest;
}
