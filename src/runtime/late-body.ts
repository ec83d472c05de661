/**
 * A body, or a part of a graph, of which only a run shows the sizes. For each sizes it has a program, as many as a cache
 * holds; small integers on which sizes depend count as sizes. What is computed faster than it is compiled is left to references.
 */
import { type BodyModel, bodyModel, withInputValues } from '../compile/bodies.js';
import type { PlannedModel } from '../compile.js';
import { infer } from '../infer/infer.js';
import {
  type Constant,
  capturedValues,
  constantFromTensor,
  type Graph,
  type Node,
  subgraphsOf,
  type Value,
} from '../ir/graph.js';
import { formatShape, type TensorType, tensorType } from '../ir/shape.js';
import { Tensor } from '../ir/tensor.js';
import { bind } from '../ops/bind.js';
import type { Body } from '../ops/operator.js';
import { referenceWork } from '../ops/reference-work.js';
import type { BodyPlan, ControlStep, RunPlan } from '../plan/execution-plan.js';
import type { Program } from './program.js';
import { SizeCache } from './size-cache.js';
import { decidingInputs } from './size-inputs.js';

export type PlanBody = (body: BodyModel, signal: AbortSignal | undefined) => Promise<PlannedModel | undefined>;

/** A program for certain sizes, with what it is the plan of. */
export interface LateProgram {
  readonly program: Program;
  readonly body: BodyPlan;
}

/** How a program of a plan comes into the engine in a run. */
export type LoadInRun = (planned: PlannedModel) => Promise<Program>;

const mostCached = 8;
/** Elements that references of a body compute in about the time that compiling it takes, a few milliseconds. */
const leastWork = 2 ** 18;

interface Entry {
  readonly late: LateProgram | undefined;
  dispose(): void;
}

export class LateBody {
  private readonly cache = new SizeCache<Entry>(mostCached);
  /** By the key of all sizes, the inputs whose elements decide others. */
  private readonly deciding = new Map<string, readonly number[]>();
  private readonly body: Body | undefined;
  private readonly read: readonly Value[];

  /**
   * @param constants of the graph around it
   * @param planBody without it references compute the body
   */
  constructor(
    node: Node,
    graph: Graph,
    private readonly constants: ReadonlyMap<Value, Constant>,
    private readonly planBody: PlanBody | undefined,
  ) {
    const attribute = subgraphsOf(node).find((item) => item.graph === graph)?.attribute;
    const bodies = bind(node)?.bodies({ inputs: node.inputs.map(() => undefined), outputCount: node.outputs.length });
    this.body = bodies?.find((item) => item.attribute === attribute);
    this.read = [...capturedValues(graph)].filter((value) => !constants.has(value));
  }

  /** What the body reads of the graph around it, constants apart. */
  captured(read: (value: string) => Tensor): ReadonlyMap<Value, Tensor> {
    return new Map(this.read.map((value) => [value, read(value.name)]));
  }

  /**
   * The program for what the body is given; undefined where the reference is to run it.
   * @param feeds for the inputs of its graph
   * @param captured what it reads of the graph around it, constants apart
   * @param load is called for a new program: the engine's memory may move
   */
  find(
    feeds: readonly Tensor[],
    captured: ReadonlyMap<Value, Tensor>,
    load: LoadInRun,
    signal: AbortSignal | undefined,
  ): LateProgram | Promise<LateProgram | undefined> | undefined {
    if (this.body === undefined || this.planBody === undefined) return undefined;
    const tensors = [...feeds, ...captured.values()];
    const sizes = tensors.map(({ type, dims }) => `${type}${formatShape(dims)}`).join(' ');
    const inputs = feeds.map(typeOf);
    const types = new Map([...captured].map(([value, tensor]) => [value, typeOf(tensor)]));
    const make = () => bodyModel({ ...this.body!, inputs }, this.constants, types);
    let open: BodyModel | undefined;
    let deciding = this.deciding.get(sizes);
    if (deciding === undefined) {
      open = make();
      deciding = open === undefined ? [] : decidingIn(open, tensors);
      if (this.deciding.size > mostCached * 8) this.deciding.clear();
      this.deciding.set(sizes, deciding);
    }
    const contents = deciding.map((i) => `${i} = ${[...tensors[i]!.data].join(', ')}`);
    const key = [sizes, ...contents].join('; ');
    const known = this.cache.get(key);
    if (known !== undefined) return known.late;
    open ??= make();
    const values = new Map(deciding.map((i) => [i, ownTensor(tensors[i]!)]));
    return this.make(key, open && withInputValues(open, values), load, signal);
  }

