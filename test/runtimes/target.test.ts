/** What names a runtime, and which release of a table it means. */
import { describe, expect, it } from 'vitest';
import { tableNames } from '../../src/runtimes/table.js';
import { parseTarget, placeOf, targetHint, targetNames } from '../../src/runtimes/target.js';

describe('a target', () => {
  it.each([
    ['onnxruntime', 'onnxruntime', undefined],
    ['onnxruntime@1.16', 'onnxruntime', '1.16'],
    ['onnxruntime@v1.16.3', 'onnxruntime', '1.16.3'],
    ['onnxruntime-web', 'onnxruntime', undefined],
    ['onnxruntime-web:webgpu@1.30', 'webgpu', '1.30'],
    ['openvino@2025', 'openvino', '2025'],
  ])('%s is of the table %s, release %s', (text, table, release) => {
    expect(parseTarget(text)).toEqual({ text, table, release });
  });

  it.each([
    '',
    'onnx',
    'onnxruntime:webgpu',
    'onnxruntime-web:cpu',
    'onnxruntime@',
    'onnxruntime@new',
    'toString',
    'openvino ',
  ])('%s is none', (text) => {
    expect(parseTarget(text)).toBeUndefined();
  });

  it('leads to every table, by a name that is listed', () => {
    expect(new Set(targetNames.map((name) => parseTarget(name)?.table))).toEqual(new Set(tableNames));
  });

  it('has a hint where it is misspelled', () => {
    expect(targetHint('onnxruntme@1.16')).toBe("did you mean 'onnxruntime'?");
    expect(targetHint('pytorch')).toContain('onnxruntime-web:webgpu');
  });
});

describe('a release', () => {
  const releases = ['4.8', '4.12', '5.0'];

  it.each([
    [undefined, 2],
    ['4.8', 0],
    ['4.8.1', 0],
    ['4.10', 0],
    ['4.12.0', 1],
    ['4', 1],
    ['5', 2],
    ['4.7', 'older'],
    ['3', 'older'],
    ['5.1', 'newer'],
    ['6', 'newer'],
  ] as const)('%s is at %s', (release, place) => {
    expect(placeOf(release, releases)).toBe(place);
  });
});
