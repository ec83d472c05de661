/**
 * What releases do with what the portability rules find (rules/portability): onnxruntime 1.15 to 1.32, OpenVINO 2023.3 to
 * 2026.4, OpenCV 4.8 to 5.0, each with where it is known from. What is not listed is not known.
 */
import type { DiagnosticCode, ProblemData } from '../diagnostics.js';
import type { Source, TableName } from './table.js';
import { compareReleases } from './target.js';

export interface Behavior {
  /** stops: it does not load the model, or ends the run. differs: it computes other numbers or sizes than specified. */
  readonly does: 'stops' | 'differs' | 'agrees';
  /** After the name of the runtime. */
  readonly text: string;
}

/** A behavior with where it is known from. */
export interface KnownBehavior extends Behavior {
  readonly source: Source;
}

interface Known extends Behavior {
  /** Fields that the finding's data has. */
  readonly of?: ProblemData;
  /** Releases, both included. */
  readonly from?: string;
  readonly until?: string;
}

type ByRuntime = Readonly<Partial<Record<TableName, readonly Known[]>>>;

const agrees = (text: string, more: Partial<Known> = {}): Known => ({ does: 'agrees', text, ...more });
const differs = (text: string, more: Partial<Known> = {}): Known => ({ does: 'differs', text, ...more });
const stops = (text: string, more: Partial<Known> = {}): Known => ({ does: 'stops', text, ...more });

const behaviors: Readonly<Partial<Record<DiagnosticCode, ByRuntime>>> = {
  US1405: {
    onnxruntime: [agrees('makes input · stride')],
    openvino: [
      agrees('makes input · stride', { from: '2025.4' }),
      differs('ignores auto_pad, and makes the natural size', { until: '2025.3' }),
    ],
  },
  US1406: {
    onnxruntime: [differs('makes the smaller size that the kernel reaches')],
    openvino: [differs('makes the smaller size that the kernel reaches', { from: '2026.0' })],
  },
  US1407: {
    onnxruntime: [agrees('crops as specified', { from: '1.14' })],
    openvino: [
      agrees('crops as specified', { of: { attribute: 'auto_pad' }, from: '2025.4' }),
      differs('crops one more at the end', { of: { attribute: 'output_shape' }, from: '2025.0', until: '2025.4' }),
    ],
  },
  US1408: {
    onnxruntime: [agrees('computes the pads from output_shape')],
    openvino: [
      agrees('computes the pads from output_shape', { from: '2026.0' }),
      differs('takes the written pads, and cuts or fills at the end', { from: '2025.0', until: '2025.4' }),
    ],
  },
  US1410: {
    onnxruntime: [stops('does not load a ConvTranspose with auto_pad and pads')],
    openvino: [differs('ignores pads where auto_pad is given')],
  },
  US1711: {
    onnxruntime: [
      stops('loads a Conv with auto_pad SAME and dilations, and stops in the run', { of: { operator: 'Conv' } }),
      ...(['MaxPool', 'AveragePool', 'LpPool'] as const).map((operator) =>
        differs('pads as if the kernel were not dilated, and makes a smaller output', { of: { operator } }),
      ),
    ],
    openvino: [agrees('pads for the dilated kernel', { of: { operator: 'Conv' } })],
    opencv: [differs('pads as if the kernel were not dilated', { of: { operator: 'Conv' }, from: '5.0' })],
  },
  US1712: {
    onnxruntime: [
      differs('reads memory beside the tensor', { until: '1.24' }),
      stops('stops in the run where there is too little to reflect', { from: '1.25' }),
    ],
    openvino: [stops('refuses pads that are not below the size')],
    opencv: [agrees('reflects again and again', { from: '5.0' })],
  },
  US1714: {
    onnxruntime: [
      differs('spans the rounded size', { of: { kind: 'align_corners' } }),
      ...(['fractional', 'nearest', 'exclude_outside', 'antialias', 'set 10'] as const).map((kind) =>
        agrees('computes it as unstride does', { of: { kind } }),
      ),
    ],
    openvino: [
      differs('spans the rounded size', { of: { kind: 'align_corners' } }),
      differs('does not read exclude_outside', { of: { kind: 'exclude_outside' } }),
      differs('does not read antialias', { of: { kind: 'antialias' } }),
      ...(['fractional', 'nearest', 'set 10'] as const).map((kind) =>
        agrees('computes it as unstride does', { of: { kind } }),
      ),
    ],
    opencv: [
      differs('spans the rounded size', { of: { kind: 'align_corners' } }),
      differs('goes by the quotient of the sizes', { of: { kind: 'fractional' } }),
      differs('does not read nearest_mode', { of: { kind: 'nearest' }, until: '4.12' }),
      differs('rounds halves up', { of: { kind: 'nearest' }, from: '5.0' }),
      differs('does not read antialias', { of: { kind: 'antialias' }, from: '5.0' }),
      stops('does not load linear in set 10', { of: { kind: 'set 10' }, until: '4.12' }),
      differs('takes half_pixel for linear in set 10', { of: { kind: 'set 10' }, from: '5.0' }),
    ],
  },
  US1715: {
    onnxruntime: [
      differs('makes one more output', { of: { kind: 'begins in padding' }, until: '1.20' }),
      agrees('makes no output of it', { of: { kind: 'begins in padding' }, from: '1.21' }),
      differs('divides by the whole window', { of: { kind: 'divisor' }, until: '1.28' }),
      agrees('divides by the elements that are there', { of: { kind: 'divisor' }, from: '1.29' }),
      differs('misses elements of the last window', { of: { kind: 'norm' } }),
    ],
    openvino: [
      differs('makes one more output', { of: { kind: 'begins in padding', operator: 'MaxPool' } }),
      agrees('takes the norm of what is there', { of: { kind: 'norm' }, from: '2026.4' }),
    ],
    opencv: [
      differs('makes one more output', { of: { kind: 'begins in padding' }, from: '5.0' }),
      agrees('makes no output of it', { of: { kind: 'begins in padding' }, until: '4.12' }),
      differs('does not read count_include_pad', { of: { kind: 'divisor' }, until: '4.12' }),
      differs('divides by the whole window', { of: { kind: 'divisor' }, from: '5.0' }),
    ],
  },
  US1716: {
    onnxruntime: [
      differs('makes an empty tensor of a window that is larger than the input', { until: '1.20' }),
      agrees('makes one element of it', { from: '1.21' }),
    ],
    openvino: [stops('refuses a window that is larger than the input')],
    opencv: [
      stops('stops at a window that is larger than the input', { until: '4.12' }),
      agrees('makes one element of it', { from: '5.0' }),
    ],
  },
  US1717: {
    onnxruntime: [agrees('computes as in training')],
    openvino: [
      stops('refuses a Dropout in training mode', { of: { operator: 'Dropout' } }),
      stops('refuses a BatchNormalization in training mode', {
        of: { operator: 'BatchNormalization' },
        until: '2025.2',
      }),
      agrees('takes the statistics of the batch', { of: { operator: 'BatchNormalization' }, from: '2026.4' }),
    ],
    opencv: [
      stops('does not load a Dropout with training_mode', { of: { operator: 'Dropout' }, until: '4.12' }),
      differs('drops nothing', { of: { operator: 'Dropout' }, from: '5.0' }),
      differs('takes the learned statistics', { of: { operator: 'BatchNormalization' }, until: '4.12' }),
      stops('stops at a BatchNormalization in training mode', { of: { operator: 'BatchNormalization' }, from: '5.0' }),
    ],
  },
  US1718: {
    onnxruntime: [stops('stops at an output_shape that is smaller than the windows reach', { from: '1.20' })],
  },
};

