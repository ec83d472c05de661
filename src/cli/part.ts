/** Reads the options that name a part of a model, for commands that cut out or run one. */
import type { OpenedModel } from '../runtime/open.js';
import { CutNames, splitNames } from '../split/cut-names.js';
import { type Half, halfOf } from '../split/decoders/split.js';
import { extractPart, type Part } from '../split/extract.js';
import { allTexts, isFlagSet, oneText } from './arguments.js';
import { UsageError } from './usage.js';

/** A part as the options name it. */
export type PartRequest = NamedRequest | HalfRequest;

/** One of the two halves that `findDecoder` sees. */
export interface HalfRequest {
  readonly half: Half;
  /** From 1. */
  readonly candidate: number | undefined;
}

export interface NamedRequest {
  /** As given, including commas; undefined for the model's own inputs. */
  readonly from: readonly string[] | undefined;
  readonly to: readonly string[] | undefined;
  readonly auto: boolean;
}

/** Undefined if the options name no part. @throws UsageError */
export function readPart(options: Readonly<Record<string, unknown>>): PartRequest | undefined {
  const [from, to] = [readNames(options['from'], 'from'), readNames(options['to'], 'to')];
  const auto = isFlagSet(options['auto']);
  const half = readHalf(options);
  if (half !== undefined) {
    if (from !== undefined || to !== undefined || auto)
      throw new UsageError(`--${half} finds both ends by itself`, 'leave --from, --to and --auto out');
    return { half, candidate: readCandidate(options) };
  }
  if (options['candidate'] !== undefined)
    throw new UsageError('--candidate is for --decoder, --encoder and extract --split');
  if (from === undefined && to === undefined) {
    if (auto) throw new UsageError('--auto is for parts of a model', 'name where one begins with --from');
    return undefined;
  }
  if (auto && from === undefined) throw new UsageError('--auto adds to --from, which is not given');
  return { from, to, auto };
}

function readHalf(options: Readonly<Record<string, unknown>>): Half | undefined {
  const [encoder, decoder] = [isFlagSet(options['encoder']), isFlagSet(options['decoder'])];
  if (encoder && decoder) throw new UsageError('--encoder and --decoder are both given', 'extract --split writes both');
  return encoder ? 'encoder' : decoder ? 'decoder' : undefined;
}

export function readCandidate(options: Readonly<Record<string, unknown>>): number | undefined {
  const text = oneText(options['candidate'], 'candidate');
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new UsageError(`--candidate is '${text}', and has to be a number from 1`, 'extract --list numbers them');
  return Number(text);
}

function readNames(value: unknown, option: string): readonly string[] | undefined {
  const texts = allTexts(value);
  if (texts.some((text) => text.split(',').includes('')))
    throw new UsageError(`--${option} has an empty name in it`, `for example --${option} encoder_out,skip1`);
  return texts.length === 0 ? undefined : texts;
}

/** @throws ModelError if a name is not found, or the part needs more inputs than given */
export function partOf({ model, file }: OpenedModel, request: PartRequest): Part {
  if ('half' in request) return halfOf(model, request.half, { candidate: request.candidate, file });
  const { from, to, auto } = request;
  const names = new CutNames(model.graph);
  const split = (texts: readonly string[] | undefined) => texts?.flatMap((text) => splitNames(text, names));
  return extractPart(model, { from: split(from), to: split(to), auto, file });
}

/** The opened model cut to the part, with notes on the cut; the model itself without a request. */
export function cutPart(opened: OpenedModel, request: PartRequest | undefined): OpenedModel {
  if (request === undefined) return opened;
  const { model, diagnostics } = partOf(opened, request);
  return { ...opened, model, diagnostics: [...opened.diagnostics, ...diagnostics] };
}
