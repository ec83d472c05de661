/**
 * What codes mean, at length. The pages of a room's codes are in its `pages.ts`, apart from what states them, since no
 * program but the command line shows them; rules have theirs with them.
 */
import type { DiagnosticCode } from './catalogue.js';

/** The page of a code, in Markdown without headings. */
export interface Explanation {
  /** What the code means. */
  readonly meaning: string;
  /** Why it matters: what happens if it is not fixed. */
  readonly reason: string;
  readonly bad: string;
  readonly good: string;
  /** How to fix it. */
  readonly remedy: string;
}

export type Pages = Readonly<Partial<Record<DiagnosticCode, Explanation>>>;
