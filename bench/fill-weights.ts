/**
 * Writes the weights of the full-size twins (fixtures/twins) beside their graphs: the same bytes on every machine.
 *
 *     cd bench && npm ci && npm run weights -- [NAME ...]
 *
 * Convolutions get He-uniform weights, U(−√(6/fan_in), √(6/fan_in)) (He et al., 2015), so activations keep their scale
 * through the depth. Only +, ×, √ and one rounding to float32 are used, which IEEE 754 makes exact everywhere.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs';

interface Twin {
  readonly name: string;
  readonly file: string;
  readonly weights: { readonly file: string; readonly bytes: number };
  /** How to fill each initializer: `he:FAN_IN`, `zeros` or `ones`. */
  readonly fill: Readonly<Record<string, string>>;
}

interface Initializer {
  readonly name: string;
  readonly dims: readonly (number | { toNumber(): number })[];
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
}

const root = path.join(import.meta.dirname, '..');
const twinsFolder = path.join(root, 'fixtures', 'twins');

/** 24 random bits a number, from a hash of the name and the index: xorshift over a Weyl sequence (Marsaglia, 2003). */
function uniformSource(name: string): () => number {
  let state = 2166136261;
  for (const byte of Buffer.from(name)) state = Math.imul(state ^ byte, 16777619) >>> 0;
  state = state || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) >>> 8) / 2 ** 24;
  };
}

function valueSource(rule: string, name: string): () => number {
  const [kind, fanIn] = rule.split(':');
  const next = uniformSource(name);
  switch (kind) {
    case 'zeros':
      return () => 0;
    case 'ones':
      return () => 1;
    case 'he': {
      const limit = Math.sqrt(6 / Number(fanIn));
      return () => (2 * next() - 1) * limit;
    }
    default:
      throw new Error(`twins.json: '${name}' has the unknown fill rule '${rule}'`);
  }
}

function fillTwin(twin: Twin, modelType: protobuf.Type): void {
  const model = modelType.decode(readFileSync(path.join(twinsFolder, twin.file))) as unknown as {
    readonly graph: { readonly initializer: readonly Initializer[] };
  };
  const bytes = new ArrayBuffer(twin.weights.bytes);
  for (const { name, dims, externalData = [] } of model.graph.initializer) {
    if (externalData.length === 0) continue;
    const place = new Map(externalData.map(({ key, value }) => [key, value]));
    const count = dims.reduce<number>((product, dim) => product * Number(dim), 1);
    const values = new Float32Array(bytes, Number(place.get('offset') ?? 0), count);
    const rule = twin.fill[name];
    if (rule === undefined) throw new Error(`twins.json: '${name}' of ${twin.name} has no fill rule`);
    const next = valueSource(rule, name);
    for (let i = 0; i < count; i++) values[i] = next();
  }
  const target = path.join(twinsFolder, twin.weights.file);
  writeFileSync(`${target}.part`, new Uint8Array(bytes));
  renameSync(`${target}.part`, target);
  console.log(`${twin.weights.file}: ${(bytes.byteLength / 2 ** 20).toFixed(1)} MiB`);
}

const wanted = process.argv.slice(2);
const { twins } = JSON.parse(readFileSync(path.join(twinsFolder, 'twins.json'), 'utf8')) as {
  readonly twins: readonly Twin[];
};
const schema = await protobuf.load(path.join(root, 'schemas', 'onnx.proto'));
for (const twin of twins) {
  if (wanted.length === 0 || wanted.includes(twin.name)) fillTwin(twin, schema.lookupType('onnx.ModelProto'));
}
