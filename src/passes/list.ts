/**
 * The passes, in order. Those that find something in few graphs are in groups, each a file that is loaded with the first graph
 * that has what they look for.
 */
import type { Inference } from '../infer/infer.js';
import { type Graph, type Node, subgraphsOf } from '../ir/graph.js';
import { Part } from '../limits/part.js';
import { attributesOf } from '../ops/bind.js';
import { loadFrequentOperators, loadRareOperators } from '../ops/load.js';
import { transposing } from '../ops/movement/transpose.js';
import { batchNormalizations } from '../ops/normalization/batch-normalization.js';
import { findOperator } from '../ops/registry.js';
import { foldAffine } from './fold-affine.js';
import { foldConstants } from './fold-constants.js';
import { foldInputScale } from './fold-input-scale.js';
import type { Pass, PassOptions } from './pass.js';
import { removeDead } from './remove-dead.js';
import { removeIdentity } from './remove-identity.js';

type Group = ReadonlyMap<string, Pass>;

/** @param operators loads those that the passes make nodes of, where the graph has none */
const partOf = (load: () => Promise<{ readonly passes: readonly Pass[] }>, operators?: () => Promise<void>) =>
  new Part<Group>(async () => {
    const [{ passes }] = await Promise.all([load(), operators?.()]);
    return byName(passes);
  });

export function byName(passes: readonly Pass[]): Group {
  return new Map(passes.map((pass) => [pass.name, pass]));
}

export const passGroups = {
  fusions: partOf(() => import('./groups/fusions.js'), loadFrequentOperators),
  inlining: partOf(() => import('./groups/inlining.js'), loadRareOperators),
  movement: partOf(() => import('./groups/movement.js')),
  sequences: partOf(() => import('./groups/sequences.js')),
  types: partOf(() => import('./groups/types.js')),
};

/** What a graph is asked before a pass is loaded for it: the operators in it, those of bodies as well, and more. */
interface Subject {
  readonly graph: Graph;
  readonly inference: Inference;
  readonly options: PassOptions;
  readonly operators: ReadonlySet<string>;
}

/** A pass that is loaded where it may find something: elsewhere it would return the graph as it is, and note nothing. */
export interface LaterPass extends Pick<Pass, 'name'> {
  readonly part: Part<Group>;
  /** Whether that depends on types. */
  readonly asksTypes: boolean;
  isFor(subject: Subject): boolean;
}

function later(name: string, part: Part<Group>, isFor: LaterPass['isFor'], asksTypes = false): LaterPass {
  return { name, part, isFor, asksTypes };
}

const has =
  (...names: readonly string[]): LaterPass['isFor'] =>
  ({ operators }) =>
    names.some((name) => operators.has(name));

const { fusions, inlining, movement, sequences, types } = passGroups;
const productNames: ReadonlySet<string> = new Set(['Div', 'Mul', 'Neg']);
const reshaping = ['Flatten', 'Gather', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze'];

/** Each keeps the graph's results and its inputs and outputs. */
export const passes: readonly (Pass | LaterPass)[] = [
  later('inline-conditions', inlining, has('If')),
  later('expand-operators', inlining, expandsNodes),
  later('resolve-sequences', sequences, has('ConcatFromSequence', 'SequenceAt')),
  later('compute-in-float32', types, hasOtherFloats, true),
  foldConstants,
  removeIdentity,
  later('fuse-hard-swish', fusions, has('Clip', 'HardSigmoid', 'Min')),
  later('fuse-gelu', fusions, (subject) => has('Erf', 'Tanh')(subject) && has('Mul', 'Div')(subject)),
  later('fuse-normalization', fusions, has('ReduceMean')),
  later('fuse-prelu', fusions, (subject) => has('Max', 'Where')(subject) || rectifiesProducts(subject.graph)),
  later('fuse-upsampling', fusions, has('Expand', 'Tile')),
  later('fuse-pixel-shuffle', fusions, shufflesPixels),
  later('fuse-max-unpool', fusions, has('ScatterND')),
  later('cancel-transposes', movement, has('Transpose')),
  later('merge-reshapes', movement, has(...reshaping)),
  later('fuse-instance-normalization', fusions, normalizesInstances),
  later('fuse-group-normalization', fusions, has('InstanceNormalization')),
  later('fold-pad', movement, has('Pad')),
  later('fuse-quantized', types, has('QuantizeLinear')),
  foldInputScale,
  foldAffine,
  removeDead,
];

export function operatorsIn(graph: Graph, found = new Set<string>()): ReadonlySet<string> {
  for (const node of graph.nodes) {
    found.add(node.opType);
    for (const { graph: inner } of subgraphsOf(node)) operatorsIn(inner, found);
  }
  return found;
}

/** Whether some Relu reads a product, as that of -x does. */
function rectifiesProducts({ nodes }: Graph): boolean {
  const products = new Set(nodes.filter(({ opType }) => productNames.has(opType)).flatMap(({ outputs }) => outputs));
  return nodes.some(
    (node) =>
      (node.opType === 'Relu' && products.has(node.inputs[0])) ||
      subgraphsOf(node).some(({ graph }) => rectifiesProducts(graph)),
  );
}

function expandsNodes({ graph }: Subject): boolean {
  return graph.nodes.some((node) => findOperator(node)?.expands);
}

function hasOtherFloats({ inference, options }: Subject): boolean {
  const wanted = options.float32?.types;
  if (wanted === undefined) return false;
  for (const { elementType } of inference.types.values()) {
    if (elementType !== undefined && wanted.has(elementType)) return true;
  }
  return false;
}

/** Whether a Transpose of six axes lies between two Reshapes. */
function shufflesPixels({ graph, operators }: Subject): boolean {
  if (!operators.has('Transpose') || !operators.has('Reshape')) return false;
  return graph.nodes.some((node) => attributesOf(transposing.Transpose, node)?.perm?.length === 6);
}

function normalizesInstances({ graph, operators }: Subject): boolean {
  if (operators.has('InstanceNormalization')) return true;
  const isTraining = (node: Node) => attributesOf(batchNormalizations.BatchNormalization, node)?.training_mode;
  return operators.has('BatchNormalization') && graph.nodes.some(isTraining);
}
