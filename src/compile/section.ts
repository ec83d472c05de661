/**
 * Cuts a graph where sizes end that are known before a run. What reads values of unknown sizes becomes a node with a graph,
 * a section, which is compiled once a run shows the sizes; what is around it is compiled as ever.
 */
import { capturedValues, emptyMetadata, type Graph, type Node, subgraphsOf, Value } from '../ir/graph.js';
import { intsAttribute } from '../ir/graph-editor.js';
import type { TensorType } from '../ir/shape.js';
import { substituted } from '../ir/substitute.js';
import { readBy, Uses } from '../ir/uses.js';
import { loadParts, Part } from '../limits/part.js';
import type { Steps } from '../limits/steps.js';
import { section } from '../ops/control/section.js';
import { isOpenNode, isView } from './open-node.js';

/** Tells what of a section can be run with more rows than there are. */
const sectionRows = new Part(() => import('./section-rows.js'));

/**
 * The same computation with sections, or the same graph where there is nothing to cut.
 * @param types of the graph's values
 */
export function* cutIntoSections(graph: Graph, types: ReadonlyMap<Value, TensorType>): Steps<Graph> {
  const levels = new Map<Value, Level>();
  const nodes: { readonly node: Node; readonly level: Level }[] = graph.nodes.map((node) => {
    const level = levelOf(node, levels, types);
    for (const output of node.outputs) if (output !== undefined) levels.set(output, level);
    return { node, level };
  });
  const open = nodes.filter(({ level }) => level.isOpen);
  if (open.every(({ node }) => isView(node))) return graph;
  // A graph that is all open would be its own section for ever.
  if (open.length === 0 || open.length === nodes.length) return graph;
  yield* loadParts([sectionRows]);
  const uses = new Uses(graph);
  const last = Math.max(...nodes.map(({ level }) => level.number));
  const ordered: Node[] = [];
  for (let number = 0; number <= last; number++) {
    const at = (isOpen: boolean) =>
      nodes.filter(({ level }) => level.number === number && level.isOpen === isOpen).map(({ node }) => node);
    ordered.push(...at(false));
    const members = at(true);
    // References take no time for views.
    if (members.every(isView)) {
      ordered.push(...members);
      continue;
    }
    const independent = sectionRows.value.independentNodes(members, graph, uses, types);
    const parts = [members.filter((node) => independent.has(node)), members.filter((node) => !independent.has(node))];
    for (const [i, part] of parts.entries()) {
      if (part.every(isView)) ordered.push(...part);
      else ordered.push(i === 0 ? sectionOfRows(part, graph, types) : sectionOf(part, graph));
    }
  }
  return { ...graph, nodes: ordered };
}

/** Levels follow one another, and of each the nodes that are not open come first. */
interface Level {
  readonly number: number;
  readonly isOpen: boolean;
}

function levelOf(node: Node, levels: ReadonlyMap<Value, Level>, types: ReadonlyMap<Value, TensorType>): Level {
  const isOpen = isOpenNode(node, types);
  let number = 0;
  for (const value of readBy(node)) {
    const level = levels.get(value);
    if (level !== undefined) number = Math.max(number, level.isOpen && !isOpen ? level.number + 1 : level.number);
  }
  return { number, isOpen };
}

/** Independent rows are inputs of their section and not captured by it, so that it is fed more of them than there are. */
function sectionOfRows(nodes: readonly Node[], graph: Graph, types: ReadonlyMap<Value, TensorType>): Node {
  const { rowAxes } = sectionRows.value;
  const whole = sectionOf(nodes, graph);
  const [inside] = subgraphsOf(whole);
  const body = inside!.graph;
  const symbols: string[] = [];
  const listed = (values: readonly Value[]) =>
    values.flatMap((value, i) =>
      rowAxes(value, types)!.flatMap(({ axis, symbol }) => {
        if (!symbols.includes(symbol)) symbols.push(symbol);
        return [i, axis, symbols.indexOf(symbol)];
      }),
    );
  const inputs = [...capturedValues(body)].filter((value) => rowAxes(value, types)?.length !== 0);
  const fed = new Map(inputs.map((value) => [value, new Value(value.name, value.declared, value.metadata)]));
  const inner = { ...substituted(body, fed), inputs: [...fed.values()] };
  return {
    ...whole,
    inputs,
    attributes: new Map([
      ['body', { kind: 'graph', value: inner }],
      ['input_rows', intsAttribute(listed(inputs))],
      ['output_rows', intsAttribute(listed(body.outputs))],
    ]),
  };
}

function sectionOf(nodes: readonly Node[], { nodes: all, outputs: returned }: Graph): Node {
  const own = new Set(nodes);
  const made = new Set(nodes.flatMap(({ outputs }) => outputs).filter((value) => value !== undefined));
  const read = new Set<Value>(returned);
  for (const node of all) if (!own.has(node)) for (const value of readBy(node)) read.add(value);
  const outputs = [...made].filter((value) => read.has(value));
  const body: Graph = { name: '', inputs: [], outputs, nodes, constants: new Map() };
  const [{ name, index }] = nodes as [Node];
  return {
    name,
    domain: section.domain,
    opType: section.name,
    opset: 1,
    inputs: [],
    outputs,
    attributes: new Map([['body', { kind: 'graph', value: body }]]),
    metadata: emptyMetadata,
    index,
  };
}
