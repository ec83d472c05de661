/** The later stages of `unstride inspect`: the graph after a pass, and the plan. */
import { compile, compileForSteps, kernelTypes } from '../compile.js';
import { printable } from '../diagnostics/printable.js';
import { transposedPlans } from '../explain/plans.js';
import { infer } from '../infer/infer.js';
import { type Bindings, symbolsOf } from '../ir/dim.js';
import { declaredShape, type Model, referenceTo } from '../ir/graph.js';
import { finishInTurns } from '../limits/steps.js';
import { requireText } from '../limits/text.js';
import { registerAllPasses } from '../passes/all.js';
import { passes } from '../passes/list.js';
import { tellFedSettings } from '../plan/fed-settings.js';
import { jsonPlan } from '../plan/json.js';
import { graphLines, renderGraph } from '../report/graph-text.js';
import { renderPlan } from '../report/plan-text.js';
import { engineProcessor, environmentProcessor } from '../runtime/engine-processor.js';
import { engineByteProducts, engineTier } from '../runtime/engine-tier.js';
import { nextTurn } from '../runtime/host.js';
import { sizeInputsOf } from '../runtime/small-inputs.js';
import { ofEnvironment, readCodeOptions } from './code-options.js';
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
  registerAllPasses();
  const { precision } = readCodeOptions(options);
  const float32 = kernelTypes(precision ?? 'fast', precision === 'fast');
  const record = compile(model, { bindings, file, float32 }).passes.find((pass) => pass.name === name)!;
  const { types } = infer(record.graph, { bindings, file });
  const { notes } = record;
  const lines = [...renderGraph(record.graph, types), '', ...notes.map((note) => printable(`${name}: ${note}`))];
  requireText(lines);
  return {
    text: `${lines.join('\n')}\n`,
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
  ofEnvironment(environmentProcessor);
  const { threads = 1, precision = 'fast', weights } = asked;
  const tier = precision === 'strict' ? 'baseline' : (asked.tier ?? (await engineTier('wide')).tier);
  const processor = precision === 'strict' ? undefined : await engineProcessor();
  const narrowsFloat64 = asked.precision === 'fast';
  const target = {
    tier,
    processor,
    threads,
    precision,
    weights,
    narrowsFloat64,
    byteProducts: await engineByteProducts(tier),
  };
  const steps = compileForSteps(model, target, { bindings, file });
  const { graph, plan: unfed, bodies } = await finishInTurns(steps, nextTurn, undefined);
  const plan = tellFedSettings(unfed, graph, await sizeInputsOf(model.graph, bindings));
  const transposed = transposedPlans(graph, infer(graph, { bindings, file }));
  const meant = [...transposed].map(([node, steps]) => ({ node: referenceTo(node), ...steps }));
  return {
    text: renderPlan(plan, graph, transposed, width, bodies) + chosenFor(processor),
    json: { plan: { tier, ...(processor === undefined ? {} : { processor }), ...jsonPlan(plan) }, transposed: meant },
  };
}

function chosenFor(processor: string | undefined): string {
  return processor === undefined ? '' : `algorithms for processors of the class ${processor}\n`;
}
