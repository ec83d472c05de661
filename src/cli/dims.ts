/** `--dim NAME=SIZE`: sizes for the symbols in a model's shapes. */
import type { Model } from '../ir/graph.js';
import { declaredShape } from '../ir/graph.js';
import { openSymbols } from '../report/inspect.js';
import { allTexts } from './arguments.js';
import { UsageError } from './usage.js';

/** Sizes by symbol, from `H=256`, repeated or with commas between: `H=256,W=256`. Throws UsageError. */
export function parseDims(value: unknown): Map<string, number> {
  const dims = new Map<string, number>();
  for (const text of allTexts(value)) {
    // A name may contain commas and equals signs; the size follows the last equals sign.
    const pairs = [...text.matchAll(/\s*(.*?)\s*=\s*(\d+)\s*(?:,|$)/gy)];
    if (pairs.length === 0 || pairs.map(([all]) => all).join('') !== text) malformed(text);
    for (const [, name = '', digits] of pairs) {
      const size = Number(digits);
      if (name === '' || !Number.isSafeInteger(size) || size < 1 || wrongSize.test(name)) malformed(text);
      if (dims.has(name) && dims.get(name) !== size) {
        throw new UsageError(`--dim gives ${name} two sizes, ${dims.get(name)} and ${size}`);
      }
      dims.set(name, size);
    }
  }
  return dims;
}

/** What could be a part of a name, were it not the sizes before it that are wrong: `N=-1,H` of `N=-1,H=256`. */
const wrongSize = /=\s*(?:-\d|\d*\.\d)[^=]*,/;

function malformed(text: string): never {
  const [, name, size] = /(?:^|,)\s*([^=,]+?)\s*=\s*(-[\d.]+|0+|\d*\.\d+|\d+e\d+)\s*(?:,|$)/i.exec(text) ?? [];
  if (name !== undefined && size !== undefined) {
    throw new UsageError(
      `--dim ${text}: ${size} is no size for '${name}', which takes a whole number of at least 1`,
      `for example --dim ${name}=256; without --dim the size stays open`,
    );
  }
  throw new UsageError(
    `--dim ${text} is not NAME=SIZE with a whole size of at least 1`,
    'for example --dim H=256 or --dim H=256,W=256',
  );
}

/** Throws UsageError for a size of a symbol that the model's inputs do not have. */
export function checkDims(model: Model, dims: ReadonlyMap<string, number>): void {
  const symbols = openSymbols(model.graph.inputs.map((input) => declaredShape(input)));
  for (const name of dims.keys()) {
    if (symbols.includes(name)) continue;
    throw new UsageError(
      `--dim ${name}=${dims.get(name)}: the model has no open size '${name}'`,
      symbols.length === 0 ? 'all sizes of its inputs are fixed' : `its open sizes are ${symbols.join(', ')}`,
    );
  }
}
