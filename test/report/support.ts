/** A report with something of everything in it, for the renderers. */

import { symbol } from '../../src/ir/dim.js';
import type { CheckedFile, CheckReport } from '../../src/report/check.js';
import { checkReport } from '../../src/report/check.js';
import type { Finding } from '../../src/report/finding.js';

export const concatFinding: Finding = {
  severity: 'error',
  code: 'US1203',
  message: 'the inputs differ at axis 2: [1, 32, 71, 71], [1, 32, 70, 71]',
  expected: '71',
  actual: '70',
  file: 'models/unet.onnx',
  node: { name: 'node_cat', opType: 'Concat', domain: '', index: 26 },
  origin: 'src/unet.py:53',
  source: { file: 'src/unet.py', line: 53 },
  module: 'up.0',
  data: {
    axis: 2,
    shapes: [
      [1, 32, 71, 71],
      [1, 32, 70, 71],
    ],
    expected: 71,
    actual: 70,
  },
  notes: ['71 is 572 halved three times by MaxPool', '70 is 35 doubled by node_convolution (ConvTranspose)'],
  nearest: [
    { symbol: 'H', size: 572, below: 560, above: 576 },
    { symbol: 'W', size: 3, above: 16 },
  ],
  remedies: [
    {
      kind: 'output_padding',
      text: 'output_padding = [1, 1] at node_convolution (ConvTranspose)',
      edits: [{ node: { name: 'node_convolution', opType: 'ConvTranspose', domain: '', index: 25 }, values: [1, 1] }],
    },
    {
      kind: 'crop',
      text: 'crop input 0 of node_cat (Concat) by [0, 0, 0, 0, 0, 0, 1, 1]',
      edits: [
        {
          node: { name: 'node_cat', opType: 'Concat', domain: '', index: 26 },
          input: 0,
          values: [0, 0, 0, 0, 0, 0, 1, 1],
        },
      ],
    },
  ],
  hint: 'feed H = 560 or 576',
};

export const warning: Finding = {
  severity: 'warning',
  code: 'US1301',
  message: "Relu version 14 has no attribute 'alpha' <&>",
  value: 'alpha',
  data: { operator: 'Relu', version: 14, attribute: 'alpha', isUnknown: true },
  file: 'models/unet.onnx',
  node: { name: '', opType: 'Relu', domain: '', index: 3 },
};

export const advice: Finding = {
  severity: 'info',
  code: 'US1504',
  message: "the initializer 'w|1' is not read",
  data: { name: 'w|1', type: 'float32', shape: [2], bytes: 8 },
  value: 'w|1',
  file: 'models/unet.onnx',
};

const unreadable: Finding = {
  severity: 'error',
  code: 'US1003',
  message: 'the model ends in the middle of a field',
  actual: '12 bytes',
  data: { what: 'model', position: 8, bytes: 12 },
  file: 'models/broken file.onnx',
};

export const missing: Finding = {
  severity: 'error',
  code: 'US3007',
  message: "no file matches 'gone.onnx', whose contract is in unstride.config.yaml:9",
  data: { pattern: 'gone.onnx', place: 'unstride.config.yaml:9' },
  hint: 'export the model again, or take it out there',
  file: 'unstride.config.yaml',
};

export function checked(file: string, more: Partial<CheckedFile> = {}): CheckedFile {
  return {
    file,
    isRead: true,
    inputs: [{ name: 'image', elementType: 'float32', shape: [symbol('N'), 3, symbol('H'), symbol('W')] }],
    outputs: [{ name: 'logits', elementType: 'float32', shape: [symbol('N'), 21, symbol('H'), symbol('W')] }],
    dims: {},
    sizes: [
      { name: 'N', text: 'any size', askedBy: [] },
      { name: 'H', text: 'multiple of 16', askedBy: ['node_cat'] },
      { name: 'W', text: 'multiple of 16', askedBy: ['node_cat'] },
    ],
    relations: [],
    findings: [],
    ignored: 0,
    baselined: 0,
    lock: null,
    ...more,
  };
}

export const clean = checked('models/clean.onnx');

export const failing = checked('models/unet.onnx', {
  dims: { H: 572 },
  sizes: [
    { name: 'N', text: 'any size', askedBy: [] },
    { name: 'W', text: '= N', askedBy: [] },
  ],
  relations: [{ text: 'N = W', what: 'sizes at axis 0', node: 'node_add' }],
  findings: [advice, warning, concatFinding],
  ignored: 2,
  baselined: 1,
  lock: {
    file: 'unstride.lock',
    state: 'changed',
    changes: [
      { kind: 'value', name: 'conv', op: 'Conv', from: 'float32[1, 4]', to: 'float32[1, 8]' },
      { kind: 'value', name: 'relu', op: 'Relu', from: undefined, to: 'float32[1, 8]' },
      { kind: 'output', name: 'logits', op: 'Conv', from: 'float32[1]', to: undefined },
    ],
  },
});

export const broken = checked('models/broken file.onnx', {
  isRead: false,
  inputs: [],
  outputs: [],
  sizes: [],
  findings: [unreadable],
});

export const mixed: CheckReport = checkReport([clean, failing, broken], [missing], 'warning');

export const sound: CheckReport = checkReport([clean], [], 'warning');

/** Texts that formats give a meaning to, and that must not break out of their place. */
export const hostile: CheckReport = checkReport(
  [
    checked('a,b:c%d\n"e"\u0007<x>&|`.onnx', {
      findings: [
        {
          ...concatFinding,
          message: '::error::\r\n]]> <script> | `code` % \u0000\ud800 \u001b[31m',
          file: 'a,b:c%d\n"e"\u0007<x>&|`.onnx',
          node: { name: '"/><failure>\n', opType: 'Concat|`', domain: '', index: 1 },
          source: { file: 'src/a b,c:d.py', line: 1 },
        },
      ],
    }),
  ],
  [],
  'warning',
);
