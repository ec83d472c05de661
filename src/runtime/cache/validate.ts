/** Whether the header of an entry is one that a program can have. */
import { controlBytes } from '../../codegen/control.js';
import { type ElementType, elementTypeFacts, elementTypes } from '../../ir/element-type.js';
import { type Cells, cellsOf, isIntegerType, wordsOf } from '../../wasm/kernels/cells.js';
import type { EntryHeader } from './entry.js';
import { DamagedEntry } from './image.js';

const mostBytes = 2 ** 32;

/** @param bytes of the entry. @throws DamagedEntry */
export function checkHeader(data: unknown, bytes: number): EntryHeader {
  const header = object(data, 'the header');
  const about = object(header['about'], 'about');
  for (const name of ['sizes', 'tier', 'version']) text(about[name], name);
  whole(about['threads'], 'threads', 65536);
  const runBytes = whole(header['runBytes'], 'runBytes', mostBytes);
  whole(header['moduleBytes'], 'moduleBytes', bytes);
  let end = controlBytes;
  for (const item of list(header['constants'], 'constants')) {
    const constant = object(item, 'a constant');
    text(constant['key'], 'key');
    text(constant['digest'], 'digest');
    const address = whole(constant['address'], 'address', mostBytes);
    const size = whole(constant['bytes'], 'bytes', bytes);
    if (address % 64 !== 0 || size % 64 !== 0 || address < controlBytes) damaged('the place of a constant');
    end = Math.max(end, address + size);
  }
  if (end + runBytes > mostBytes) damaged('more memory than there can be');
  const plan = object(header['plan'], 'plan');
  const steps = list(plan['steps'], 'steps');
  for (const item of steps) {
    const step = object(item, 'a step');
    if (step['kind'] !== 'kernel' || typeof step['parallel'] !== 'boolean') damaged('a step');
    text(step['algorithm'], 'algorithm');
    number(step['operations'], 'operations');
    for (const node of list(step['nodes'], 'nodes')) whole(node, 'a node', mostBytes);
  }
  if (list(plan['faults'], 'faults').length > 0) damaged('a fault');
  for (const port of [...list(plan['inputs'], 'inputs'), ...list(plan['outputs'], 'outputs')])
    checkPort(port, runBytes);
  const facts = list(header['steps'], 'facts of steps');
  if (facts.length !== steps.length) damaged('facts of other steps');
  for (const item of facts) {
    const fact = object(item, 'facts of a step');
    for (const name of ['operators', 'shapes', 'algorithm']) text(fact[name], name);
    for (const node of list(fact['nodes'], 'nodes')) text(node, 'a node');
    for (const name of ['operations', 'threads']) number(fact[name], name);
  }
  const references = object(header['references'], 'references');
  if (references['steps'] !== 0 || list(references['operators'], 'operators').length > 0) damaged('references');
  number(references['total'], 'total');
  for (const item of list(header['diagnostics'], 'diagnostics')) {
    const diagnostic = object(item, 'a diagnostic');
    for (const name of ['code', 'severity', 'message']) text(diagnostic[name], name);
  }
  return data as EntryHeader;
}

/** A tensor in the memory that a run takes. */
function checkPort(data: unknown, runBytes: number): void {
  const port = object(data, 'an input or output');
  text(port['name'], 'name');
  const operand = object(port['operand'], 'an operand');
  // An input that nothing reads.
  if (operand['kind'] === 'absent') return;
  const type = operand['type'] as ElementType;
  if (operand['kind'] !== 'arena' || !elementTypes.includes(type) || elementTypeFacts(type).array === undefined)
    damaged('an operand');
  const cells = operand['cells'] as Cells;
  const isFloat = cells === 'float32';
  if (!isFloat && !(isIntegerType(type) && cellsOf(type) === cells)) damaged('the form of elements');
  const offset = whole(operand['offset'], 'offset', mostBytes);
  if (offset % wordsOf(cells) !== 0) damaged('the place of an operand');
  const count = list(operand['dims'], 'dims').reduce<number>(
    (product, dim) => product * whole(dim, 'a size', mostBytes),
    1,
  );
  if ((offset + count * wordsOf(cells)) * 4 > runBytes) damaged('an operand beyond the memory of a run');
}

function damaged(what: string): never {
  throw new DamagedEntry(`${what} is not what a program has`);
}

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) damaged(what);
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : damaged(what);
}

function text(value: unknown, what: string): string {
  return typeof value === 'string' ? value : damaged(what);
}

function number(value: unknown, what: string): number {
  return typeof value === 'number' && value >= 0 ? value : damaged(what);
}

function whole(value: unknown, what: string, most: number): number {
  const found = number(value, what);
  return Number.isSafeInteger(found) && found <= most ? found : damaged(what);
}
