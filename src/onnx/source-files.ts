/** The constants of a model that are in other files, and the files of this machine that it came from. */
import { ProblemError } from '../diagnostics.js';
import type { Constant, Graph, Model, SparseConstant } from '../ir/graph.js';
import { keptOf } from './kept.js';

/** Every location that a graph and its subgraphs name. */
export function externalLocations(graph: Graph): Set<string> {
  return new Set([...externalConstants(graph)].map(({ place }) => place!.location));
}

/** The constants of a graph and its subgraphs that are in other files. */
export function externalConstants(graph: Graph): Set<Constant> {
  const found = new Set<Constant>();
  const visit = (constant: Constant) => {
    if (constant.place !== undefined) found.add(constant);
    if (constant.sparse !== undefined) visitSparse(constant.sparse);
  };
  const visitSparse = ({ values, indices }: SparseConstant) => {
    visit(values);
    visit(indices);
  };
  const visitGraph = ({ constants, nodes }: Graph) => {
    for (const constant of constants.values()) visit(constant);
    for (const { attributes } of nodes) {
      for (const { kind, value } of attributes.values()) {
        if (kind === 'tensor') visit(value);
        else if (kind === 'tensors') value.forEach(visit);
        else if (kind === 'sparseTensor') visitSparse(value);
        else if (kind === 'sparseTensors') value.forEach(visitSparse);
        else if (kind === 'graph') visitGraph(value);
        else if (kind === 'graphs') value.forEach(visitGraph);
      }
    }
  };
  visitGraph(graph);
  return found;
}

/** The files of this machine that a model came from. */
export interface SourceFiles {
  /** The model's own file; undefined if it did not come from one. */
  readonly model: string | undefined;
  /** The files with its weights, including weights that a changed graph no longer has. */
  readonly weights: ReadonlySet<string>;
}

export function sourceFilesOf(model: Model): SourceFiles {
  const kept = keptOf(model);
  const weights = new Set<string>();
  for (const graph of new Set([model.graph, kept?.graph ?? model.graph])) {
    for (const constant of externalConstants(graph)) {
      const file = fileOf(constant);
      if (file !== undefined) weights.add(file);
    }
  }
  return { model: kept?.file, weights };
}

/** The file with the constant; undefined if there is none. If the file is gone, reading the constant reports that. */
export function fileOf(constant: Constant): string | undefined {
  try {
    return constant.file?.();
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
