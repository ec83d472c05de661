/**
 * Which steps threads share: those that are expected to take longer than it takes to meet, and to read what other threads have in
 * their caches. The others are left to the calling thread, which goes from one to the next without waiting.
 */
import { ownView } from '../wasm/kernels/views.js';
import type { LoweredTensor } from './context/tensor.js';
import type { UnplacedKernel, UnplacedStep } from './context/unplaced-step.js';

/** Nanoseconds on one thread for an operation of `work`, and for a byte of the tensors that a step reads and writes. */
const operationTime = 0.012;
const byteTime = 0.016;
/** Bytes take at most so many times what operations take: of large tensors some steps have a small part. */
const mostOfBytes = 4;
/** What sharing a step costs: meeting, and having some of its tensors come from another thread's caches. */
const sharingCost = 1_500;
/** What waking the threads costs, once from one step of the host to the next. */
const wakingCost = 50_000;
/** What more it costs between cores that have no cache in common, and a byte of those tensors, some of which are in the wrong one. */
const apartCost = 1_500;
const apartTime = 0.05;

/** When threads share a step. */
export type Sharing = 'always' | 'near';

interface Expected {
  /** On one thread, in nanoseconds, but for reading its weights. */
  readonly time: number;
  /** Bytes of the tensors that it reads and writes. */
  readonly moved: number;
}

function expected(step: UnplacedKernel): Expected {
  const { reads, writes, isHalo, work, operations } = step;
  const time = (work ?? operations) * operationTime;
  const floats = [...new Set([...reads, ...writes])].reduce((sum, tensor) => sum + floatsOf(tensor), 0);
  const most = (time * mostOfBytes) / byteTime;
  // It writes a few floats of many cache lines.
  const moved = isHalo ? most : Math.min(floats * 4, most);
  return { time: time + moved * byteTime, moved };
}

function floatsOf(tensor: LoweredTensor): number {
  return tensor.layout === 'nhwc8' ? ownView(tensor.size).floats : tensor.floats;
}

/** The steps from which two threads gain; more gain more. */
export function stepSharing(steps: readonly UnplacedStep[]): ReadonlyMap<UnplacedStep, Sharing> {
  const sharing = new Map<UnplacedStep, Sharing>();
  let [range, gain, loss]: [UnplacedStep[], number, number] = [[], 0, 0];
  const end = () => {
    if (gain > wakingCost) for (const step of range) sharing.set(step, gain - loss > wakingCost ? 'always' : 'near');
    [range, gain, loss] = [[], 0, 0];
  };
  for (const step of steps) {
    if (step.kind === 'reference') {
      end();
      continue;
    }
    const { time, moved } = expected(step);
    const saved = time / 2 - sharingCost;
    if (saved <= 0) continue;
    range.push(step);
    gain += saved;
    loss += apartCost + moved * apartTime;
  }
  end();
  return sharing;
}
