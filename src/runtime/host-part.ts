/** Which programs the host has a part in. */
import type { RunPlan } from '../plan/execution-plan.js';

/** What is loaded for programs that the host has a part in. */
export type HostSide = typeof import('./host-side.js');

/** Whether the host has a part in what runs of a plan: in its steps, or in what its kernels may find wrong. */
export function needsHost({ steps, faults, inputs, outputs }: RunPlan): boolean {
  return (
    faults.length > 0 ||
    steps.some(({ kind }) => kind !== 'kernel') ||
    [...inputs, ...outputs].some(({ operand }) => operand.kind === 'host')
  );
}

/** @throws RangeError for a program that has none */
export function requireHost({ hostSide }: { readonly hostSide: HostSide | undefined }): HostSide {
  if (hostSide === undefined) throw new RangeError('a program that the host has no part in');
  return hostSide;
}
