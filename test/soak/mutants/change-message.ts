/** Changes to a model's file as a tree: what an exporter with a fault, or a stranger with an aim, could have written. */
import { operators } from '../../../src/ops/index.js';
import type { Random } from '../../lower/nodes/random.js';
import { edgeIntegers, edgeNames, edgeNumbers } from '../random-values.js';
import { type Content, type Field, type Message, messagesIn } from './wire.js';

const utf8 = new TextEncoder();

/** Changes the tree in place, in one thing. */
export function changeMessage(random: Random, root: Message): void {
  const all = messagesIn(root).filter(({ fields }) => fields.length > 0);
  if (all.length === 0) return;
  // Of each kind of message alike: else nearly all of it would happen to nodes.
  const name = random.pick([...new Set(all.map((message) => message.name))]);
  const alike = all.filter((message) => message.name === name);
  const message = random.pick(alike);
  const at = random.int(0, message.fields.length - 1);
  const field = message.fields[at]!;
  switch (random.int(0, 9)) {
    case 0:
      message.fields.splice(at, 1);
      break;
    case 1:
      message.fields.splice(random.int(0, message.fields.length), 0, copyOf(field));
      break;
    case 2: {
      const [other] = message.fields.splice(random.int(0, message.fields.length - 1), 1);
      if (other !== undefined) message.fields.splice(at, 0, other);
      break;
    }
    case 3:
      // From another message of the kind, so that it is where it may be.
      message.fields.splice(at, random.int(0, 1), copyOf(random.pick(random.pick(alike).fields)));
      break;
    case 4:
      message.fields[at] = { ...copyOf(field), number: random.int(1, 26) };
      break;
    default:
      field.content = otherContent(random, field, all);
  }
}

function copyOf(field: Field): Field {
  const { content } = field;
  if (content.kind === 'varints') return { ...field, content: { ...content, values: [...content.values] } };
  if (content.kind !== 'message') return { ...field };
  const { name, fields } = content.message;
  return { ...field, content: { kind: 'message', message: { name, fields: fields.map(copyOf) } } };
}

function otherContent(random: Random, { content, wireType }: Field, all: readonly Message[]): Content {
  switch (content.kind) {
    case 'varint':
      return { kind: 'varint', value: otherInteger(random, content.value) };
    case 'varints':
      return { kind: 'varints', values: otherIntegers(random, content.values) };
    case 'text':
      return { kind: 'text', bytes: otherText(random, content.bytes, all) };
    case 'bytes':
      return { kind: 'bytes', bytes: wireType === 5 ? otherFloat(random) : otherBytes(random, content.bytes) };
    default:
      changeMessage(random, content.message);
      return content;
  }
}

function otherInteger(random: Random, value: bigint): bigint {
  if (random.chance(0.4)) return random.pick(edgeIntegers);
  return random.chance(0.5) ? value + BigInt(random.int(-2, 2)) : BigInt(random.int(-3, 30));
}

function otherIntegers(random: Random, values: readonly bigint[]): bigint[] {
  const result = [...values];
  const at = random.int(0, Math.max(0, result.length - 1));
  const way = random.int(0, 3);
  if (way === 0) result.splice(at, 1);
  else if (way === 1) result.splice(at, 0, otherInteger(random, 1n));
  else result[at] = otherInteger(random, result[at] ?? 0n);
  return result;
}

function otherText(random: Random, text: Uint8Array, all: readonly Message[]): Uint8Array {
  switch (random.int(0, 4)) {
    case 0:
      return utf8.encode(random.pick(edgeNames));
    case 1:
      return utf8.encode(random.pick(operators).name);
    case 2:
      return random.chance(0.3) ? new Uint8Array(random.int(0, 20_000)).fill(0x6e) : otherBytes(random, text);
    default: {
      // A name that is there: edges that lead elsewhere, circles, values that are made twice.
      const names = random.pick(all).fields.flatMap(({ content }) => (content.kind === 'text' ? [content.bytes] : []));
      return names.length === 0 ? new Uint8Array() : random.pick(names);
    }
  }
}

function otherFloat(random: Random): Uint8Array {
  return new Uint8Array(Float32Array.of(random.pick(edgeNumbers)).buffer);
}

/** Bytes changed in places, cut off, or repeated. */
export function otherBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.int(0, bytes.length);
  switch (random.int(0, 5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Uint8Array.of(...bytes.subarray(at, at + 64), ...bytes.subarray(0, 4096));
    default: {
      const changed = bytes.slice();
      for (let changes = random.int(1, 6); changes > 0 && changed.length > 0; changes--)
        changed[random.int(0, changed.length - 1)] = random.chance(0.5)
          ? random.int(0, 255)
          : random.pick([0, 127, 128, 255]);
      return changed;
    }
  }
}
