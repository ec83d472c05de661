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
/** What sharing a step costs: meeting, and having half of its tensors come from another thread's caches. */
const sharingCost = 3_000;
/** What waking the threads costs, once from one step of the host to the next. */
const wakingCost = 50_000;

/** What the step is expected to take on one thread, in nanoseconds, but for reading its weights. */
function expectedTime({ reads, writes, isHalo, work, operations }: UnplacedKernel): number {
  const time = (work ?? operations) * operationTime;
  // It writes a few floats of many cache lines.
  if (isHalo) return time * (1 + mostOfBytes);
  const floats = [...new Set([...reads, ...writes])].reduce((sum, tensor) => sum + floatsOf(tensor), 0);
  return time + Math.min(floats * 4 * byteTime, time * mostOfBytes);
}

function floatsOf(tensor: LoweredTensor): number {
  return tensor.layout === 'nhwc8' ? ownView(tensor.size).floats : tensor.floats;
}

/** The steps from which two threads gain; more gain more. */
export function sharedSteps(steps: readonly UnplacedStep[]): ReadonlySet<UnplacedStep> {
  const shared = new Set<UnplacedStep>();
  let [range, gain]: [UnplacedStep[], number] = [[], 0];
  const end = () => {
    if (gain > wakingCost) for (const step of range) shared.add(step);
    [range, gain] = [[], 0];
  };
  for (const step of steps) {
    if (step.kind === 'reference') {
      end();
      continue;
    }
    const saved = expectedTime(step) / 2 - sharingCost;
    if (saved <= 0) continue;
    range.push(step);
    gain += saved;
  }
  end();
  return shared;
}
