/** Cuts a model to the part that options name. Most runs have none, and do not load this. */
import type { OpenedModel } from '../runtime/open.js';
import { CutNames, splitNames } from '../split/cut-names.js';
import { halfOf } from '../split/decoders/split.js';
import { extractPart, type Part } from '../split/extract.js';
import type { PartRequest } from './part.js';

/** @throws ModelError if a name is not found, or the part needs more inputs than given */
export function partOf({ model, file }: OpenedModel, request: PartRequest): Part {
  if ('half' in request) return halfOf(model, request.half, { candidate: request.candidate, file });
  const { from, to, auto } = request;
  const names = new CutNames(model.graph);
  const split = (texts: readonly string[] | undefined) => texts?.flatMap((text) => splitNames(text, names));
  return extractPart(model, { from: split(from), to: split(to), auto, file });
}

/** The opened model cut to the part, with notes on the cut. */
export function cutPart(opened: OpenedModel, request: PartRequest): OpenedModel {
  const { model, diagnostics } = partOf(opened, request);
  return { ...opened, model, diagnostics: [...opened.diagnostics, ...diagnostics] };
}
