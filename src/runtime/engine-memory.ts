/**
 * The memory of an executor: control words, then constants, then what runs need, which moves up when constants are added.
 * It grows and never shrinks.
 */
import { controlBytes } from '../codegen/control.js';
import { formatBytes } from '../diagnostics/units.js';
import { defineProblem, diagnostic, ModelError } from '../diagnostics.js';
import { type ElementType, elementTypeFacts } from '../ir/element-type.js';
import { elementCount, Tensor } from '../ir/tensor.js';

const pageBytes = 65536;
/** 4 GiB; less where the engine does not reserve so much. */
const maximumPages = [65536, 32768, 16384, 8192, 4096];

export class EngineMemory {
  private constructor(
    readonly memory: WebAssembly.Memory,
    readonly maximumPages: number,
    readonly isShared: boolean,
  ) {}

  /** @throws ModelError US2011 */
  static create(isShared: boolean): EngineMemory {
    let last: unknown;
    for (const maximum of maximumPages) {
      try {
        const memory = new WebAssembly.Memory({ initial: 1, maximum, shared: isShared });
        return new EngineMemory(memory, maximum, isShared);
      } catch (error) {
        last = error;
      }
    }
    throw failMemory(pageBytes, [], undefined, last);
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /**
   * Grows the memory to `bytes`. Views of its old buffer are detached.
   * @param parts what they are for, for the message
   * @throws ModelError US2011
   */
  ensure(bytes: number, parts: readonly string[], file: string | undefined): void {
    const pages = Math.ceil((bytes - this.bytes) / pageBytes);
    if (pages <= 0) return;
    try {
      this.memory.grow(pages);
    } catch (error) {
      throw failMemory(bytes, parts, file, error);
    }
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  words(): Int32Array {
    return new Int32Array(this.memory.buffer, 0, controlBytes / 4);
  }

  /** A tensor whose elements lie in memory. */
  tensor(type: ElementType, dims: readonly number[], address: number): Tensor {
    const { array } = elementTypeFacts(type);
    if (array === undefined) throw new RangeError(`${type} tensors do not lie in memory`);
    return new Tensor(type, dims, new array(this.memory.buffer, address, elementCount(dims)));
  }

  holds({ data }: Tensor): boolean {
    return 'buffer' in data && data.buffer === this.memory.buffer;
  }
}

const noMemoryForModel = defineProblem(
  'US2011',
  { bytes: 'integer', parts: 'strings', reason: 'string' },
  ({ bytes, parts, reason }) => ({
    message: `there is not enough memory for the model: it needs ${formatBytes(bytes)}`,
    actual: reason,
    hint: 'give it smaller inputs, or dispose of other sessions; WebAssembly has 4 GiB at most',
    notes: parts.length === 0 ? undefined : parts,
  }),
);

function failMemory(bytes: number, parts: readonly string[], file: string | undefined, cause: unknown): ModelError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ModelError([diagnostic(noMemoryForModel({ bytes, parts, reason }), { file })], { cause });
}
