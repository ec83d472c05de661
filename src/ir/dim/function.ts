/** Symbolic integers as functions, for evaluating them at thousands of values. */
import type { Atom, Dim, Sym } from './sym.js';

/** Takes a value for each name, in the order of the names. */
export type DimFunction = (values: readonly number[]) => number;

/** @throws RangeError for a symbol that is not among the names */
export function dimFunction(dim: Dim, names: readonly string[]): DimFunction {
  return typeof dim === 'number' ? () => dim : sumFunction(dim, names);
}

function sumFunction({ terms, constant }: Sym, names: readonly string[]): DimFunction {
  const products = terms.map(({ coefficient, factors }) => ({
    coefficient,
    factors: factors.map((atom) => atomFunction(atom, names)),
  }));
  return (values) => {
    let sum = constant;
    for (const { coefficient, factors } of products) {
      let product = coefficient;
      for (const factor of factors) product *= factor(values);
      sum += product;
    }
    return sum;
  };
}

function atomFunction(atom: Atom, names: readonly string[]): DimFunction {
  switch (atom.kind) {
    case 'symbol': {
      const place = names.indexOf(atom.name);
      if (place < 0) throw new RangeError(`no value for ${atom.name}`);
      return (values) => values[place]!;
    }
    case 'floorDiv': {
      const numerator = sumFunction(atom.numerator, names);
      const { denominator } = atom;
      return (values) => Math.floor(numerator(values) / denominator);
    }
    case 'max':
    case 'min': {
      const operands = atom.operands.map((operand) => dimFunction(operand, names));
      const pick = Math[atom.kind];
      return (values) => pick(...operands.map((operand) => operand(values)));
    }
  }
}
