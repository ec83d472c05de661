import { describe, expect, it } from 'vitest';
import { equalWhereLegal } from '../../src/contract/equal-where-legal.js';
import { add, floorDiv, mul, symbol } from '../../src/ir/dim.js';

const h = symbol('H');
const w = symbol('W');
const multiplesOf = (
  name: string,
  period: number,
  more: { start?: number; residues?: number[]; early?: number[] } = {},
) => ({
  name,
  set: { start: more.start ?? 1, period, residues: more.residues ?? [0], early: more.early ?? [] },
});

describe('sizes that are equal wherever the model is valid', () => {
  it('follow from residues', () => {
    const pooled = mul(16, floorDiv(h, 16));
    expect(equalWhereLegal(pooled, h, [multiplesOf('H', 16)])).toBe(true);
    expect(equalWhereLegal(pooled, h, [multiplesOf('H', 32)])).toBe(true);
    expect(equalWhereLegal(pooled, h, [multiplesOf('H', 8)])).toBe(false);
    expect(equalWhereLegal(pooled, h, [])).toBe(false);
    expect(equalWhereLegal(mul(2, floorDiv(add(h, 1), 2)), h, [multiplesOf('H', 2, { residues: [0, 1] })])).toBe(false);
  });

  it('are looked at for every residue and every early size', () => {
    const up = add(mul(2, floorDiv(h, 2)), 1);
    expect(equalWhereLegal(up, h, [multiplesOf('H', 2, { residues: [1] })])).toBe(true);
    expect(equalWhereLegal(up, h, [multiplesOf('H', 2, { residues: [1], start: 9, early: [3, 4] })])).toBe(false);
    expect(equalWhereLegal(up, h, [multiplesOf('H', 2, { residues: [1], start: 9, early: [3, 5] })])).toBe(true);
  });

  it('may have several symbols', () => {
    const left = add(mul(4, floorDiv(h, 4)), mul(8, floorDiv(w, 8)));
    expect(equalWhereLegal(left, add(h, w), [multiplesOf('H', 4), multiplesOf('W', 8)])).toBe(true);
    expect(equalWhereLegal(left, add(h, w), [multiplesOf('H', 4), multiplesOf('W', 4)])).toBe(false);
  });

  it('are not equal when one symbol has no known set', () => {
    expect(equalWhereLegal(mul(2, floorDiv(h, 2)), h, [{ name: 'H', set: undefined }])).toBe(false);
    expect(equalWhereLegal(h, h, [])).toBe(true);
    expect(equalWhereLegal(h, w, [multiplesOf('H', 2), multiplesOf('W', 2)])).toBe(false);
  });
});
