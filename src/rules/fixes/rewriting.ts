/** Findings that are fixed by writing the model, because reading already corrects them. */
import type { DiagnosticCode } from '../../diagnostics.js';
import { oldIr, separateInitializers } from '../waste/versions.js';
import type { Fix } from './fix.js';

const texts = new Map<DiagnosticCode, string>([
  ['US1101', 'the operator set that was assumed is written'],
  ['US1107', 'the nodes are written in order'],
]);

export const writeAsRead: Fix = {
  codes: [...texts.keys()],
  keepsEveryBit: true,
  apply({ model, readDiagnostics = [] }, codes) {
    const found = new Set(readDiagnostics.map(({ code }) => code));
    const changes = [...texts].flatMap(([code, text]) => (codes.has(code) && found.has(code) ? [{ code, text }] : []));
    return { model, changes };
  },
};

export const raiseIrVersion: Fix = {
  codes: ['US1507'],
  keepsEveryBit: true,
  apply(context) {
    const isOld = [...oldIr.check(context)].length > 0;
    if (!isOld) return { model: context.model, changes: [] };
    const text = `IR version ${context.model.irVersion} → ${separateInitializers}, initializers are no inputs any more`;
    return { model: { ...context.model, irVersion: separateInitializers }, changes: [{ code: 'US1507', text }] };
  },
};
