/** Findings from the comparison with the lock file. */
import { type Diagnostic, defineProblem, diagnostic } from '../diagnostics.js';
import { type Graph, referenceTo } from '../ir/graph.js';
import type { LockReport } from '../report/check.js';

const notInLockFile = defineProblem('US3006', { lockFile: 'string' }, ({ lockFile }) => ({
  message: `the model is not in ${lockFile}`,
  hint: 'accept its shapes: unstride check --update',
}));

const lockDiffers = defineProblem(
  'US3005',
  { count: 'integer', kind: 'string', name: 'string', lockFile: 'string', from: 'string?', to: 'string?' },
  ({ count, kind, name, lockFile, from, to }) => ({
    message: `${count === 1 ? `the ${kind} '${name}' differs` : `${count} values differ`} from ${lockFile}${count === 1 ? '' : `, the first is '${name}'`}`,
    value: name,
    expected: from ?? 'no such value',
    actual: to ?? 'it is gone',
    hint: 'if that is meant, accept it: unstride check --update',
  }),
);

export function lockFindings(lock: LockReport | null, file: string, graph: Graph): Diagnostic[] {
  if (lock?.state === 'missing') {
    return [diagnostic(notInLockFile({ lockFile: lock.file }), { file })];
  }
  const [first] = lock?.changes ?? [];
  if (lock?.state !== 'changed' || first === undefined) return [];
  const { length } = lock.changes;
  const node = graph.nodes.find(({ outputs }) => outputs.some((output) => output?.name === first.name));
  return [
    diagnostic(
      lockDiffers({
        count: length,
        kind: first.kind,
        name: first.name,
        lockFile: lock.file,
        from: first.from,
        to: first.to,
      }),
      { file, ...(node && { node: referenceTo(node) }) },
    ),
  ];
}