const tried = (runtime: string, project: string): Source => ({
  what: `jobs of one node, run in releases of ${runtime}`,
  url: `https://pypi.org/project/${project}/`,
  date: '2026-11-28',
});

const triedIn: Readonly<Partial<Record<TableName, Source>>> = {
  onnxruntime: tried('onnxruntime', 'onnxruntime'),
  openvino: tried('OpenVINO', 'openvino'),
  opencv: tried('OpenCV', 'opencv-python-headless'),
};

/** Of these, what OpenVINO does was not run again when the lines here were: the pages of the rules say it. */
const toldByRules: ReadonlySet<DiagnosticCode> = new Set(['US1405', 'US1406', 'US1407', 'US1408', 'US1410']);

function sourceOf(code: DiagnosticCode, table: TableName): Source | undefined {
  const source = triedIn[table];
  if (source === undefined || table !== 'openvino' || !toldByRules.has(code)) return source;
  const url = `https://github.com/unstride/unstride/blob/main/docs/rules/${code}.md`;
  return { ...source, what: `the page of ${code}, not run again`, url };
}

/** Whether the code is one that tools treat differently, and what is known of some. */
export function isPortability(code: DiagnosticCode): boolean {
  return behaviors[code] !== undefined;
}

/** What a release does with a finding of a portability rule; undefined if that is not known. */
export function behaviorOf(
  { code, data }: { readonly code: DiagnosticCode; readonly data: ProblemData },
  table: TableName,
  release: string,
): KnownBehavior | undefined {
  const found = behaviors[code]?.[table]?.find(
    ({ of = {}, from, until }) =>
      Object.entries(of).every(([field, value]) => data[field] === value) &&
      (from === undefined || compareReleases(release, from) >= 0) &&
      (until === undefined || compareReleases(release, until) <= 0),
  );
  const source = sourceOf(code, table);
  return found && source && { does: found.does, text: found.text, source };
}
