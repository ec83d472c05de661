/**
 * The plan's constants, packed from the graph's: weights in the order that kernels read them, tables, biases. Compiled code
 * (wasm/packing/) moves the elements; this module tells it from where to where.
 */

import type { Constant } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import type { PlanConstant } from '../plan/execution-plan.js';
import { roundUp } from '../wasm/kernels/kernel.js';
import type { FilterTaps } from '../wasm/packing/packing-module.js';
import type { PackingCode } from './packing-code.js';
import { type Region, Staging } from './staging.js';
import { type Cluster, clustersOf, spanOf, stepsOf } from './weight-clusters.js';
import { type FindConstant, partsOf, slackOf, tablesOf, typeOf, WeightPacker } from './weight-packer.js';

/** Where constants are packed, and by what. */
export interface PackingTarget {
  readonly memory: WebAssembly.Memory;
  readonly code: PackingCode;
  /** Room of `stagingBytes` at a multiple of 16, for the time of packing. */
  readonly staging: number;
}

/**
 * Fills the memory of constants of a plan. A tensor is released after the last constant that is packed from it.
 * @param addressOf of a constant's memory, in bytes, which is zero
 */
export function packConstants(
  constants: readonly PlanConstant[],
  find: FindConstant,
  addressOf: (constant: PlanConstant) => number,
  { memory, code, staging: start }: PackingTarget,
): void {
  const wanted = constants.map((constant) => ({ ...constant, address: addressOf(constant) }));
  const clusters = weightsOf(wanted);
  const uses = new Map<string, number>();
  const willUse = (value: string) => uses.set(value, (uses.get(value) ?? 0) + 1);
  const used = (value: string) => {
    const left = uses.get(value)! - 1;
    uses.set(value, left);
    if (left === 0) staging.release(find(value));
  };
  for (const { recipe } of wanted) if ('value' in recipe) willUse(recipe.value);
  for (const [{ piece }] of clusters) willUse(piece.value);
  const { tables, factors, elements } = regionsOf(wanted, clusters, find, start);
  const staging = new Staging(memory, code, factors, elements);
  for (const { recipe, address, floats } of wanted) {
    const place = () => new Float32Array(memory.buffer, address, floats);
    switch (recipe.kind) {
      case 'bytes':
        copyBase64(recipe.base64, new Uint8Array(memory.buffer, address, floats * 4));
        break;
      case 'elements':
        staging.copy(find(recipe.value), address);
        break;
      case 'words':
        copyWords(find(recipe.value), new Uint8Array(memory.buffer, address, floats * 4));
        break;
      case 'rows':
        packRows(staging.numbers(find(recipe.value)), recipe.columns, recipe.stride, place());
        break;
      default:
    }
    if ('value' in recipe) used(recipe.value);
  }
  const packer = new WeightPacker(memory, code, staging, tables.address, elements.bytes, find);
  for (const cluster of clusters) {
    packer.pack(cluster);
    used(cluster[0].piece.value);
  }
}

/** The weights among constants, of which large ones are read piece by piece. */
function weightsOf(constants: readonly (PlanConstant & { readonly address?: number })[]): Cluster[] {
  return clustersOf(
    constants.flatMap(({ recipe, address = 0 }) => ('pieces' in recipe ? partsOf(recipe, address) : [])),
  );
}

/** The filters that packing them transforms weights for. */
export function filtersOf(constants: readonly PlanConstant[]): FilterTaps[] {
  const filters = constants.flatMap(({ recipe }) => (recipe.kind === 'winograd' ? [recipe.taps] : []));
  return [...new Map(filters.map((taps) => [taps.join(), taps])).values()];
}

/** Whether some of them are weights of 16 bits. */
export function hasHalves(constants: readonly PlanConstant[]): boolean {
  return constants.some(({ recipe }) => typeOf(recipe) !== 'float32');
}

/** Bytes that packing them needs beside their own memory. */
export function stagingBytes(constants: readonly PlanConstant[], find: FindConstant): number {
  const { elements } = regionsOf(constants, weightsOf(constants), find, 0);
  return elements.address + elements.bytes;
}

/** Bytes of a large tensor that are staged at once, so that they stay in a cache until they are packed. */
const stagedBytes = 1 << 21;

function regionsOf(
  constants: readonly PlanConstant[],
  clusters: readonly Cluster[],
  find: FindConstant,
  start: number,
): { readonly tables: Region; readonly factors: Region; readonly elements: Region } {
  let [tableBytes, factorBytes, floats] = [0, 0, 0];
  for (const { recipe } of constants) {
    // Elements are read straight to where the constant lies.
    if (recipe.kind === 'elements') factorBytes = Math.max(factorBytes, Staging.factorBytes(find(recipe.value)));
  }
  for (const cluster of clusters) {
    for (const { recipe, piece } of cluster) tableBytes = Math.max(tableBytes, tablesOf(recipe, piece).bytes);
    const constant = find(cluster[0].piece.value);
    factorBytes = Math.max(factorBytes, Staging.factorBytes(constant));
    const least = Math.max(stagedBytes / 4, spanOf(cluster, stepsOf(cluster).step) + slackOf(constant));
    floats = Math.max(floats, Math.min(least, elementCount(constant.dims)));
  }
  const tables = { address: start, bytes: roundUp(tableBytes, 16) };
  const factors = { address: tables.address + tables.bytes, bytes: roundUp(factorBytes, 16) };
  return { tables, factors, elements: { address: factors.address + factors.bytes, bytes: roundUp(floats * 4, 16) } };
}

function copyBase64(base64: string, into: Uint8Array): void {
  const text = atob(base64);
  for (let i = 0; i < text.length; i++) into[i] = text.charCodeAt(i);
}

function copyWords(constant: Constant, into: Uint8Array): void {
  const { data } = constant.load();
  if (!('buffer' in data)) throw new RangeError(`${constant.type} has no words`);
  into.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function packRows(data: ReturnType<Staging['numbers']>, columns: number, stride: number, into: Float32Array): void {
  for (let from = 0, to = 0; from < data.length; from += columns, to += stride) {
    into.set(data.subarray(from, from + columns), to);
  }
}
