/** Passes that are loaded where they may find something: where they are not, they would change and note nothing. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { kernelTypes } from '../../src/compile.js';
import { infer } from '../../src/infer/infer.js';
import { type LaterPass, operatorsIn, passes } from '../../src/passes/list.js';
import type { Pass } from '../../src/passes/pass.js';
import { openModel } from '../../src/runtime/open.js';
import { fixtures, readFixture } from '../support/fixtures.js';

const options = { float32: kernelTypes('fast', false) };

it.each(fixtures)('%s', async (name) => {
  let { graph } = (await openModel(path.join(readFixture(name).folder, 'model.onnx'))).model;
  const skipped: string[] = [];
  for (const entry of passes) {
    const inference = infer(graph);
    const isLater = (pass: Pass | LaterPass): pass is LaterPass => 'part' in pass;
    const pass = isLater(entry) ? entry.part.value.get(entry.name)! : entry;
    const result = pass.run(graph, inference, options);
    if (isLater(entry) && !entry.isFor({ graph, inference, options, operators: operatorsIn(graph) })) {
      skipped.push(entry.name);
      expect(result.notes, entry.name).toEqual([]);
      expect(result.graph.nodes, entry.name).toEqual(graph.nodes);
    }
    graph = result.graph;
  }
  expect(skipped.length).toBeGreaterThan(2);
});
