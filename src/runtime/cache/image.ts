/** A program as it is kept: its code, its constants as they lie in memory, and what is told of its steps. */
import type { Diagnostic } from '../../diagnostics.js';
import type { RunPlan } from '../../plan/execution-plan.js';
import type { ReferenceSteps } from '../../plan/reference-use.js';
import type { StepFacts } from '../trace.js';

/** Where a constant lies, in bytes from the start of memory. */
export interface ImageConstant {
  readonly key: string;
  readonly address: number;
  readonly bytes: number;
}

export interface ProgramFacts {
  readonly plan: RunPlan;
  /** Bytes after the constants that a run needs. */
  readonly runBytes: number;
  readonly steps: readonly StepFacts[];
  readonly references: ReferenceSteps;
}

export interface ProgramImage extends ProgramFacts {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly constants: readonly ImageConstant[];
  /** The elements of a constant, as they are in memory now. @throws where the program was released */
  bytesOf(constant: ImageConstant): Uint8Array;
}

/** A constant of a program that was kept. Equal digests mean equal bytes. */
export interface KeptConstant extends ImageConstant {
  readonly digest: string;
}

/** The same, read again. */
export interface KeptProgram extends ProgramFacts {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly diagnostics: readonly Diagnostic[];
  readonly constants: readonly KeptConstant[];
  /** Fills memory with a constant. @throws DamagedEntry where its bytes are not those that were written */
  fill(constant: KeptConstant, target: Uint8Array): Promise<void>;
}

/** An entry that is not as it was written. */
export class DamagedEntry extends Error {}
