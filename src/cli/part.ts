/** Reads the options that name a part of a model, for commands that cut out or run one; `cut-part.ts` cuts it. */
import type { Half } from '../split/decoders/split.js';
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
