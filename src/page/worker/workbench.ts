/** What the worker has open, and the tasks that it does with it. What not every visit needs is loaded when it is asked for. */
import { type CheckedModel, checkModel } from '../../check.js';
import { printable } from '../../diagnostics/printable.js';
import { takesLatent } from '../../feed/latents.js';
import { declaredShape, type Value } from '../../ir/graph.js';
import { isConcrete } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { externalLocations } from '../../onnx/source-files.js';
import { pictureInputAxes } from '../../pictures/image-layout.js';
import { inspectModel, valueReport } from '../../report/inspect.js';
import { modelSummary, summaryLines } from '../../report/model-summary.js';
import type { InferenceSession } from '../../runtime/inference-session.js';
import { type OpenedModel, openModel } from '../../runtime/open.js';
import type { Trace } from '../../runtime/trace.js';
import type { CheckedView, LayerRow, LayersRequest, ModelSource, OpenedView, Sizes } from '../protocol.js';
import { type CheckedViews, checkedViews, portView } from './checked-view.js';

/** The results of the last run, for what is exported and drawn of them. */
export interface LastRun {
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly trace: Trace | undefined;
}

export class Workbench {
  /** Made by the first run. */
  session: { readonly runs: InferenceSession; readonly isStrict: boolean } | undefined;
  last: LastRun | undefined;
  private readonly checked = new Map<string, CheckedModel>();
  /** Of the sizes that were asked about last. */
  private views: (CheckedViews & { readonly of: CheckedModel }) | undefined;

  private constructor(
    readonly name: string,
    readonly opened: OpenedModel,
    /** Names of the files of weights that came with it. */
    private readonly given: { has(name: string): boolean },
  ) {}

  static async open(source: ModelSource): Promise<Workbench> {
    const { name } = source;
    if (source.kind === 'address') {
      const opened = await openModel(new URL(source.address, location.href), { file: name });
      return new Workbench(name, opened, { has: () => true });
    }
    const { model, others } = source;
    const externalData = others.map(({ name: path, data }) => ({ path, data }));
    const opened = await openModel(model, { file: name, externalData });
    return new Workbench(name, opened, new Set(others.map((file) => lastPart(file.name))));
  }

  view(): OpenedView {
    const { model, byteLength } = this.opened;
    const checked = this.check(new Map());
    const { inference } = checked;
    return {
      name: printable(this.name),
      facts: summaryLines(modelSummary(inspectModel({ model, inference, byteLength }))).map(
        ([label, text]) => [label, printable(text)] as const,
      ),
      inputs: model.graph.inputs.map((input) => ({
        ...portView(valueReport(input, inference)),
        name: input.name,
        takesPicture: takesPicture(input),
        latentLength: latentLength(input),
      })),
      outputs: model.graph.outputs.map((output) => portView(valueReport(output, inference))),
      missing: [...externalLocations(model.graph)].filter((file) => !this.given.has(lastPart(file))).map(printable),
      checked: this.checkedView(new Map()),
    };
  }

  /** The name without its ending. */
  get title(): string {
    return printable(lastPart(this.name).replace(/\.onnx$/i, '')) || 'model';
  }

  check(sizes: Sizes): CheckedModel {
    const key = JSON.stringify([...sizes]);
    const known = this.checked.get(key);
    if (known !== undefined) return known;
    const { model, diagnostics, file } = this.opened;
    const checked = checkModel(model, { bindings: sizes, file, readDiagnostics: diagnostics });
    if (this.checked.size >= mostChecked) this.checked.clear();
    this.checked.set(key, checked);
    return checked;
  }

  checkedView(sizes: Sizes): CheckedView {
    return this.viewsAt(sizes).view;
  }

  /** Some of them, from the one that is asked for on. */
  layerRows({ sizes, from }: LayersRequest): readonly LayerRow[] {
    return this.viewsAt(sizes).layers.slice(from, from + rowsOfMessage);
  }

  private viewsAt(sizes: Sizes): CheckedViews {
    const of = this.check(sizes);
    if (this.views?.of !== of) this.views = { ...checkedViews(of), of };
    return this.views;
  }
}

const rowsOfMessage = 1000;

/** Sizes whose inferences are kept: those that a person goes back and forth between. */
const mostChecked = 4;

/** Vectors are no pictures, although they have two axes. */
function takesPicture(input: Value): boolean {
  const shape = declaredShape(input);
  return shape !== undefined && shape.length > 2 && pictureInputAxes(shape) !== undefined;
}

/** Of one item of the batch. */
function latentLength(input: Value): number | undefined {
  if (!takesLatent(input)) return undefined;
  const [, ...dims] = declaredShape(input) ?? [];
  return dims.length > 0 && isConcrete(dims) ? elementCount(dims) : undefined;
}

function lastPart(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
