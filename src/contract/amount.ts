/** Amounts as people write them in budgets: `31M` parameters, `12.5 GMACs`, `512 MiB`. */

const decimal: ReadonlyMap<string, number> = new Map(Object.entries({ '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }));
const binary: ReadonlyMap<string, number> = new Map(
  Object.entries({ ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30, ti: 2 ** 40 }),
);

/** Parses `31_000_000`, `31M`, `31 M`. Undefined if the text is not a count. */
export function parseCount(text: string): number | undefined {
  const [, digits = '', prefix = ''] = /^([\d_.]+(?:e\d+)?)\s*([kmgt]?)(?:macs?)?$/i.exec(text.trim()) ?? [];
  return whole(numberOf(digits) * decimal.get(prefix.toLowerCase())!);
}

/** Parses `512 MiB`, `2GB`, or plain bytes. Undefined if the text is not a size. */
export function parseBytes(text: string): number | undefined {
  const [, digits = '', prefix = ''] = /^([\d_.]+(?:e\d+)?)\s*(?:([kmgt]i?)?b|bytes)?$/i.exec(text.trim()) ?? [];
  const key = prefix.toLowerCase();
  return whole(numberOf(digits) * (binary.get(key) ?? decimal.get(key)!));
}

function numberOf(digits: string): number {
  const text = digits.replaceAll('_', '');
  return text === '' || text === '.' ? Number.NaN : Number(text);
}

function whole(value: number): number | undefined {
  const rounded = Math.round(value);
  return Number.isSafeInteger(rounded) && rounded >= 0 ? rounded : undefined;
}