  private async make(
    key: string,
    model: BodyModel | undefined,
    load: LoadInRun,
    signal: AbortSignal | undefined,
  ): Promise<LateProgram | undefined> {
    const isWorth = model !== undefined && workOf(model) >= leastWork;
    const planned = isWorth ? await this.planBody?.(model, signal) : undefined;
    let late: LateProgram | undefined;
    if (planned !== undefined && model !== undefined) {
      const { attribute, inputs, repeats, states } = model;
      late = { program: await load(planned), body: { attribute, plan: planned.plan, inputs, repeats, states } };
    }
    this.cache.add(key, { late, dispose: () => late?.program.dispose() });
    return late;
  }

  dispose(): void {
    this.cache.clear();
  }
}

function typeOf({ type, dims }: Tensor): TensorType {
  return tensorType(type, dims);
}

function ownTensor({ type, dims, data }: Tensor): Tensor {
  return new Tensor(type, dims, data.slice());
}

/** Multiply-accumulates or elements, as far as types tell. */
function workOf({ graph, known }: BodyModel): number {
  const { types, operators } = infer(graph, known);
  let work = 0;
  for (const node of graph.nodes) {
    const bound = operators.get(node);
    if (bound === undefined) continue;
    const typesOf = (values: Node['inputs']) => values.map((value) => value && types.get(value));
    const own = referenceWork(bound, typesOf(node.inputs), typesOf(node.outputs));
    if (Number.isFinite(own)) work += own;
  }
  return work;
}

/** The inputs of few numbers on which the shape of some value depends, or what an operator does. */
function decidingIn({ graph, known }: BodyModel, tensors: readonly Tensor[]): number[] {
  const names = graph.inputs.map(({ name }) => name);
  const given = tensors.map(({ type, dims }, i) => [names[i]!, { type, shape: dims }] as const);
  return [...decidingInputs(graph, known, new Map(given))].map((name) => names.indexOf(name)).sort((a, b) => a - b);
}

/** The bodies of a plan that have programs only once a run shows their sizes. @param weights those that references read, by name */
export function lateBodies(
  { steps }: RunPlan,
  nodes: Program['nodes'],
  weights: Program['weights'],
  planBody: PlanBody | undefined,
): ReadonlyMap<BodyPlan, LateBody> {
  const late = new Map<BodyPlan, LateBody>();
  for (const step of steps) {
    if (step.kind !== 'control') continue;
    const node = nodes.get(step.nodes[0]!)!;
    for (const { attribute, graph } of subgraphsOf(node)) {
      const body = step.bodies.find((item) => item.attribute === attribute && item.plan === undefined);
      if (body === undefined) continue;
      const constants = new Map<Value, Constant>();
      for (const value of capturedValues(graph)) {
        const weight = weights.get(value.name);
        if (weight !== undefined && isWeight(step, value.name)) constants.set(value, constantFromTensor(weight));
      }
      late.set(body, new LateBody(node, graph, constants, planBody));
    }
  }
  return late;
}

function isWeight({ captures }: ControlStep, name: string): boolean {
  return captures.some(({ value, operand }) => value === name && operand.kind === 'weight');
}
