import type { DiagnosticCode } from '../../diagnostics.js';
import type { Explanation } from '../rule.js';

/** Explanations of codes that no rule finds, by code. */
export type Pages = Readonly<Partial<Record<DiagnosticCode, Explanation>>>;
