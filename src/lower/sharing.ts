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
/**
 * A byte between cores that have no cache in common: of a step that threads share like its neighbors, where some are in the wrong half,
 * and of what is read by all threads after one has made it, or by one after all have.
 */
const apartTime = 0.055;
const turnedTime = 0.15;

/** When threads share a step. */
export type Sharing = 'always' | 'near';

interface Expected {
  readonly step: UnplacedKernel;
  /** On one thread, in nanoseconds, but for reading its weights. */
  readonly time: number;
  /** Bytes of tensors that it reads, and that it reads and writes. */
  readonly read: number;
  readonly moved: number;
}

function expected(step: UnplacedKernel): Expected {
  const { reads, writes, isHalo, work, operations } = step;
  const time = (work ?? operations) * operationTime;
  const most = (time * mostOfBytes) / byteTime;
  const bytesOf = (tensors: readonly LoweredTensor[]) =>
    Math.min(most, 4 * [...new Set(tensors)].reduce((sum, tensor) => sum + floatsOf(tensor), 0));
  // Of a halo, a few floats of many cache lines are written.
  const moved = isHalo ? most : bytesOf([...reads, ...writes]);
  return { step, time: time + moved * byteTime, read: bytesOf(reads), moved };
}

function floatsOf(tensor: LoweredTensor): number {
  return tensor.layout === 'nhwc8' ? ownView(tensor.size).floats : tensor.floats;
}

/** The steps from which two threads gain, and where their cores have a cache in common; more gain more. */
export function stepSharing(steps: readonly UnplacedStep[]): ReadonlyMap<UnplacedStep, Sharing> {
  const sharing = new Map<UnplacedStep, Sharing>();
  let range: Expected[] = [];
  const end = () => {
    const near = range.filter(({ time }) => time / 2 > sharingCost);
    const gain = near.reduce((sum, { time }) => sum + time / 2 - sharingCost, 0);
    if (gain > wakingCost) {
      for (const { step } of near) sharing.set(step, 'near');
      for (const { step } of sharedApart(range)) if (sharing.has(step)) sharing.set(step, 'always');
    }
    range = [];
  };
  for (const step of steps) {
    if (step.kind === 'reference') end();
    else range.push(expected(step));
  }
  end();
  return sharing;
}

/** Time so far, and the steps so far that are shared, the last one first. */
interface Way {
  readonly time: number;
  readonly last: SharedStep | undefined;
}

interface SharedStep {
  readonly own: Expected;
  readonly before: SharedStep | undefined;
}

/** The steps to share where cores are apart: what they read depends on whether the steps before are shared. */
function sharedApart(range: readonly Expected[]): Expected[] {
  let alone: Way = { time: 0, last: undefined };
  let shared = alone;
  for (const own of range) {
    const turning = own.read * turnedTime;
    const toAlone = shared.time + turning < alone.time ? { ...shared, time: shared.time + turning } : alone;
    const toShared = alone.time + turning < shared.time ? { ...alone, time: alone.time + turning } : shared;
    const time = own.time / 2 + sharingCost + own.moved * apartTime;
    alone = { ...toAlone, time: toAlone.time + own.time };
    shared = { time: toShared.time + time, last: { own, before: toShared.last } };
  }
  const steps: Expected[] = [];
  const best = shared.time < alone.time ? shared : alone;
  const wholeAlone = range.reduce((sum, { time }) => sum + time, 0);
  if (wholeAlone - best.time <= wakingCost) return [];
  for (let at = best.last; at !== undefined; at = at.before) steps.push(at.own);
  return steps;
}
