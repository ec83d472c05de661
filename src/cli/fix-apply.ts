/** Applies fixes to a model: repairs and another operator set first, then those of rules. */
import type { CheckedModel } from '../check.js';
import type { RefusedNode } from '../convert/convert-model.js';
import { conversionText } from '../convert/describe.js';
import { settle, understand } from '../convert/repair.js';
import { type Diagnostic, type DiagnosticCode, defineProblem, diagnostic, ModelError } from '../diagnostics.js';
import { infer } from '../infer/infer.js';
import { type Model, referenceTo } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import type { Change } from '../rules/fixes/fix.js';
import { fixes } from '../rules/fixes/index.js';
import { withoutLeftovers } from '../rules/fixes/leftovers.js';
import { runRules } from '../rules/index.js';
import { isWorse } from './fix-findings.js';

export interface FixRequest {
  readonly codes: ReadonlySet<DiagnosticCode>;
  /** Whether the codes were named, so that fixes are wanted which may round or remove something. */
  readonly areNamed: boolean;
  readonly readDiagnostics: readonly Diagnostic[];
  /** The operator set to write. */
  readonly opset: number | undefined;
}

export interface AppliedFixes {
  readonly model: Model;
  /** The model as it was understood, which the fixed one must compute the same as. */
  readonly meant: Model;
  readonly changes: readonly Change[];
  /** False if results may change by rounding. */
  readonly keepsEveryBit: boolean;
  readonly remaining: readonly Diagnostic[];
}

/**
 * Applies fixes in order, each with the inference of the model after the previous one. A fix after which there would be
 * more findings is left out.
 * @throws ModelError US1308 for each node that cannot be written for the operator set that was asked for
 */
export function applyFixes(checked: CheckedModel, request: FixRequest): AppliedFixes {
  const { file } = checked;
  const { codes, areNamed, readDiagnostics } = request;
  const { meant, refused, ...repaired } = repair(checked, request);
  let { model, keepsEveryBit } = repaired;
  let inference = infer(model.graph, { file });
  const changes: Change[] = [...repaired.changes];
  const findings = () => [...inference.diagnostics, ...runRules({ model, inference, file })];
  let found = findings();
  for (const item of fixes) {
    if (!item.codes.some((code) => codes.has(code)) || (item.isOptional === true && !areNamed)) continue;
    const before = { model, inference, found };
    const fixed = item.apply({ model, inference, file, readDiagnostics }, codes);
    if (fixed.changes.length === 0) continue;
    model = fixed.model;
    if (model.graph !== before.model.graph) inference = infer(model.graph, { file });
    found = findings();
    if (isWorse(before.found, found)) {
      ({ model, inference, found } = before);
      continue;
    }
    changes.push(...fixed.changes);
    keepsEveryBit &&= item.keepsEveryBit;
  }
  const remaining = found.filter(({ code }) => codes.has(code)).map((item) => withReason(item, refused));
  return { model, meant, changes, keepsEveryBit, remaining };
}

interface Repaired {
  readonly model: Model;
  readonly meant: Model;
  readonly changes: readonly Change[];
  readonly keepsEveryBit: boolean;
  readonly refused: readonly RefusedNode[];
}

function repair({ model, inference, diagnostics, file }: CheckedModel, { codes, opset }: FixRequest): Repaired {
  const imported = model.opsets.get('');
  const target = opset ?? imported;
  const untouched = { model, meant: model, changes: [], keepsEveryBit: true, refused: [] };
  const isRepairable = inference.diagnostics.some(({ code }) => codes.has(code));
  if (target === undefined || (!isRepairable && target === imported)) return untouched;
  const understood = understand(model, inference, codes);
  const { converted, refused, ...settled } = settle(understood, target, opset === undefined ? 'foreign' : 'all');
  if (opset !== undefined && refused.length > 0) throw notWritten(refused, opset, file);
  const moved: Change[] = [];
  if (target !== imported) moved.push({ text: `operator set ${imported ?? 'unknown'} → ${target}` });
  for (const item of converted) {
    const foreign = understood.foreign.get(item.node);
    moved.push({ code: foreign?.code, node: foreign?.original ?? item.node, text: conversionText(item) });
  }
  const changes: Change[] = [...understood.casts, ...moved];
  const clean = withoutLeftovers(settled.model, model);
  const result = {
    model: clean,
    meant: understood.model,
    changes,
    keepsEveryBit: converted.every(({ replacements }) => replacements.length === 1),
    refused,
  };
  if (changes.length === 0) return { ...untouched, refused };
  const after = infer(clean.graph, { file });
  const rest = runRules({ model: clean, inference: after, file });
  const isMore = opset === undefined && isWorse(diagnostics, [...after.diagnostics, ...rest]);
  return isMore ? { ...untouched, refused } : result;
}

const nodeNotWritten = defineProblem(
  'US1308',
  { operator: 'string', opset: 'integer', reason: 'string' },
  ({ operator, opset, reason }) => ({
    message: `${operator} cannot be written for operator set ${opset}: ${reason}`,
    hint: 'nothing was written; choose another set, or export again for this one',
  }),
);

function notWritten(refused: readonly RefusedNode[], opset: number, file: string | undefined): ModelError {
  return new ModelError(
    refused.map(({ node, reason }) =>
      diagnostic(nodeNotWritten({ operator: node.opType, opset, reason }), {
        file,
        node: referenceTo(node),
        origin: originOf(node),
      }),
    ),
  );
}

/** A finding that stays, with the reason why its node could not be written otherwise. */
function withReason(finding: Diagnostic, refused: readonly RefusedNode[]): Diagnostic {
  const { node } = finding;
  const found = refused.find((item) => item.node.index === node?.index && item.node.name === node.name);
  if (found === undefined) return finding;
  return { ...finding, notes: [...(finding.notes ?? []), `fix cannot write it otherwise: ${found.reason}`] };
}
