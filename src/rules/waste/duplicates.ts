/** Initializers with the same content. */
import type { Constant, Graph, Value } from '../../ir/graph.js';
import { factsOf } from '../facts.js';
import { defineRule, listed } from '../rule.js';

/** Smaller ones (axes, scales, shapes) are not reported. */
const leastBytes = 1024;
/** Larger ones are not compared byte for byte. */
const mostBytes = 2 ** 28;

/** Groups of initializers that are the same byte for byte, in the order of the graph. External ones are not read. */
export function sameInitializers(graph: Graph): (readonly Value[])[] {
  const buckets = new Map<string, Value[]>();
  for (const [value, constant] of graph.constants) {
    if (!isComparable(constant)) continue;
    const key = `${constant.type} ${constant.dims.join('×')} ${sampleOf(constant.bytes!())}`;
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [value]);
    else bucket.push(value);
  }
  return [...buckets.values()].flatMap((bucket) => equalOnes(bucket, graph.constants));
}

function isComparable({ storage, bytes, byteLength }: Constant): boolean {
  return storage === 'inline' && bytes !== undefined && byteLength >= leastBytes && byteLength <= mostBytes;
}

/** A hash of 256 bytes spread over the whole, which distinguishes weights at a cost independent of their size. */
function sampleOf(bytes: Uint8Array): number {
  const step = Math.max(1, Math.floor(bytes.length / 256));
  let hash = 2166136261;
  for (let i = 0; i < bytes.length; i += step) hash = Math.imul(hash ^ bytes[i]!, 16777619);
  return hash >>> 0;
}

/** Splits a bucket by comparing with the first of each group; linear if all are equal, as they nearly always are. */
function equalOnes(bucket: readonly Value[], constants: ReadonlyMap<Value, Constant>): Value[][] {
  const groups: { readonly bytes: Uint8Array; readonly values: Value[] }[] = [];
  for (const value of bucket) {
    const bytes = constants.get(value)!.bytes!();
    const group = groups.find((item) => isEqual(item.bytes, bytes));
    if (group !== undefined) group.values.push(value);
    // At most four groups, since values with equal samples but different content are rare.
    else if (groups.length < 4) groups.push({ bytes, values: [value] });
  }
  return groups.map(({ values }) => values).filter((values) => values.length > 1);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export const identicalInitializers = defineRule({
  code: 'US1505',
  explanation: {
    meaning: 'Several initializers of at least 1 KiB have the same type, shape and content.',
    reason:
      'The file and the memory hold the same weights several times. Tied weights lose their tie in an export; layers that were never trained share their initial values, which may be the real message.',
    bad: 'initializer: encoder.w, decoder.w    # the same bytes\nz = Conv (x, encoder.w)\ny = Conv (z, decoder.w)',
    good: 'initializer: encoder.w\nz = Conv (x, encoder.w)\ny = Conv (z, encoder.w)',
    remedy:
      'Let all readers use one of them: `unstride fix` does. If they should differ, look at the training. External data is not compared.',
  },
  data: { count: 'integer', bytes: 'integer', names: 'strings' },
  words: ({ count, bytes, names }) => ({
    value: names[0],
    message: `${count} initializers are the same, ${bytes} bytes too many: ${listed(names, count)}`,
    hint: 'unstride fix keeps one',
  }),
  *check({ model }) {
    for (const graph of factsOf(model).graphs) {
      for (const [first, ...others] of sameInitializers(graph)) {
        const { byteLength } = graph.constants.get(first!)!;
        yield {
          data: {
            count: others.length + 1,
            bytes: byteLength * others.length,
            names: [first!, ...others.slice(0, 4)].map(({ name }) => name),
          },
        };
      }
    }
  },
});
