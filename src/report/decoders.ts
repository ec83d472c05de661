/** Where a network's decoder could begin: plain data, and its text for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import type { Dim } from '../ir/dim.js';
import { formatType } from '../ir/shape.js';
import type { Costs } from '../split/decoders/costs.js';
import type { CrossingValue, DecoderCandidate, DecoderFindings, NetworkKind } from '../split/decoders/findings.js';
import { textTable } from './text-table.js';
import { formatCount, formatDimBytes, formatDimCount } from './units.js';
import { wrapText } from './wrap.js';

/** Costs of one half; MACs are null if unknown. */
export interface HalfReport {
  readonly nodes: number;
  readonly parameters: number;
  readonly macs: Dim | null;
}

/** One candidate, as in `DecoderCandidate`, with null for what is unknown. */
export interface DecoderReport {
  /** The number by which it is chosen, from 1. */
  readonly rank: number;
  readonly bottleneck: string;
  readonly skips: readonly string[];
  readonly crossing: readonly CrossingReport[];
  readonly bytes: Dim | null;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly inputs: DecoderCandidate['inputs'];
  readonly outputs: DecoderCandidate['outputs'];
  readonly depth: number;
  /** Null where the decoder is the whole model. */
  readonly encoder: HalfReport | null;
  readonly decoder: HalfReport;
  readonly isCertain: boolean;
  readonly reasons: readonly string[];
}

export interface CrossingReport extends Pick<CrossingValue, 'name' | 'role'> {
  readonly elementType: CrossingValue['elementType'] | null;
  readonly shape: CrossingValue['shape'] | null;
  readonly bytes: Dim | null;
  readonly scale: string | null;
}

export interface DecodersReport {
  readonly file: string;
  readonly kind: NetworkKind;
  readonly isCertain: boolean;
  readonly reasons: readonly string[];
  readonly candidates: readonly DecoderReport[];
}

export function describeDecoders(findings: DecoderFindings, file: string): DecodersReport {
  const { kind, isCertain, reasons } = findings;
  const candidates = findings.candidates.map((candidate, i) => describeCandidate(candidate, i + 1));
  return { file, kind, isCertain, reasons, candidates };
}

export function describeCandidate(candidate: DecoderCandidate, rank: number): DecoderReport {
  const { crossing, bytes, encoder, decoder, ...rest } = candidate;
  return {
    rank,
    ...rest,
    crossing: crossing.map(describeCrossing),
    bytes: bytes ?? null,
    encoder: encoder === undefined ? null : describeHalf(encoder),
    decoder: describeHalf(decoder),
  };
}

export function describeCrossing({ name, role, elementType, shape, bytes, scale }: CrossingValue): CrossingReport {
  return {
    name,
    role,
    elementType: elementType ?? null,
    shape: shape ?? null,
    bytes: bytes ?? null,
    scale: scale ?? null,
  };
}

function describeHalf({ nodes, parameters, macs }: Costs): HalfReport {
  return { nodes, parameters, macs: macs ?? null };
}

const kinds: Readonly<Record<NetworkKind, string>> = {
  'encoder-decoder': 'an encoder and a decoder',
  decoder: 'a decoder as a whole',
  encoder: 'an encoder alone',
  flat: 'neither encoder nor decoder',
  unknown: 'not known',
};

const columns = [
  { title: '#', align: 'right' },
  { title: 'bottleneck', shrinkTo: 12 },
  { title: 'type', shrinkTo: 12 },
  { title: 'at' },
  { title: 'skips', align: 'right' },
  { title: 'crossing', align: 'right', shrinkTo: 8 },
  { title: 'params', align: 'right', shrinkTo: 8 },
  { title: 'MACs of the encoder', align: 'right', shrinkTo: 8 },
  { title: 'of the decoder', align: 'right', shrinkTo: 8 },
] as const;

/** @param width of the terminal */
export function renderDecoders(report: DecodersReport, colors: Colors, width?: number): string {
  const { file, kind, reasons, candidates } = report;
  const lines = [`${colors.bold(printable(file))}: ${kinds[kind]}`];
  // Reasons that the first candidate has too are printed only there.
  const own = reasons.filter((reason) => !candidates[0]?.reasons.includes(reason));
  for (const reason of own) lines.push(...wrapText(printable(reason), width));
  if (candidates.length > 0) {
    const [titles, ...rows] = textTable(columns, candidates.map(rowOf), width);
    lines.push('', colors.bold(titles!), ...rows);
  }
  for (const candidate of candidates) {
    lines.push('', ...detailLines(candidate).flatMap((line) => indented(printable(line), width)));
  }
  return `${lines.join('\n')}\n`;
}

/** Continuation lines are indented like the first. */
function indented(line: string, width: number | undefined): string[] {
  const margin = /^ *(?:\d+\. )?/.exec(line)![0].length;
  const texts = wrapText(line.slice(margin), width === undefined ? undefined : Math.max(20, width - margin));
  return texts.map((text, i) => (i === 0 ? line.slice(0, margin) : ' '.repeat(margin)) + text);
}

function rowOf({ rank, bottleneck, crossing, skips, bytes, encoder, decoder }: DecoderReport): string[] {
  const first = crossing.find(({ role }) => role === 'bottleneck');
  return [
    String(rank),
    bottleneck,
    first === undefined ? '' : typeText(first),
    first?.scale ?? '',
    crossing.length === 0 ? '' : String(skips.length),
    crossing.length === 0 ? '' : formatDimBytes(bytes ?? undefined),
    `${encoder === null ? '' : `${formatCount(encoder.parameters)} + `}${formatCount(decoder.parameters)}`,
    encoder === null ? '' : formatDimCount(encoder.macs ?? undefined),
    formatDimCount(decoder.macs ?? undefined),
  ];
}

function detailLines({ rank, crossing, inputs, outputs, encoder, reasons }: DecoderReport): string[] {
  const lines = reasons.map((reason, i) => `${i === 0 ? `${rank}.` : '  '} ${reason}`);
  const others = crossing.filter(({ role }) => role !== 'bottleneck');
  for (const value of others) lines.push(`   ${value.role}  ${value.name}  ${typeText(value)}${atText(value)}`);
  if (encoder !== null && inputs.decoder.length > 0)
    lines.push(`   the decoder also reads ${inputs.decoder.join(', ')} of the model`);
  if (encoder !== null && outputs.encoder.length > 0)
    lines.push(`   the encoder makes ${outputs.encoder.join(', ')} of the model`);
  return lines;
}

function atText({ scale }: CrossingReport): string {
  return scale === null ? '' : scale === 'one vector' ? `  ${scale}` : `  at ${scale}`;
}

export function typeText({ elementType, shape }: Pick<CrossingReport, 'elementType' | 'shape'>): string {
  return formatType({ elementType: elementType ?? undefined, shape: shape ?? undefined });
}
