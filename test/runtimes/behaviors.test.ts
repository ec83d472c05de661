/** What runtimes do with what the portability rules find. */
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import { runRules } from '../../src/rules/index.js';
import { behaviorOf } from '../../src/runtimes/behaviors.js';
import { checkRuntime } from '../../src/runtimes/check-runtime.js';
import { loadTable } from '../../src/runtimes/table.js';
import { parseTarget } from '../../src/runtimes/target.js';
import { filled, modelOf } from '../rules/support.js';
import { GraphBuilder } from '../support/graph.js';

describe('a behavior', () => {
  const overhang = { code: 'US1716', data: { axis: 2 } } as const;
  const divisor = { code: 'US1715', data: { kind: 'divisor', operator: 'AveragePool' } } as const;

  // What jobs of one node gave in each release.
  it.each([
    [overhang, 'onnxruntime', '1.20', 'differs'],
    [overhang, 'onnxruntime', '1.21', 'agrees'],
    [overhang, 'openvino', '2026.4', 'stops'],
    [overhang, 'tensorrt', '10.0', undefined],
    [divisor, 'onnxruntime', '1.28', 'differs'],
    [divisor, 'onnxruntime', '1.29', 'agrees'],
    [divisor, 'opencv', '4.8', 'differs'],
    [{ code: 'US1712', data: {} }, 'onnxruntime', '1.24', 'differs'],
    [{ code: 'US1712', data: {} }, 'onnxruntime', '1.25', 'stops'],
    [{ code: 'US1501', data: {} }, 'onnxruntime', '1.32', undefined],
  ] as const)('of %j in %s %s: %s', (finding, table, release, does) => {
    expect(behaviorOf(finding, table, release)?.does).toBe(does);
  });
});

it('what was not run again says so', () => {
  const sourceIn = (code: 'US1406' | 'US1711', data: Record<string, string>) =>
    behaviorOf({ code, data }, 'openvino', '2026.4')?.source.what;
  expect(sourceIn('US1406', {})).toMatch(/not run again/);
  expect(sourceIn('US1711', { operator: 'Conv' })).toMatch(/^jobs of one node/);
});

describe('a model with findings of portability rules', () => {
  const builder = new GraphBuilder(17);
  const x = builder.input('x', [1, 2, 8, 8]);
  const dilated = builder.add('Conv', [x, builder.constant(filled([2, 2, 3, 3]))], {
    auto_pad: 'SAME_UPPER',
    dilations: [2, 2],
  });
  const model = modelOf(builder.graph(builder.add('Relu', [dilated])));
  const inference = infer(model.graph);
  const diagnostics: readonly Diagnostic[] = runRules({ model, inference });

  const check = async (text: string) => {
    const target = parseTarget(text)!;
    return checkRuntime(target, await loadTable(target.table), { model, inference, diagnostics });
  };

  it('US1709: is refused where the runtime stops', async () => {
    expect(diagnostics.map(({ code }) => code)).toEqual(['US1711']);
    const { summary, diagnostics: found } = await check('onnxruntime@1.32');
    expect(found).toMatchObject([
      { code: 'US1709', severity: 'error', node: { opType: 'Conv' }, data: { found: 'US1711' } },
    ]);
    expect(summary).toMatchObject({ nodes: 2, runs: 1, refused: 1 });
    expect(summary.sources.map(({ what }) => what)).toContain('jobs of one node, run in releases of onnxruntime');
  });

  it('US1710: is told where the runtime computes something else', async () => {
    const { summary, diagnostics: found } = await check('opencv@5.0');
    expect(found).toMatchObject([{ code: 'US1710', severity: 'warning' }]);
    expect(summary).toMatchObject({ nodes: 2, runs: 2 });
  });

  it('says nothing where it agrees, and that it is not known where nobody has tried', async () => {
    expect((await check('openvino@2026.4')).diagnostics).toEqual([]);
    const { summary, diagnostics: found } = await check('tensorrt@10.0');
    expect(found).toMatchObject([{ code: 'US1708', data: { reason: 'US1711 has not been tried there' } }]);
    expect(summary).toMatchObject({ nodes: 2, runs: 1, unknown: 1 });
  });
});
