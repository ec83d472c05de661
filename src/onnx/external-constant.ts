/** TensorProto → Constant, of a tensor whose elements are in another file. */
import { defineProblem, fail, quoted } from '../diagnostics.js';
import type { Constant } from '../ir/graph.js';
import { elementCount, Tensor } from '../ir/tensor.js';
import { bytesOf, failCount } from './constant.js';
import { type ExternalFiles, externalPlace } from './external-data.js';
import { elementsFromBytes } from './payload.js';
import type { TensorProtoLike } from './proto.js';

const externalNotGiven = defineProblem('US1006', { tensor: 'string', location: 'string' }, ({ tensor, location }) => ({
  message: `the tensor ${quoted(tensor)} lies in the file ${quoted(location)}, which is not given`,
  value: tensor,
  hint: `open the model by its path, or pass externalData: { ${quoted(location)}: bytes }`,
}));

export function readExternal(
  proto: TensorProtoLike,
  name: string,
  common: Pick<Constant, 'type' | 'dims' | 'byteLength' | 'kept'>,
  files: ExternalFiles | undefined,
): Constant {
  const { type, dims, byteLength } = common;
  const { location, offset, length = byteLength } = externalPlace(name, proto.externalData ?? []);
  if (type === 'string' || length !== byteLength)
    failCount(name, dims, `${byteLength} bytes`, `${length} at ${quoted(location)}`);
  const given = (): ExternalFiles => {
    if (files === undefined) {
      fail(externalNotGiven({ tensor: name, location }));
    }
    return files;
  };
  const bytes = () => given().read(location, offset, length);
  const readInto = (target: Float32Array, first: number) => {
    const part = bytesOf(target);
    const start = offset + first * 4;
    if (given().readInto === undefined) part.set(given().read(location, start, part.length));
    else given().readInto!(location, start, part);
  };
  return {
    ...common,
    storage: 'external',
    place: { location, offset, length },
    load: () => new Tensor(type, dims, elementsFromBytes(type, bytes(), elementCount(dims))),
    bytes,
    part: (start, length) => given().read(location, offset + start, length),
    file: () => files?.path?.(location),
    ...(type === 'float32' ? { readInto } : {}),
    identity: () => {
      const version = files?.version?.(location);
      return version === undefined ? undefined : `${type} ${dims.join()} at ${offset} of ${location}, ${version}`;
    },
    ...(files === undefined ? {} : { probe: () => void files.read(location, offset + length, 0) }),
  };
}
