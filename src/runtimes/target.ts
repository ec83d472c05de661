/** What a user asks for: a runtime, where it has several a backend, and a release. */
import { closest } from '../closest.js';
import type { TableName } from './table.js';

export interface Target {
  /** As it is written: `onnxruntime-web:webgpu@1.30`. */
  readonly text: string;
  readonly table: TableName;
  /** Undefined: the newest one that facts are known of. */
  readonly release: string | undefined;
}

/** Runtimes, with the table of each backend; the first one is taken where none is named. */
const runtimes: ReadonlyMap<string, ReadonlyMap<string, TableName>> = new Map([
  ['onnxruntime', new Map<string, TableName>([['cpu', 'onnxruntime']])],
  [
    'onnxruntime-web',
    // The WebAssembly backend is the CPU's, compiled.
    new Map<string, TableName>([
      ['wasm', 'onnxruntime'],
      ['webgpu', 'webgpu'],
      ['webnn', 'webnn'],
      ['webgl', 'webgl'],
    ]),
  ],
  ['openvino', new Map<string, TableName>([['cpu', 'openvino']])],
  ['opencv', new Map<string, TableName>([['dnn', 'opencv']])],
  ['tensorrt', new Map<string, TableName>([['', 'tensorrt']])],
  ['coreml', new Map<string, TableName>([['', 'coreml']])],
  ['tfjs', new Map<string, TableName>([['', 'tfjs']])],
  ['ncnn', new Map<string, TableName>([['', 'ncnn']])],
]);

/** Every runtime that can be asked for, with its backends: `onnxruntime-web:webgpu`. */
export const targetNames: readonly string[] = [...runtimes].flatMap(([name, backends]) => [
  name,
  ...(backends.size === 1 ? [] : [...backends.keys()].map((backend) => `${name}:${backend}`)),
]);

/** Undefined if there is no such runtime or backend, or the release is none. */
export function parseTarget(text: string): Target | undefined {
  const match = /^([a-z-]+)(?::([a-z]+))?(?:@v?(\d+(?:\.\d+){0,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, name = '', backend, release] = match;
  const backends = runtimes.get(name);
  const table = backend === undefined ? backends?.values().next().value : backends?.get(backend);
  return table && { text, table, release };
}

/** What to write instead of a text that names no runtime. */
export function targetHint(text: string): string {
  const [name = ''] = text.split('@');
  const near = closest(name, targetNames);
  return near === undefined || near === name
    ? `they are ${targetNames.join(', ')}, each with @ and a release if need be`
    : `did you mean '${near}'?`;
}

/** What is known of a release: its place in the table's list, or on which side of the list it lies. */
export function placeOf(release: string | undefined, releases: readonly string[]): number | 'older' | 'newer' {
  if (release === undefined) return releases.length - 1;
  // A release without a minor number is the newest of its kind that is known.
  const place = releases.findLastIndex((known) => compareReleases(known, release) === 0);
  if (place >= 0) return place;
  const [first] = releases;
  if (first === undefined || compareReleases(release, first) < 0) return 'older';
  const before = releases.findLastIndex((known) => compareReleases(known, release) < 0);
  return before === releases.length - 1 ? 'newer' : before;
}

/** By major and minor number, as far as both have them. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').slice(0, 2).map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
