/** Files with faults, each made of a good one by a seed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { versionsOfAll } from '../../lower/nodes/node-case.js';
import { Random } from '../../lower/nodes/random.js';
import { withChecksums } from '../../pictures/support.js';
import { projectFolder } from '../../support/project-folder.js';
import { changedNode } from '../changed-node.js';
import { shapeModel } from '../shape-arithmetic.js';
import { modelOfNode } from '../soak-node.js';
import { changeMessage, otherBytes } from './change-message.js';
import { encodeMessage, parseMessage } from './wire.js';

export type FileKind = 'model' | 'picture' | 'array';

const fixtures = path.join(projectFolder, 'fixtures');

/** Larger ones are changed in their weights mostly, and take longer. */
const mostBytes = 140_000;

const endings: Readonly<Record<FileKind, RegExp>> = {
  model: /\.onnx$/,
  picture: /\.(png|jpe?g|webp|tiff?)$/,
  array: /\.np[yz]$/,
};

const samples = new Map<FileKind, readonly Uint8Array[]>();

function samplesOf(kind: FileKind): readonly Uint8Array[] {
  const known = samples.get(kind);
  if (known !== undefined) return known;
  const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
    .filter((name) => endings[kind].test(name))
    .sort()
    .map((name) => new Uint8Array(readFileSync(path.join(fixtures, name))))
    .filter(({ length }) => length <= mostBytes);
  samples.set(kind, files);
  return files;
}

export function mutantOf(kind: FileKind, seed: number): Uint8Array {
  const random = new Random(seed);
  if (kind === 'model') return changedModel(random);
  const sample = random.pick(samplesOf(kind));
  const changed = random.chance(0.15)
    ? joined(sample, random.pick(samplesOf(kind)), random.next(), random.next())
    : otherBytes(random, sample);
  return kind === 'picture' && isPng(changed) && random.chance(0.8) ? withChecksums(changed.slice()) : changed;
}

function changedModel(random: Random): Uint8Array {
  const root = parseMessage(modelToChange(random));
  for (let changes = random.int(1, 4); changes > 0; changes--) changeMessage(random, root);
  const bytes = encodeMessage(root);
  return random.chance(0.08) ? otherBytes(random, bytes) : bytes;
}

/** Small ones mostly: more of what is changed in them matters. */
function modelToChange(random: Random): Uint8Array {
  const seed = random.int(0, 2 ** 31 - 1);
  const share = random.next();
  if (share < 0.15) return random.pick(samplesOf('model'));
  if (share < 0.4) return shapeModel(new Random(seed)).bytes;
  const { schema, version } = versionsOfAll[seed % versionsOfAll.length]!;
  return modelOfNode(changedNode(schema, version, seed));
}

function joined(start: Uint8Array, end: Uint8Array, to: number, from: number): Uint8Array {
  return Uint8Array.of(
    ...start.subarray(0, Math.floor(to * start.length)),
    ...end.subarray(Math.floor(from * end.length)),
  );
}

function isPng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50;
}
