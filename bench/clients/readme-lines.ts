/** The lines that the README gives for tools, and a program to try them with. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { modelBytes, nodeProto } from '../../test/support/model.js';
import { root } from './install.js';

/** Below bench/build/clients/. */
export const folder = path.join(root, 'bench', 'build', 'clients', 'bundlers');

/** The code in the README's table beside `tool`. */
export function lineOf(tool: string): string {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const line = new RegExp(`^\\| ${tool}[^|]*\\| \`([^\`]+)\` \\|$`, 'm').exec(readme)?.[1];
  if (line === undefined) throw new Error(`the README has no line for ${tool}`);
  return line;
}

/** A model of y = -x in base64. */
export const negation = Buffer.from(
  modelBytes({ inputs: { x: [2] }, outputs: { y: [2] }, nodes: [nodeProto('Neg', 'x', 'y')] }),
).toString('base64');
