/** What an expansion knows of the graph around its node, from what inference knows of it. */
import type { Constant, Graph, Value } from '../ir/graph.js';
import { numbersOf } from '../ir/numeric.js';
import { constantsOf, type SymbolicTensor } from '../ir/quantity.js';
import type { TensorType } from '../ir/shape.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import type { ExpansionFacts } from './expansion.js';

/** Constants with more elements are not read to decide on an expansion. */
const maxNumbers = 1024;

interface Known {
  readonly types: ReadonlyMap<Value, TensorType>;
  readonly known: ReadonlyMap<Value, SymbolicTensor>;
}

interface Place {
  constant(value: Value): Constant | undefined;
  addConstant(name: string, content: Tensor | Constant): Value;
}

/** @param place where the constants of the graph are, and new ones come */
export function expansionFacts(graph: Graph, { types, known }: Known, place: Place): ExpansionFacts {
  const names = namesIn(graph);
  const nameFor = (name: string) => {
    let own = name;
    for (let i = 2; names.has(own); i++) own = `${name}.${i}`;
    names.add(own);
    return own;
  };
  return {
    elementType: (value) => types.get(value)?.elementType,
    shape: (value) => types.get(value)?.shape,
    numbers: (value) => {
      const found = known.get(value);
      if (found !== undefined) return constantsOf(found);
      const constant = place.constant(value);
      if (constant === undefined || elementCount(constant.dims) > maxNumbers || constant.type === 'string')
        return undefined;
      return Array.from(numbersOf(constant.load()));
    },
    nameFor,
    constant: (value) => place.constant(value),
    addConstant: (name, content) => place.addConstant(nameFor(name), content),
  };
}

function namesIn({ inputs, constants, nodes }: Graph): Set<string> {
  const names = new Set<string>();
  for (const { name } of [...inputs, ...constants.keys()]) names.add(name);
  for (const { outputs } of nodes) for (const value of outputs) if (value !== undefined) names.add(value.name);
  return names;
}
