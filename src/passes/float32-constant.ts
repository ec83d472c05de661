/** Constants of other float types as float32. Their elements stay where they are, and are converted when they are read. */
import { elementTypeFacts } from '../ir/element-type.js';
import type { Constant } from '../ir/graph.js';
import { isHalfFloat, widenHalves } from '../ir/half-floats.js';
import { numbersOf } from '../ir/numeric.js';
import { Tensor } from '../ir/tensor.js';

/** One object for each constant, so that what has been packed of it is found again. */
const made = new WeakMap<Constant, Constant>();

export function float32Constant(source: Constant): Constant {
  let constant = made.get(source);
  if (constant === undefined) {
    constant = convert(source);
    made.set(source, constant);
  }
  return constant;
}

function convert(source: Constant): Constant {
  const { dims, byteLength, storage, probe } = source;
  const readInto = readerOf(source);
  return {
    type: 'float32',
    dims,
    byteLength,
    storage,
    converted: source,
    load: () => new Tensor('float32', dims, Float32Array.from(numbersOf(source.load()))),
    ...(readInto === undefined ? {} : { readInto }),
    ...(probe === undefined ? {} : { probe: () => probe.call(source) }),
  };
}

/** Reads elements out of a file's bytes, where there are such. */
function readerOf(source: Constant): Constant['readInto'] {
  const { type } = source;
  const { array, bits } = elementTypeFacts(type);
  if (source.part === undefined || array === undefined) return undefined;
  const size = bits / 8;
  return (target, first) => {
    // A copy: what lies in a file need not lie at a multiple of an element's size.
    const bytes = Uint8Array.from(source.part!(first * size, target.length * size));
    const elements = new array(bytes.buffer, 0, target.length);
    if (isHalfFloat(type)) widenHalves(type, elements as Uint16Array, target);
    else target.set(elements as Float64Array);
  };
}
