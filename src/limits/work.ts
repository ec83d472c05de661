/**
 * What may be computed before a run, by references on one thread: constants are folded and shapes are followed only for
 * so long and into so many bytes. What is over stays for the run, which may be compiled, can be stopped, and may never
 * come to it.
 */
import type { Constant } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';

export interface BudgetOptions {
  /** Multiply-accumulates, or elements where an operator only moves them. */
  readonly work: number;
  /** Of all results together. */
  readonly bytes: number;
  /** Of one node; what takes longer cannot be stopped. Default: all of `work`. */
  readonly workOfNode?: number;
}

export class WorkBudget {
  private work: number;
  private bytes: number;
  private readonly workOfNode: number;

  constructor({ work, bytes, workOfNode = work }: BudgetOptions) {
    this.work = work;
    this.bytes = bytes;
    this.workOfNode = workOfNode;
  }

  /** Takes what a node needs. If there is not so much, it takes nothing and returns false. */
  take(work: number, bytes: number): boolean {
    if (!(work <= this.workOfNode && work <= this.work && bytes <= this.bytes)) return false;
    this.work -= work;
    this.bytes -= bytes;
    return true;
  }
}

/** Some seconds of references, and as much again for each weight as preparing it takes. */
const foldedWork = 2 ** 30;
const workOfWeight = 16;
const foldedWorkOfNode = 2 ** 28;
const foldedBytes = 2 ** 28;
/** Weights are transposed, scaled and cut, some after one another. */
const copiesOfWeights = 4;

/**
 * The budget of folding constants, in proportion to those that the graph has.
 * @param most work, in place of that proportion
 */
export function foldingBudget(constants: Iterable<Pick<Constant, 'dims' | 'byteLength'>>, most?: number): WorkBudget {
  let elements = 0;
  let bytes = 0;
  for (const { dims, byteLength } of constants) {
    elements += elementCount(dims);
    bytes += byteLength;
  }
  return new WorkBudget({
    work: most ?? foldedWork + workOfWeight * elements,
    workOfNode: Math.max(foldedWorkOfNode, workOfWeight * elements),
    bytes: foldedBytes + copiesOfWeights * bytes,
  });
}

/** The budget of following small values during one inference: far more than shape arithmetic takes. */
export function followingBudget(): WorkBudget {
  return new WorkBudget({ work: 2 ** 25, bytes: 2 ** 26 });
}
