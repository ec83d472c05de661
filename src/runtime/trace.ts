/** What a run spent its time on, as a trace that Chrome (chrome://tracing), Perfetto and others show. */
import { formatNode, nodeLabel } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { type Node, referenceTo, type Value } from '../ir/graph.js';
import { formatType } from '../ir/shape.js';
import type { RunPlan } from '../plan/execution-plan.js';
import type { StepPart } from './step-times.js';

/** What one step of an execution is. */
export interface StepFacts {
  /** `Conv + Relu`; what the step does where it computes no node. */
  readonly operators: string;
  /** The names of its nodes. */
  readonly nodes: readonly string[];
  /** `float32[1, 3, 8, 8], float32[4, 3, 3, 3] → float32[1, 4, 8, 8]`. */
  readonly shapes: string;
  readonly algorithm: string;
  /** Multiplications and additions that the definitions of the nodes ask for; 0 where they are not counted. */
  readonly operations: number;
  /** How many threads share it. */
  readonly threads: number;
}

/** An event of the Trace Event Format: times in microseconds, `X` a slice, `M` a name. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'M';
  readonly cat?: string;
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The content of a trace file (JSON Object Format of the Trace Event Format). */
export interface Trace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
  readonly otherData: Readonly<Record<string, string | number>>;
}

const pid = 1;
/** The thread that called the session; the engine's other threads count from 1. */
const main = 0;

/** Collects slices, of one run or several. */
export class TraceRecorder {
  private readonly slices: TraceEvent[] = [];
  private readonly started = performance.now();

  /** @param start in milliseconds of performance.now(), as `end` is */
  add(
    name: string,
    category: string,
    start: number,
    end: number,
    args: Readonly<Record<string, unknown>> = {},
    tid = main,
  ): void {
    const ts = microseconds(start - this.started);
    this.slices.push({ name, cat: category, ph: 'X', ts, dur: microseconds(end - start), pid, tid, args });
  }

  /** @param ownEnd when the calling thread had done its part of a step that threads share */
  addStep(facts: StepFacts, start: number, end: number, ownEnd?: number): void {
    const { operators, nodes, shapes, algorithm, operations, threads } = facts;
    const nanoseconds = (end - start) * 1e6;
    const speed = operations > 0 && nanoseconds > 0 ? { 'GFLOP/s': round(operations / nanoseconds) } : {};
    this.add(operators, 'step', start, end, {
      nodes,
      shapes,
      algorithm,
      ...speed,
      operations,
      threads: ownEnd === undefined ? 1 : threads,
    });
    if (ownEnd !== undefined) this.add('wait for the other threads', 'wait', ownEnd, end);
  }

  /** What another thread did in a step. */
  addPart({ operators, nodes, shapes, algorithm }: StepFacts, { thread, start, end }: StepPart): void {
    this.add(operators, 'part', start, end, { nodes, shapes, algorithm }, thread);
  }

  /** @param facts about the engine: executor, tier, threads */
  finish(facts: Readonly<Record<string, string | number>>): Trace {
    const about = (name: string, tid: number, args: TraceEvent['args']): TraceEvent => ({
      name,
      ph: 'M',
      ts: 0,
      pid,
      tid,
      args,
    });
    const tids = [...new Set([main, ...this.slices.map(({ tid }) => tid)])].sort((a, b) => a - b);
    const names = tids.flatMap((tid) => [
      about('thread_name', tid, { name: tid === main ? 'main' : `worker ${tid}` }),
      about('thread_sort_index', tid, { sort_index: tid }),
    ]);
    const events = [about('process_name', main, { name: 'unstride' }), ...names, ...this.slices];
    return { traceEvents: events, displayTimeUnit: 'ms', otherData: facts };
  }
}

function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6) / 1e3;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** What descriptions of nodes are made of. */
export type NodeOutline = Pick<Node, 'name' | 'domain' | 'opType' | 'index' | 'inputs' | 'outputs'>;

/** `Relu`; with the domain where that is another than ONNX's own. */
export function operatorName({ domain, opType }: Pick<NodeOutline, 'domain' | 'opType'>): string {
  return domain === '' ? opType : `${domain}.${opType}`;
}

/** Operators, names and shapes of the nodes that a step computes. */
export function describeNodes(
  nodes: readonly NodeOutline[],
  types: Inference['types'],
): Pick<StepFacts, 'operators' | 'nodes' | 'shapes'> {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const typeOf = (value: Value | undefined) => (value === undefined ? '—' : formatType(types.get(value)));
  const inputs = [...read].filter((value) => !made.has(value)).map(typeOf);
  const within = new Set(nodes.slice(0, -1).flatMap((node) => node.outputs));
  const outputs = [...made]
    .filter((value) => value !== undefined && !(within.has(value) && read.has(value)))
    .map(typeOf);
  return {
    operators: nodes.map(operatorName).join(' + '),
    nodes: nodes.map((node) => nodeLabel(node)),
    shapes: `${inputs.join(', ')} → ${outputs.join(', ')}`,
  };
}

/** @param threads that share a run */
export function describePlan(
  { steps }: RunPlan,
  outlines: readonly NodeOutline[],
  types: Inference['types'],
  threads: number,
): StepFacts[] {
  return steps.map((step) => {
    const nodes = step.nodes.map((index) => outlines[index]!);
    const isShared = step.kind === 'kernel' && step.parallel;
    return {
      ...describeNodes(nodes, types),
      // What belongs to no node: a change of layout.
      ...(nodes.length === 0 ? { operators: step.algorithm } : {}),
      algorithm: step.kind === 'reference' ? `reference: ${step.reason}` : step.algorithm,
      operations: step.kind === 'kernel' ? step.operations : 0,
      threads: isShared ? threads : 1,
    };
  });
}

/** The attributes of nodes would keep the model's file in memory. */
export function outlineOf({ name, domain, opType, index, inputs, outputs }: Node): NodeOutline {
  return { name, domain, opType, index, inputs, outputs };
}

/** Twice the multiply-accumulates of a node; 0 where they are not known. */
export function operationsOf(node: Node, inference: Inference): number {
  const shapeOf = (value: Value | undefined) => value && inference.types.get(value)?.shape;
  try {
    const macs = inference.operators
      .get(node)
      ?.macs({ inputs: node.inputs.map(shapeOf), outputs: node.outputs.map(shapeOf) });
    return typeof macs === 'number' ? 2 * macs : 0;
  } catch {
    return 0;
  }
}

/** How a node is named in progress. */
export function progressLabel(node: Node): string {
  return formatNode(referenceTo(node));
}
