/** A transposed convolution on the command line of `unstride explain`. */
import { ProblemError } from '../diagnostics.js';
import { explainByHand } from '../explain/by-hand.js';
import type { ConvTransposeExplanation } from '../explain/explanation.js';
import { type HandLayer, HandLayerError } from '../explain/frameworks/form.js';
import { oneOf, oneText } from './arguments.js';
import { frameworkNames } from './commands/choices.js';
import { UsageError } from './usage.js';

type Options = Readonly<Record<string, unknown>>;

const names = {
  kernel: 'kernel',
  input: 'input',
  stride: 'stride',
  padding: 'padding',
  dilation: 'dilation',
  outputPadding: 'output-padding',
  autoPad: 'auto-pad',
  outputShape: 'output-shape',
  framework: 'framework',
} as const;

/** The options of a layer by hand that are given, as they are written. */
export function handOptions(options: Options): string[] {
  return Object.entries(names).flatMap(([key, name]) => (options[key] === undefined ? [] : [`--${name}`]));
}

/** @throws UsageError for sizes that do not go together, or what the framework does not take */
export function explainGiven(options: Options): ConvTransposeExplanation {
  const framework = oneOf(options['framework'], names.framework, frameworkNames) ?? 'onnx';
  try {
    return explainByHand(readLayer(options), framework);
  } catch (error) {
    if (error instanceof HandLayerError) throw new UsageError(error.message, error.hint);
    if (error instanceof ProblemError) {
      const { message, expected, actual, hint } = error.problem;
      const facts = [expected && `expected ${expected}`, actual && `got ${actual}`].filter(Boolean).join(', ');
      throw new UsageError(facts === '' ? message : `${message} (${facts})`, hint);
    }
    throw error;
  }
}

function readLayer(options: Options): HandLayer {
  const sizes = (key: keyof typeof names, least: number) => readSizes(options[key], names[key], least);
  const [kernel, input] = [sizes('kernel', 1), sizes('input', 1)];
  if (kernel === undefined)
    throw new UsageError('--kernel is not given', 'for example --kernel 4 --stride 2 --padding 1 --input 3');
  if (input === undefined)
    throw new UsageError('--input is not given', `for example --input ${kernel.map(() => 3).join('x')}`);
  const [stride, dilation] = [sizes('stride', 1) ?? [1], sizes('dilation', 1) ?? [1]];
  const [outputPadding, outputShape] = [sizes('outputPadding', 0), sizes('outputShape', 1)];
  const word = paddingWord(options);
  const padding = word.fromPadding ? undefined : sizes('padding', 0);
  const given = { kernel, input, stride, dilation, 'output-padding': outputPadding, 'output-shape': outputShape };
  const rank = Math.max(...Object.values(given).map((list) => list?.length ?? 0));
  if (rank > 2)
    throw new UsageError(
      `the layer has ${rank} axes`,
      'explain computes examples in one or two dimensions: --kernel 3x3',
    );
  const all = (list: readonly number[], name: string) => perAxis(list, rank, name);
  return {
    kernel: all(kernel, 'kernel'),
    input: all(input, 'input'),
    stride: all(stride, 'stride'),
    dilation: all(dilation, 'dilation'),
    padding: padding === undefined || padding.length > 1 ? padding : all(padding, 'padding'),
    paddingWord: word.text,
    outputPadding: outputPadding && all(outputPadding, 'output-padding'),
    outputShape: outputShape && all(outputShape, 'output-shape'),
  };
}

/** `same` may stand with either option. */
function paddingWord(options: Options): { readonly text: string | undefined; readonly fromPadding: boolean } {
  const [padding, autoPad] = [oneText(options['padding'], names.padding), oneText(options['autoPad'], names.autoPad)];
  const isWord = padding !== undefined && /^[a-z_]+$/i.test(padding);
  if (isWord && autoPad !== undefined) throw new UsageError('--padding and --auto-pad are both words', 'leave one out');
  return { text: isWord ? padding : autoPad, fromPadding: isWord };
}

/** Larger numbers make no example, and sums that are not exact. */
const largest = 65_536;

/** `4`, `3x5`, `3,5`, `3×5` */
function readSizes(value: unknown, name: string, least: number): number[] | undefined {
  const text = oneText(value, name);
  if (text === undefined) return undefined;
  const numbers = text.split(/[,x×]/i).map((part) => (/^\d{1,6}$/.test(part.trim()) ? Number(part) : Number.NaN));
  if (numbers.every((number) => number >= least && number <= largest)) return numbers;
  throw new UsageError(
    `--${name} ${text} is not a list of whole numbers from ${least} to ${largest}`,
    `for example --${name} ${Math.max(least, 1)}, or ${Math.max(least, 1)}x${Math.max(least, 2)} for two axes`,
  );
}

function perAxis(list: readonly number[], rank: number, name: string): number[] {
  const [first] = list;
  if (list.length === rank) return [...list];
  if (list.length === 1 && first !== undefined) return new Array<number>(rank).fill(first);
  throw new UsageError(
    `--${name} has ${list.length} numbers for ${rank} axes`,
    'give one for all axes, or one for each',
  );
}
