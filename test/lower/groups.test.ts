/** Groups of lowerings that are loaded on demand. */
import { expect, it } from 'vitest';
import { commonLowerings, loweringGroups } from '../../src/lower/registry.js';

it('names all operators of a group, so that graphs with one load it, and no other', async () => {
  const common = new Set(commonLowerings.map(({ schema }) => schema.name));
  for (const { name, operators, comesWith, replaces, part } of loweringGroups) {
    expect([...part.value.keys()].sort(), name).toEqual([...operators, ...replaces].sort());
    expect(operators.filter((operator) => common.has(operator))).toEqual([]);
    expect([...comesWith, ...replaces].filter((operator) => !common.has(operator))).toEqual([]);
  }
});
