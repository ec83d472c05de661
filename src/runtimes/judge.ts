/** Whether a release of a runtime has what a node asks for. */
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import type { BoundOperator } from '../ops/operator.js';
import { formalAt, formalsIn } from '../ops/signature.js';
import type { Among, AttributeCondition, AttributeValue, Condition, Row, RuntimeTable } from './table.js';

export type Verdict =
  | { readonly kind: 'runs' }
  /** It has not been looked at, or depends on what the file does not tell. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** `since` is the first later release that has the operator, `until` the last earlier one. */
  | { readonly kind: 'operator'; readonly since?: string; readonly until?: string }
  | { readonly kind: 'version'; readonly version: number; readonly has: string }
  | {
      readonly kind: 'type';
      readonly value: string;
      readonly type: string;
      readonly takes: readonly string[] | undefined;
    }
  | { readonly kind: 'rank'; readonly value: string; readonly rank: number; readonly takes: string }
  | { readonly kind: 'use'; readonly what: string; readonly takes: string; readonly actual: string };

export interface Judgement {
  readonly table: RuntimeTable;
  /** Place of the release. */
  readonly release: number;
  readonly inference: Inference;
  /** Initializers, and what Constant nodes make. */
  readonly constants: ReadonlySet<Value>;
}

const runs: Verdict = { kind: 'runs' };
const signatureUnknown: Verdict = { kind: 'unknown', reason: 'unstride does not know the signature of the operator' };

export function judge(node: Node, judgement: Judgement): Verdict {
  const { table, release, inference } = judgement;
  const domain = node.domain === 'ai.onnx' ? '' : node.domain;
  if (!table.domains.includes(domain)) return { kind: 'unknown', reason: `no facts about the operators of ${domain}` };
  const all = table.operators.get(domain === '' ? node.opType : `${domain}.${node.opType}`);
  if (all === undefined) {
    return table.isSample === true ? { kind: 'unknown', reason: 'it has not been tried' } : { kind: 'operator' };
  }
  const rows = all.filter(([, , first, last]) => first <= release && (last === null || release <= last));
  if (rows.length === 0) return otherRelease(all, judgement);
  const bound = inference.operators.get(node);
  const version = bound?.version ?? node.opset;
  const row = rows.find(([first, last]) => first <= version && (last === null || version <= last));
  // Rows are for versions of operators, and of one that is not known only the operator set of the node is.
  if (bound === undefined && row === undefined && rows.some(([first]) => first <= version)) return signatureUnknown;
  if (row === undefined) return { kind: 'version', version, has: versionsText(rows) };
  const [, , , , use, places] = row;
  if (bound === undefined) {
    const isBare = use === null && places.length === 0;
    return isBare ? runs : signatureUnknown;
  }
  const misfit = use === null ? undefined : typeMisfit(node, bound, typesBy(table, use), inference);
  if (misfit !== undefined) return misfit;
  let unknown: Verdict | undefined;
  for (const place of places) {
    const condition = table.conditions[place];
    const verdict = condition && meets(condition, node, bound, judgement);
    if (verdict === undefined || verdict.kind === 'runs') continue;
    if (verdict.kind !== 'unknown') return verdict;
    unknown ??= verdict;
  }
  return unknown ?? runs;
}

function otherRelease(rows: readonly Row[], { table: { releases }, release }: Judgement): Verdict {
  const later = Math.min(...rows.map(([, , first]) => first).filter((first) => first > release));
  const earlier = Math.max(...rows.map(([, , , last]) => last ?? -1).filter((last) => last < release));
  const [since, until] = [releases[later], releases[earlier]];
  return { kind: 'operator', ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
}

/** `7 to 12, 13 and later`. */
function versionsText(rows: readonly Row[]): string {
  return rows
    .map(([first, last]) =>
      last === null ? `${first} and later` : last === first ? `${first}` : `${first} to ${last}`,
    )
    .join(', ');
}

/** The element types that are taken, by the name of an input or output. */
function typesBy({ types, uses }: RuntimeTable, use: number): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(uses[use] ?? {}).map(([name, place]) => [name, types[place] ?? []]));
}

