/** The table of operators as a Markdown page, made from the registry. */
import type { Operator } from '../ops/operator.js';

/** What kernels compute of an operator: kinds of elements, and what they leave to its reference. */
export interface CompiledCases {
  readonly types: readonly string[];
  readonly except: readonly string[];
}

/**
 * @param newestOpset the newest ai.onnx opset that is read
 * @param compiled the operators that kernels compute, as their lowerings declare it
 */
export function operatorTable(
  operators: readonly Operator[],
  newestOpset: number,
  compiled: ReadonlyMap<string, CompiledCases>,
): string {
  const compiledNote = ({ name, domain, expands }: Operator) =>
    expands ? 'as operators of ONNX' : domain === '' ? compiledText(compiled.get(name)) : '';
  const rows = [...operators]
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map(
      (operator) =>
        `| ${nameOf(operator)} | ${operator.versions.join(', ')} | ${compiledNote(operator)} | ${notesOf(operator)} |`,
    );
  return [
    '# Operators',
    '',
    `${operators.length} operators, for operator sets 6 to ${newestOpset}. Every one has a shape rule that takes symbolic sizes and a reference`,
    'that executes it. The versions are those at which the specification changed the operator; a model of any operator set gets',
    'the newest version not above its own. This page is made from the registry and the lowerings (`npm run docs`).',
    '',
    `${compiled.size} are compiled to WebAssembly, for the types and with the exceptions that the table names. Floats are float32, float16`,
    'and bfloat16, which are computed in float32, and float64 where the precision `fast` is asked for; integers are those of 8 to 64',
    'bits, with and without a sign, small integers those of 8 and 16 bits. Floats of 8 and 4 bits and integers of 4 and 2 are cast,',
    'quantized and moved as well. A node of other types, of sizes that only running shows, or',
    'with inputs that no loop takes is run by its reference, as are all nodes of the other operators, in between; the note that',
    '`onNote` gets, the report of a run and `unstride run` say which, why, and what share of the time they took. What is constant, and',
    'arithmetic with shapes, is computed when a model is compiled, and what does nothing (Identity, Dropout) is taken out.',
    '`unstride inspect MODEL --dim … --plan` says of each node of a model which it is, and why.',
    '',
    'Nodes of some operators become nodes of others, which are compiled then: a DeformConv a GridSample and a Conv, for example;',
    '`unstride inspect MODEL --after expand-operators` shows them. So do those of com.microsoft, which the quantizer and the',
    'optimizer of onnxruntime write.',
    '',
    '| operator | versions | compiled | |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function nameOf({ name, domain }: Operator): string {
  return domain === '' ? name : `${domain}.${name}`;
}

function compiledText(cases: CompiledCases | undefined): string {
  if (cases === undefined) return '';
  const types = cases.types.join(', ');
  return cases.except.length === 0 ? types : `${types}; except for ${[...new Set(cases.except)].join('; ')}`;
}

function notesOf({ followsSymbols, countsMacs, isDeterministic, removedIn }: Operator): string {
  const notes: string[] = [];
  if (followsSymbols) notes.push('shape arithmetic with symbols');
  if (countsMacs) notes.push('MACs');
  if (!isDeterministic) notes.push('random');
  if (removedIn !== undefined) notes.push(`removed in operator set ${removedIn}`);
  return notes.join(', ');
}
