/** Operators of com.microsoft in bodies of If, Loop and Scan compute what they do outside of them. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compile.js';
import { infer } from '../../../src/infer/infer.js';
import { type Attribute, emptyMetadata, type Graph, type Node, Value } from '../../../src/ir/graph.js';
import { int64, type Tensor } from '../../../src/ir/tensor.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { modelOf } from '../../rules/support.js';
import { microsoftNodes } from '../../support/microsoft-nodes.js';
import { attributeOf, graphOf, runOperator } from '../../support/run-operator.js';
import { tensor } from '../../support/tensors.js';

/** A graph whose one node runs the given node inside: it reads the inputs of the graph around it. */
interface Nesting {
  readonly title: string;
  readonly opType: string;
  /** What is fed besides the node's inputs. */
  readonly own: readonly Tensor[];
  /** @param inner a graph that takes nothing and gives what the node gives */
  nest(inner: Graph, own: readonly Value[]): Pick<Node, 'inputs' | 'attributes'>;
  /** Of outputs that are stacked, the one that there is. */
  readonly isStacked: boolean;
}

const value = (name: string) => new Value(name);
const graphAttribute = (graph: Graph) => ({ kind: 'graph', value: graph }) as const;

/** The body of a Loop: it counts, goes on, and gives what the node gives. */
function loopBody(inner: Graph): Graph {
  const [index, condition, next] = [value('i'), value('go'), value('goOn')];
  const identity: Node = {
    name: 'on',
    domain: '',
    opType: 'Identity',
    opset: 16,
    inputs: [condition],
    outputs: [next],
    attributes: new Map(),
    metadata: emptyMetadata,
    index: 1,
  };
  return {
    ...inner,
    inputs: [index, condition],
    outputs: [next, ...inner.outputs],
    nodes: [...inner.nodes, identity],
  };
}

const nestings: readonly Nesting[] = [
  {
    title: 'a branch of an If',
    opType: 'If',
    own: [tensor('bool', [1], [])],
    isStacked: false,
    nest: (inner, inputs) => ({
      inputs,
      attributes: new Map([
        ['then_branch', graphAttribute(inner)],
        ['else_branch', graphAttribute({ ...inner })],
      ]),
    }),
  },
  {
    title: 'the body of a Loop',
    opType: 'Loop',
    own: [int64([], [2]), tensor('bool', [1], [])],
    isStacked: true,
    nest: (inner, inputs) => ({ inputs, attributes: new Map([['body', graphAttribute(loopBody(inner))]]) }),
  },
  {
    title: 'the body of a Scan',
    opType: 'Scan',
    own: [int64([2], [0, 1])],
    isStacked: true,
    nest: (inner, inputs) => ({
      inputs,
      attributes: new Map<string, Attribute>([
        ['body', graphAttribute({ ...inner, inputs: [value('item')] })],
        ['num_scan_inputs', attributeOf(1)],
      ]),
    }),
  },
];

/** One graph with a nesting of each node; names begin with the node's title. */
function nestedGraph({ opType, own, nest }: Nesting): Graph {
  const given = own.map(
    ({ type, dims }, i) => new Value(`own${i}`, { kind: 'tensor', elementType: type, shape: dims }),
  );
  const all = microsoftNodes.map((test, index) => {
    const { inputs, nodes } = graphOf(test);
    const outer = new Map(inputs.map((input) => [input, new Value(`${test.title} ${input.name}`, input.declared)]));
    const [node] = nodes;
    const made = node!.outputs.map((_, i) => new Value(`${test.title} inner ${i}`));
    const read = node!.inputs.map((input) => input && outer.get(input));
    const inner: Graph = {
      name: 'inner',
      inputs: [],
      outputs: made,
      nodes: [{ ...node!, inputs: read, outputs: made }],
      constants: new Map(),
    };
    const results = made.map((_, i) => new Value(`${test.title} y${i}`));
    return {
      inputs: [...outer.values()],
      node: {
        name: test.title,
        domain: '',
        opType,
        opset: 16,
        outputs: results,
        metadata: emptyMetadata,
        index,
        ...nest(inner, given),
      } satisfies Node,
      outputs: results,
    };
  });
  return {
    name: 'outer',
    inputs: [...given, ...all.flatMap(({ inputs }) => inputs)],
    outputs: all.flatMap(({ outputs }) => outputs),
    nodes: all.map(({ node }) => node),
    constants: new Map(),
  };
}

function elementsOf({ data }: Pick<Tensor, 'data'>): unknown[] {
  return Array.from<unknown>(data as ArrayLike<unknown>);
}

/** Kernels are for the outermost graph, so what is inside runs by references whichever engine the session has. */
describe.each(nestings)('in $title', (nesting) => {
  const source = nestedGraph(nesting);

  it('is accepted', () => {
    expect(infer(source).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('computes what it does outside', () => {
    const { graph } = compile(modelOf(source));
    const feeds = [...nesting.own, ...microsoftNodes.flatMap(({ inputs }) => inputs)].filter((x) => x !== undefined);
    const made = execute(scheduleReferences(graph), feeds).outputs.map(({ dims, data }) => [
      dims,
      elementsOf({ data }),
    ]);
    const expected = microsoftNodes.flatMap((test) =>
      runOperator(test).map(({ dims, data }) => {
        const values = elementsOf({ data });
        return nesting.isStacked
          ? [
              [2, ...dims],
              [...values, ...values],
            ]
          : [dims, values];
      }),
    );
    expect(made).toEqual(expected);
  });
});
