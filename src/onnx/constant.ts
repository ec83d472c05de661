/** TensorProto → Constant: checked when read, decoded on demand. */
import { defineProblem, fail, quoted, type SizeOrSymbol } from '../diagnostics.js';
import { type ElementType, elementTypeFromCode, packedByteLength } from '../ir/element-type.js';
import type { Constant, SparseConstant } from '../ir/graph.js';
import { formatShape } from '../ir/shape.js';
import { elementCount, Tensor } from '../ir/tensor.js';
import type { ExternalFiles } from './external-data.js';
import type { Keeper } from './keeper.js';
import {
  decodeStrings,
  elementsFromBytes,
  elementsFromField,
  entryCount,
  expectedEntries,
  typedFieldOf,
  typedPayload,
} from './payload.js';
import { type Int64Like, type SparseTensorProtoLike, type TensorProtoLike, toNumber } from './proto.js';
import { rareForms } from './rare-part.js';

/** TensorProto.DataLocation.EXTERNAL */
const external = 1;

/** The most elements of a tensor, so that indices are exact numbers. */
const maxElements = 2 ** 40;

/**
 * @param owner the name of what the tensor belongs to, if that differs from the tensor's own name
 * @param keeper collects what only writing asks for
 * @throws ProblemError if type, dims and payload do not match
 */
export function readConstant(
  proto: TensorProtoLike,
  files: ExternalFiles | undefined,
  owner?: string,
  keeper?: Keeper,
): Constant {
  const name = proto.name || (owner ?? '');
  const type = readElementType(proto.dataType ?? 0, `the tensor ${quoted(name)}`);
  const dims = readDims(proto.dims ?? [], name);
  const count = elementCount(dims);
  const byteLength = type === 'string' ? 0 : packedByteLength(type, count);
  const kept = keeper?.keepTensor(proto, type, owner !== undefined);
  const common = { type, dims, byteLength, ...(kept === undefined ? {} : { kept }) };
  if (proto.dataLocation === external) return rareForms.value.readExternal(proto, name, common, files);
  return { ...common, storage: 'inline', ...inlineElements(proto, name, type, dims) };
}

const elementTypeUnknown = defineProblem('US1008', { owner: 'string', code: 'integer' }, ({ owner, code }) => ({
  message: `${owner} has an element type that the specification does not have`,
  expected: '1 (float32) to 26 (int2)',
  actual: String(code),
  hint: 'the file is newer than unstride, or damaged',
}));

export function readElementType(code: number, owner: string): ElementType {
  const type = elementTypeFromCode(code);
  if (type !== undefined) return type;
  fail(elementTypeUnknown({ owner, code }));
}

const impossibleShape = defineProblem('US1007', { tensor: 'string', shape: 'shape' }, ({ tensor, shape }) => ({
  message: `the tensor ${quoted(tensor)} has an impossible shape`,
  value: tensor,
  expected: 'sizes of at least 0',
  actual: shapeText(shape),
}));

function readDims(protoDims: readonly Int64Like[], name: string): number[] {
  const dims = protoDims.map(toNumber);
  let elements = 1;
  for (const dim of dims) elements = Number.isSafeInteger(dim) && dim >= 0 ? elements * dim : Number.NaN;
  if (elements <= maxElements) return dims;
  fail(impossibleShape({ tensor: name, shape: dims }));
}

/** The most sizes that messages show, since damaged files may have any number of them. */
const mostSizes = 16;

function shapeText(dims: readonly SizeOrSymbol[]): string {
  if (dims.length <= mostSizes) return formatShape(dims);
  return `[${dims.slice(0, mostSizes).join(', ')}, …] of rank ${dims.length}`;
}

const elementCountDiffers = defineProblem(
  'US1007',
  { tensor: 'string', shape: 'shape', expected: 'string', actual: 'string' },
  ({ tensor, shape, expected, actual }) => ({
    message: `the tensor ${quoted(tensor)} of shape ${shapeText(shape)} has another number of elements`,
    value: tensor,
    expected,
    actual,
    hint: 'the file is damaged, or was written by a program that does not follow the specification',
  }),
);

export function failCount(name: string, dims: readonly number[], expected: string, actual: string): never {
  fail(elementCountDiffers({ tensor: name, shape: dims, expected, actual }));
}

/** Checks the payload's size now, so that loading cannot fail later. */
function inlineElements(
  proto: TensorProtoLike,
  name: string,
  type: ElementType,
  dims: readonly number[],
): Pick<Constant, 'load' | 'bytes' | 'part' | 'readInto'> {
  const count = elementCount(dims);
  if (type === 'string') {
    const strings = proto.stringData ?? [];
    if (strings.length !== count) failCount(name, dims, `${count} strings`, `${strings.length}`);
    return { load: () => new Tensor(type, dims, decodeStrings(strings)) };
  }
  const raw = proto.rawData;
  const field = typedFieldOf(type)!;
  const payload = typedPayload(proto, field);
  if (payload.length > 0 || raw === null || raw === undefined || raw.length === 0) {
    const expected = expectedEntries(type, count);
    const actual = entryCount(payload, field);
    if (actual !== expected) failCount(name, dims, `${expected} entries`, `${actual}`);
    const load = () => new Tensor(type, dims, elementsFromField(type, payload, count));
    const isPacked = payload instanceof Uint8Array && (field === 'floatData' || field === 'doubleData');
    return isPacked ? { load, ...stored(type, payload) } : { load };
  }
  const expected = packedByteLength(type, count);
  if (raw.length !== expected) failCount(name, dims, `${expected} bytes`, `${raw.length}`);
  const load = () => new Tensor(type, dims, elementsFromBytes(type, raw, count));
  return { load, ...stored(type, raw) };
}

function stored(type: ElementType, bytes: Uint8Array): Pick<Constant, 'bytes' | 'part' | 'readInto'> {
  const access = {
    bytes: () => bytes,
    part: (start: number, length: number) => bytes.subarray(start, start + length),
  };
  if (type !== 'float32') return access;
  return {
    ...access,
    readInto: (target, first) => {
      const part = bytesOf(target);
      part.set(bytes.subarray(first * 4, first * 4 + part.length));
    },
  };
}

/** The memory of the numbers. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const sparseIncomplete = defineProblem('US1007', { message: 'a sparse tensor has no values or no indices' });

export function readSparseConstant(
  proto: SparseTensorProtoLike,
  files: ExternalFiles | undefined,
  keeper?: Keeper,
): SparseConstant {
  const { values, indices } = proto;
  if (!values || !indices) fail(sparseIncomplete());
  const kept = keeper?.keepSparse(proto);
  return {
    dims: readDims(proto.dims ?? [], values.name ?? ''),
    values: readConstant(values, files, undefined, keeper),
    indices: readConstant(indices, files, '', keeper),
    ...(kept === undefined ? {} : { kept }),
  };
}
