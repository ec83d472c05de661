/** The tables have the form that is said of them, and name what there is. */
import { beforeAll, describe, expect, it } from 'vitest';
import { operators } from '../../src/ops/index.js';
import { type Condition, loadTable, type RuntimeTable, tableNames } from '../../src/runtimes/table.js';

const known = new Map(
  operators.map((operator) => [
    operator.domain === '' ? operator.name : `${operator.domain}.${operator.name}`,
    operator,
  ]),
);

/** What a condition names of the operator's signature. */
function namedIn(condition: Condition): { readonly input?: string; readonly attribute?: string } {
  if ('attribute' in condition) return { attribute: condition.attribute };
  if ('without' in condition) return { attribute: condition.without };
  if ('rank' in condition) return { input: condition.rank };
  if ('type' in condition) return { input: condition.type };
  if ('constant' in condition) return { input: condition.constant };
  if ('absent' in condition) return { input: condition.absent };
  return {};
}

describe.each(tableNames)('the table %s', (name) => {
  let table: RuntimeTable;
  beforeAll(async () => {
    table = await loadTable(name);
  });

  it('names its sources with their dates', () => {
    expect(table.sources.length).toBeGreaterThan(0);
    for (const { what, url, date } of table.sources) {
      expect(what).not.toBe('');
      expect(url).toMatch(/^https:\/\//);
      expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });

  it('has releases in order, and facts of many operators', () => {
    const numbers = table.releases
      .map((release) => release.split('.').map(Number))
      .map(([a = 0, b = 0]) => a * 1000 + b);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const list of [table.sets, table.irs])
      if (list !== undefined) expect(list).toHaveLength(table.releases.length);
    expect(table.operators.size).toBeGreaterThan(40);
    expect(table.operators.has('Conv')).toBe(true);
  });

  it('has rows of versions, releases, types and conditions that there are', () => {
    for (const [operator, rows] of table.operators) {
      for (const [first, last, from, to, use, places] of rows) {
        expect(last ?? first, operator).toBeGreaterThanOrEqual(first);
        expect(to ?? from, operator).toBeGreaterThanOrEqual(from);
        expect(table.releases[to ?? from], operator).toBeDefined();
        if (use !== null)
          for (const list of Object.values(table.uses[use]!)) expect(table.types[list], operator).toBeDefined();
        for (const place of places) expect(table.conditions[place], operator).toBeDefined();
      }
    }
  });

  it('has conditions on inputs and attributes that the operators have', () => {
    for (const [name, rows] of table.operators) {
      const operator = known.get(name);
      if (operator === undefined) continue;
      for (const place of new Set(rows.flatMap((row) => row[5]))) {
        const { input, attribute } = namedIn(table.conditions[place]!);
        if (input !== undefined)
          expect(
            operator.inputs.map((formal) => formal.name),
            name,
          ).toContain(input);
        if (attribute !== undefined) expect(Object.keys(operator.attributes), name).toContain(attribute);
      }
    }
  });
});
