/** The later stages of `unstride inspect`: the graph after a pass, and the plan. */
import { type CompiledModel, compile, kernelTypes, passes } from '../compile.js';
import { infer } from '../infer/infer.js';
import { type Bindings, symbolsOf } from '../ir/dim.js';
import { declaredShape, type Model } from '../ir/graph.js';
import { lower } from '../lower/lower.js';
import { jsonPlan } from '../plan/json.js';
import { graphLines, renderGraph } from '../report/graph-text.js';
import { renderPlan } from '../report/plan-text.js';
import { engineTier } from '../runtime/engine-tier.js';
import { type CodeOptions, readCodeOptions } from './code-options.js';
import { UsageError } from './usage.js';

export interface Stage {
  readonly text: string;
  readonly json: object;
}

/** The graph as a pass leaves it, and what the pass says of it. */
export function stageAfter(
  model: Model,
  name: string,
  bindings: Bindings,
  options: Readonly<Record<string, unknown>>,
  file: string,
): Stage {
  if (!passes.some((pass) => pass.name === name)) {
    throw new UsageError(
      `there is no pass '${name}'`,
      `the passes, in order: ${passes.map((pass) => pass.name).join(', ')}`,
    );
  }
  const { precision } = readCodeOptions(options);
  const record = compileForKernels(model, bindings, precision, file).passes.find((pass) => pass.name === name)!;
  const { types } = infer(record.graph, { bindings, file });
  const { notes } = record;
  return {
    text: `${[...renderGraph(record.graph, types), '', ...notes.map((note) => `${name}: ${note}`)].join('\n')}\n`,
    json: { after: { pass: name, notes, nodes: graphLines(record.graph, types) } },
  };
}

/** What would run, for the sizes that are given. */
export async function stagePlan(
  model: Model,
  bindings: Bindings,
  options: Readonly<Record<string, unknown>>,
  file: string,
  width: number | undefined,
): Promise<Stage> {
  const open = new Set(
    model.graph.inputs.flatMap((input) =>
      (declaredShape(input) ?? []).flatMap((dim) => [...symbolsOf(dim).keys()].filter((name) => !bindings.has(name))),
    ),
  );
  if (open.size > 0) {
    const names = [...open];
    throw new UsageError(
      `a plan is made for certain sizes, and ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} open`,
      `give ${names.map((name) => `--dim ${name}=1`).join(' ')}, with your sizes`,
    );
  }
  const asked = readCodeOptions(options);
  const { threads = 1, precision = 'fast' } = asked;
  const tier = precision === 'strict' ? 'baseline' : (asked.tier ?? (await engineTier('wide')).tier);
  const narrowsFloat64 = asked.precision === 'fast';
  const { graph, types } = compileForKernels(model, bindings, asked.precision, file);
  const plan = lower(graph, { types }, { tier, precision, narrowsFloat64, threads });
  return { text: renderPlan(plan, graph, width), json: { plan: { tier, ...jsonPlan(plan) } } };
}

/** @param precision as it was asked for, if it was */
function compileForKernels(
  model: Model,
  bindings: Bindings,
  precision: CodeOptions['precision'],
  file: string,
): CompiledModel {
  return compile(model, { bindings, file, float32: kernelTypes(precision ?? 'fast', precision === 'fast') });
}
