/** A model as its two halves, and how they join. */

import { counted } from '../../diagnostics/units.js';
import { defineProblem, diagnostic, fail, ModelError, type Problem, ProblemError, quoted } from '../../diagnostics.js';
import type { Model, Value } from '../../ir/graph.js';
import { extractPart, type Part } from '../extract.js';
import { doubtful, findDecoders } from './find.js';
import type { CrossingValue, DecoderCandidate, DecoderFindings } from './findings.js';

export interface FindOptions {
  /** The file that messages name. */
  readonly file?: string | undefined;
}

export interface SplitOptions extends FindOptions {
  /** The number of the candidate, from 1 (default: 1). */
  readonly candidate?: number | undefined;
}

/** One value that crosses: an output of the encoder, an input of the decoder. */
export interface Joint extends CrossingValue {
  /** Its name in each half. */
  readonly encoder: string;
  readonly decoder: string;
}

/** How the halves make up the whole: run the encoder, pass its values on, run the decoder. */
export interface Join {
  readonly values: readonly Joint[];
  /** Inputs of the model by the half that reads them; both may read the same one. */
  readonly inputs: { readonly encoder: readonly string[]; readonly decoder: readonly string[] };
  /** Outputs of the model by the half that produces them. */
  readonly outputs: { readonly encoder: readonly string[]; readonly decoder: readonly string[] };
}

export interface ModelSplit {
  readonly encoder: Model;
  readonly decoder: Model;
  readonly join: Join;
  readonly candidate: DecoderCandidate;
  readonly findings: DecoderFindings;
}

export type Half = 'encoder' | 'decoder';

/**
 * Looks for decoders; see `DecoderFindings`. Errors in the model are not thrown; they make the findings less certain.
 */
export function findDecoder(model: Model): DecoderFindings {
  return findDecoders(model.graph);
}

/**
 * Both halves, each a model.
 * @throws ModelError US2111 where nothing grows, US2112 where the decoder is the whole model, US2113 for a number that no
 * candidate has
 */
export function splitModel(model: Model, options: SplitOptions = {}): ModelSplit {
  return explained(options.file, () => {
    const findings = findDecoder(model);
    const candidate = chosen(findings, options);
    const [encoder, decoder] = [encoderPart(model, findings, candidate), decoderPart(model, candidate)];
    const { crossing, inputs, outputs } = candidate;
    const join: Join = {
      values: crossing.map((value) => ({
        ...value,
        encoder: nameIn(value.name, encoder.to, encoder.model.graph.outputs),
        decoder: nameIn(value.name, decoder.from, decoder.model.graph.inputs),
      })),
      inputs: { ...inputs, encoder: encoder.model.graph.inputs.map(({ name }) => name) },
      outputs,
    };
    return { encoder: encoder.model, decoder: decoder.model, join, candidate, findings };
  });
}

/** One half alone. If the whole model is a decoder, it is the decoder half. */
export function halfOf(model: Model, half: Half, options: SplitOptions = {}): Part {
  return explained(options.file, () => {
    const findings = findDecoder(model);
    const candidate = chosen(findings, options);
    const part = half === 'encoder' ? encoderPart(model, findings, candidate) : decoderPart(model, candidate);
    return { ...part, diagnostics: [...part.diagnostics, diagnostic(foundAt(candidate), { file: options.file })] };
  });
}

const decoderFound = defineProblem(
  'US2114',
  { bottleneck: 'string', isWhole: 'boolean', beside: 'string', isCertain: 'boolean', doubts: 'strings' },
  ({ bottleneck, isWhole, beside, isCertain, doubts }) => ({
    message: isWhole ? 'the model is a decoder as a whole' : `the decoder begins at ${quoted(bottleneck)}${beside}`,
    value: bottleneck,
    ...(isCertain ? {} : { hint: doubts.join('; ') }),
  }),
);

function foundAt({ encoder, bottleneck, skips, crossing, isCertain, reasons }: DecoderCandidate): Problem {
  const others = crossing.length - 1 - skips.length;
  const more = [...(skips.length === 0 ? [] : [counted(skips.length, 'skip')]), ...(others <= 0 ? [] : ['sizes'])];
  const beside = more.length === 0 ? '' : `, with ${more.join(' and ')}`;
  const doubts = reasons.filter((reason) => reason.startsWith(doubtful));
  return decoderFound({ bottleneck, isWhole: encoder === undefined, beside, isCertain, doubts });
}

const noEncoder = defineProblem('US2112', { candidates: 'integer' }, ({ candidates }) => ({
  message: 'the model is a decoder as a whole: there is nothing before it',
  hint:
    candidates > 1
      ? 'it can be cut inside as well: take candidate 2, or another of the list'
      : 'name both ends of the part that you want',
}));

function encoderPart(model: Model, findings: DecoderFindings, { encoder, crossing, outputs }: DecoderCandidate): Part {
  if (encoder === undefined) {
    fail(noEncoder({ candidates: findings.candidates.length }));
  }
  return extractPart(model, { to: [...new Set([...crossing.map(({ name }) => name), ...outputs.encoder])] });
}

function decoderPart(model: Model, { encoder, from, to }: DecoderCandidate): Part {
  return extractPart(model, encoder === undefined ? {} : { from, to });
}

const noDecoder = defineProblem('US2111', { what: 'string', reasons: 'strings' }, ({ what, reasons }) => ({
  message: `${what}: ${reasons.join('; ')}`,
  hint: 'name both ends of the part that you want',
}));

const noSuchCandidate = defineProblem('US2113', { candidate: 'integer', range: 'string' }, ({ candidate, range }) => ({
  message: `there is no candidate ${candidate}: ${range}`,
}));

function chosen({ kind, candidates, reasons }: DecoderFindings, { candidate = 1 }: SplitOptions): DecoderCandidate {
  if (candidates.length === 0) {
    const what = kind === 'encoder' ? 'the model is only an encoder' : 'the model has no decoder';
    fail(noDecoder({ what, reasons }));
  }
  const found = Number.isInteger(candidate) ? candidates[candidate - 1] : undefined;
  if (found === undefined) {
    const range = candidates.length === 1 ? 'the model has one' : `they are numbered from 1 to ${candidates.length}`;
    fail(noSuchCandidate({ candidate, range }));
  }
  return found;
}

function nameIn(name: string, ends: readonly Value[], values: readonly Value[]): string {
  return values[ends.findIndex((value) => value.name === name)]?.name ?? name;
}

function explained<T>(file: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file })]);
    throw error;
  }
}
