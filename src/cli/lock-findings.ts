/** What the comparison with the lock file means, as findings of the model. */
import { type Diagnostic, diagnostic } from '../diagnostics.js';
import { type Graph, referenceTo } from '../ir/graph.js';
import type { LockReport } from '../report/check.js';

export function lockFindings(lock: LockReport | null, file: string, graph: Graph): Diagnostic[] {
  if (lock?.state === 'missing') {
    return [
      diagnostic(
        {
          code: 'US3006',
          message: `the model is not in ${lock.file}`,
          hint: 'accept its shapes: unstride check --update',
        },
        { file },
      ),
    ];
  }
  const [first] = lock?.changes ?? [];
  if (lock?.state !== 'changed' || first === undefined) return [];
  const { length } = lock.changes;
  const node = graph.nodes.find(({ outputs }) => outputs.some((output) => output?.name === first.name));
  return [
    diagnostic(
      {
        code: 'US3005',
        message: `${length === 1 ? `the ${first.kind} '${first.name}' differs` : `${length} values differ`} from ${lock.file}${length === 1 ? '' : `, the first is '${first.name}'`}`,
        value: first.name,
        expected: first.from ?? 'no such value',
        actual: first.to ?? 'it is gone',
        hint: 'if that is meant, accept it: unstride check --update',
      },
      { file, ...(node && { node: referenceTo(node) }) },
    ),
  ];
}
