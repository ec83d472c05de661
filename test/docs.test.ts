import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { operators } from '../src/ops/index.js';
import { operatorTable } from '../src/report/operator-table.js';

const docs = path.join(import.meta.dirname, '..', 'docs');

describe('generated pages', () => {
  it('docs/operators.md is what the registry says', async () => {
    await expect(operatorTable(operators, 27)).toMatchFileSnapshot(path.join(docs, 'operators.md'));
  });
});
