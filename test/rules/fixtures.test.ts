/**
 * Which codes fire on which of the sound exports, and why that is right. They are models that work, so nothing above an
 * info may fire.
 */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue.js';
import type { DiagnosticCode } from '../../src/diagnostics.js';
import { runRules } from '../../src/rules/index.js';
import { openModel } from '../../src/runtime/open.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { contextOf } from './support.js';

/** How often each code fires; fixtures that are not named have no finding. */
const expected: Readonly<Record<string, Readonly<Partial<Record<DiagnosticCode, number>>>>> = {
  // Both exporters leave the normalizations behind ConvTranspose as they are, two in each generator.
  'dcgan/dynamo': { US1501: 2 },
  'dcgan/torchscript': { US1501: 2 },
  // Exported in training-free evaluation mode without constant folding: 16 Conv with their normalizations.
  // odd-dynamo is not here: its exporter has folded them.
  'segnet/dynamo': { US1501: 16 },
  'segnet/torchscript': { US1501: 16 },
  'segnet/odd-torchscript': { US1501: 16 },
  // Kernel 3 with stride 2, twice: the decoders do sum 2 and 1 inputs by turns.
  'vae/decoder-dynamo': { US1411: 2 },
  'vae/decoder-torchscript': { US1411: 2 },
  'vae/dynamo': { US1411: 2 },
  'vae/random-dynamo': { US1411: 2 },
  'vae/random-torchscript': { US1411: 2 },
  'vae/torchscript': { US1411: 2 },
};

describe('rules on the sound exports', () => {
  it.each(fixtures)('%s', async (name) => {
    const { model, diagnostics } = await openModel(path.join(readFixture(name).folder, 'model.onnx'));
    expect(diagnostics).toEqual([]);
    const counts: Partial<Record<DiagnosticCode, number>> = {};
    for (const { code } of runRules(contextOf(model))) counts[code] = (counts[code] ?? 0) + 1;
    expect(counts).toEqual(expected[name] ?? {});
  });

  it('are advice alone', () => {
    const codes = new Set(Object.values(expected).flatMap((counts) => Object.keys(counts) as DiagnosticCode[]));
    expect([...codes].map((code) => catalogue[code].severity)).toEqual([...codes].map(() => 'info'));
  });

  it('name fixtures that are there', () => {
    expect(Object.keys(expected).filter((name) => !fixtures.includes(name))).toEqual([]);
  });
});