function typeMisfit(
  node: Node,
  { operator, version }: BoundOperator,
  allowedBy: ReadonlyMap<string, readonly string[]>,
  { types }: Inference,
): Verdict | undefined {
  for (const [side, formals] of [
    ['inputs', operator.inputs],
    ['outputs', operator.outputs],
  ] as const) {
    const present = formalsIn(formals, version);
    for (const [place, value] of node[side].entries()) {
      const formal = formalAt(present, place);
      const isFirst = side === 'inputs' && place === 0;
      const allowed = (formal && allowedBy.get(formal.name)) ?? (isFirst ? allowedBy.get('') : undefined);
      const type = value && types.get(value)?.elementType;
      if (allowed === undefined || type === undefined || allowed.includes(type)) continue;
      return { kind: 'type', value: formal?.name ?? '', type, takes: allowed };
    }
  }
  return undefined;
}

/** The value under a name of the signature; undefined if it is not given, or the version does not have it. */
function valueAt(node: Node, { operator, version }: BoundOperator, name: string): Value | undefined {
  const place = formalsIn(operator.inputs, version).findIndex((formal) => formal.name === name);
  return place < 0 ? undefined : node.inputs[place];
}

function meets(condition: Condition, node: Node, bound: BoundOperator, { inference, constants }: Judgement): Verdict {
  if ('note' in condition) return { kind: 'unknown', reason: condition.note };
  if ('outputs' in condition) {
    const count = node.outputs.filter((output) => output !== undefined).length;
    if (count <= condition.outputs) return runs;
    return { kind: 'use', what: 'outputs', takes: `at most ${condition.outputs}`, actual: String(count) };
  }
  if ('without' in condition) {
    if (attributeAt(bound, condition.without) === undefined) return runs;
    return { kind: 'use', what: condition.without, takes: 'no such attribute', actual: 'one' };
  }
  if ('attribute' in condition) return attributeVerdict(condition, bound);
  const name =
    'constant' in condition
      ? condition.constant
      : 'absent' in condition
        ? condition.absent
        : 'rank' in condition
          ? condition.rank
          : condition.type;
  const value = valueAt(node, bound, name);
  if (value === undefined) return runs;
  if ('absent' in condition) return { kind: 'use', what: name, takes: 'no such input', actual: value.name };
  if ('constant' in condition) {
    if (constants.has(value)) return runs;
    return { kind: 'use', what: name, takes: 'an initializer', actual: 'a value that is computed or fed' };
  }
  const { elementType, shape } = inference.types.get(value) ?? {};
  if ('type' in condition) {
    if (elementType === undefined) return { kind: 'unknown', reason: `the element type of ${name} is not known` };
    if (isAmong(elementType, condition)) return runs;
    return { kind: 'type', value: name, type: elementType, takes: condition.only };
  }
  if (shape === undefined) return { kind: 'unknown', reason: `the rank of ${name} is not known` };
  if (isAmong(shape.length, condition)) return runs;
  return { kind: 'rank', value: name, rank: shape.length, takes: setText(condition) };
}

/** As the node's version has it; undefined if it is not given and has no default. */
function attributeAt({ attributes }: BoundOperator, name: string): unknown {
  return new Map<string, unknown>(Object.entries(attributes)).get(name);
}

function attributeVerdict(condition: AttributeCondition, bound: BoundOperator): Verdict {
  const value = attributeAt(bound, condition.attribute);
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const item of items) {
    // Flags are integers in the file.
    const plain = typeof item === 'boolean' ? Number(item) : item;
    if ((typeof plain !== 'number' && typeof plain !== 'string') || isAmong<AttributeValue>(plain, condition)) continue;
    return { kind: 'use', what: condition.attribute, takes: setText(condition), actual: String(plain) };
  }
  return runs;
}

function isAmong<T>(value: T, { only, not = [] }: Among<T>): boolean {
  return (only === undefined || only.includes(value)) && !not.includes(value);
}

function setText({ only, not = [] }: Among<AttributeValue>): string {
  return only === undefined ? `not ${not.join(', ')}` : only.join(', ');
}
