import { expect, it } from 'vitest';
import { plainColors } from '../../src/cli/terminal.js';
import { boundedReport, mostListed } from '../../src/report/bounded.js';
import { checkReport } from '../../src/report/check.js';
import { renderDiagnostics } from '../../src/report/diagnostics.js';
import { checked, warning } from './support.js';

it('lists so many findings of a code in a model, and counts the others', () => {
  const advice = { ...warning, code: 'US1503', severity: 'info' } as const;
  const many = Array.from({ length: 2 * mostListed + 5 }, (_, i) => (i % 2 === 0 ? warning : advice));
  const report = checkReport(
    [checked('a.onnx', { findings: many }), checked('b.onnx', { findings: [warning] })],
    [],
    'warning',
  );
  const { models, counts } = boundedReport(report);
  expect(models[0]!.findings).toHaveLength(2 * mostListed);
  expect(models[0]!.unlisted).toEqual([
    { code: warning.code, severity: 'warning', count: 3 },
    { code: 'US1503', severity: 'info', count: 2 },
  ]);
  expect(models[1]).toBe(report.models[1]);
  expect(counts).toMatchObject({ warnings: mostListed + 4, infos: mostListed + 2 });
  const few = checkReport([checked('b.onnx', { findings: [warning] })], [], 'warning');
  expect(boundedReport(few)).toBe(few);
});

it('prints so many diagnostics, and counts the others', () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ ...warning, message: `message ${i}` }));
  const lines = renderDiagnostics(many, plainColors).split('\n');
  expect(lines.filter((line) => line.includes('message '))).toHaveLength(100);
  expect(lines).toContain('and 4900 more');
  expect(lines).toContain('5000 warnings');
});
