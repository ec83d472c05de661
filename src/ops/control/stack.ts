/** Slices tensors along an axis and stacks them again, for Loop and Scan. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import { formatShape } from '../../ir/shape.js';
import { allocateLike, elementCount, Tensor } from '../../ir/tensor.js';
import { tensorBytes } from '../../limits/bytes.js';
import type { LiveMemory } from '../../limits/live-memory.js';
import { allocateChecked, checkTensorSize } from '../creation/target-shape.js';

/** The slice at `index` of an axis, without that axis; a view where its elements lie together. */
export function sliceAt(tensor: Tensor, axis: number, index: number): Tensor {
  const { dims } = tensor;
  const size = dims[axis]!;
  const inner = elementCount(dims.slice(axis + 1));
  const rest = dims.filter((_, i) => i !== axis);
  const count = elementCount(rest);
  if (count === inner && 'buffer' in tensor.data)
    return new Tensor(tensor.type, rest, tensor.data.subarray(index * inner, (index + 1) * inner));
  const out = allocateLike(tensor.data, count) as unknown as unknown[];
  for (let i = 0; i < count; i++) {
    out[i] = tensor.data[(Math.floor(i / inner) * size + index) * inner + (i % inner)];
  }
  return new Tensor(tensor.type, rest, out as unknown as Tensor['data']);
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

const stackedDiffers = defineProblem(
  'US1202',
  { value: 'string', firstType: 'string', firstShape: 'shape', type: 'string', shape: 'shape', iteration: 'integer' },
  ({ value, firstType, firstShape, type, shape, iteration }) => ({
    message: `'${value}' changes from iteration to iteration`,
    value,
    expected: `${firstType}${formatShape(firstShape)}, as in the first`,
    actual: `${type}${formatShape(shape)} in iteration ${iteration}`,
  }),
);

/** Collects elements of one type and shape. */
export class Stack {
  private readonly elements: Tensor[] = [];

  constructor(
    private readonly name: string,
    private readonly live: LiveMemory | undefined,
  ) {}

  get length(): number {
    return this.elements.length;
  }

  /** Type and dims of the elements; undefined while there are none. */
  get element(): { readonly type: ElementType; readonly dims: readonly number[] } | undefined {
    return this.elements[0];
  }

  /** @throws ProblemError if the element differs from the others in type or dims, or the result would be too large */
  push(tensor: Tensor): void {
    const first = this.elements[0] ?? tensor;
    if (first.type !== tensor.type || !isSameShape(first.dims, tensor.dims)) {
      fail(
        stackedDiffers({
          value: this.name,
          firstType: first.type,
          firstShape: first.dims,
          type: tensor.type,
          shape: tensor.dims,
          iteration: this.elements.length,
        }),
      );
    }
    checkTensorSize(tensor.type, [this.elements.length + 1, ...tensor.dims]);
    this.live?.requireAll([tensor]);
    this.elements.push(tensor);
    this.live?.hold(tensor);
  }

  /**
   * The elements along a new axis, in reverse order if `reversed`, followed by zeros up to `size`.
   * @param blank type and dims of elements if there are none
   */
  join(
    axis: number,
    blank: () => { readonly type: ElementType; readonly dims: readonly number[] },
    { reversed = false, size = this.elements.length }: { readonly reversed?: boolean; readonly size?: number } = {},
  ): Tensor {
    const { type, dims } = this.element ?? blank();
    const joined = [...dims.slice(0, axis), size, ...dims.slice(axis)];
    this.live?.require(tensorBytes(type, joined));
    const out = allocateChecked(type, joined) as { [index: number]: unknown };
    const inner = elementCount(dims.slice(axis));
    this.elements.forEach(({ data }, i) => {
      const position = reversed ? this.elements.length - 1 - i : i;
      if (inner === data.length && 'set' in out) {
        (out as unknown as { set(from: unknown, at: number): void }).set(data, position * inner);
        return;
      }
      for (let j = 0; j < data.length; j++) {
        out[(Math.floor(j / inner) * size + position) * inner + (j % inner)] = data[j];
      }
    });
    for (const element of this.elements) this.live?.release(element);
    return new Tensor(type, joined, out as Tensor['data']);
  }
}
