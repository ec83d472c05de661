/** What tests of `unstride run` share: running it, reading what it wrote, small models and arrays. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type DecodedPng, decode as decodePng } from 'fast-png';
import { expect } from 'vitest';
import type { RunReport } from '../../src/report/run.js';
import { npyFile } from '../files/support.js';
import { type CliResult, useCli } from '../support/cli.js';
import { type ModelSpec, modelBytes, nodeProto } from '../support/model.js';

const root = path.join(import.meta.dirname, '..', '..');

export function fixture(name: string): string {
  return path.join(root, 'fixtures', name);
}

export const unet = fixture('unet/dynamo/model.onnx');
export const cells = fixture('pictures/cells.png');

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(
  JSON.parse(readFileSync(path.join(root, 'schemas', 'run.schema.json'), 'utf8')),
);

type RunDocument = RunReport & { readonly ok: boolean; readonly code: number | null };

/** `unstride run` for the tests of one file, each in a folder of its own. */
export function useRun() {
  const cli = useCli('run');

  function run(...args: readonly string[]): CliResult {
    const result = cli.run(['run', ...args], cli.folder);
    expect(result.stderr).not.toMatch(/^\s+at /m);
    return result;
  }

  return {
    cli,
    run,
    /** Runs what must end well, and writes nothing to standard error: no progress, too. */
    done(...args: readonly string[]): string {
      const { code, stdout, stderr } = run(...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    },
    /** The error of what must fail by the model or the data. */
    fault(...args: readonly string[]): string {
      const { code, stdout, stderr } = run(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      return stderr;
    },
    /** The document of --json, which its schema holds for. */
    runJson(...args: readonly string[]): RunDocument {
      const { code, stdout } = run(...args, '--json');
      const document = JSON.parse(stdout) as RunReport & { readonly ok: boolean };
      validate(document);
      expect(validate.errors ?? []).toEqual([]);
      return { ...document, code };
    },
    /** The names of what is in a folder, sorted. */
    listed: (folder = 'unstride-out'): string[] => readdirSync(path.join(cli.folder, folder)).sort(),
    png: (file: string): DecodedPng => decodePng(readFileSync(path.join(cli.folder, file))),
    array: (file: string): NpyContent => readArray(readFileSync(path.join(cli.folder, file))),
  };
}

interface NpyContent {
  readonly descr: string;
  readonly shape: number[];
  readonly values: number[];
}

/** A .npy file by a reader of its own. */
function readArray(bytes: Buffer): NpyContent {
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const descr = /'descr': *'([^']*)'/.exec(header)![1]!;
  const shape = /'shape': *\(([^)]*)\)/
    .exec(header)![1]!
    .split(',')
    .filter((size) => size.trim() !== '');
  const data = bytes.subarray(start);
  return { descr, shape: shape.map(Number), values: descr === '<f4' ? floatsOf(data) : [...data] };
}

export function floatsOf(data: Buffer): number[] {
  return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
}

export function npy(shape: readonly number[], values: ArrayLike<number> = count(shape)): Uint8Array {
  const data = Float32Array.from(values);
  return npyFile(
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(' ')}), }`,
    new Uint8Array(data.buffer),
  );
}

/** 0, 1, 2, ... */
export function count(shape: readonly number[]): number[] {
  return Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => i);
}

type Shape = readonly (number | string)[];

/** `y`, which is `x`. */
export function same(shape: Shape, more: ModelSpec = {}): Uint8Array {
  return modelBytes({ inputs: { x: shape }, outputs: { y: shape }, nodes: [nodeProto('Identity', 'x', 'y')], ...more });
}

/** `sum`, which is `a` + `b`, of [2, W]. */
export function sum(): Uint8Array {
  return modelBytes({
    inputs: { a: [2, 'W'], b: [2, 'W'] },
    outputs: { sum: [2, 'W'] },
    nodes: [nodeProto('Add', 'a b', 'sum')],
  });
}
