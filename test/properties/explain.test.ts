/** What explain says of a transposed convolution is what the naive scatter does, in every attribute, in 1-D to 3-D. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainTransposed } from '../../src/explain/conv-transpose.js';
import { exampleOf } from '../../src/explain/example.js';
import type { ConvTransposeAxisExplanation } from '../../src/explain/explanation.js';
import { type FormAxis, frameworkTitles } from '../../src/explain/frameworks/form.js';
import { formAxes, formsOf } from '../../src/explain/frameworks/frameworks.js';
import { symbol } from '../../src/ir/dim.js';
import type { ConvTransposeAttributes } from '../../src/ops/convolution/conv-transpose.js';
import type { AutoPad } from '../../src/ops/convolution/window.js';
import { attributesOf, type ConvTransposeCase, convTransposeCase, expectedSize } from '../support/geometry.js';

const runs = 300;

function typed(test: ConvTransposeCase): ConvTransposeAttributes {
  const { auto_pad, ...lists } = attributesOf(test);
  const list = (name: string) => lists[name] as number[] | undefined;
  return {
    auto_pad: (auto_pad as AutoPad | undefined) ?? 'NOTSET',
    group: test.group,
    kernel_shape: list('kernel_shape'),
    strides: list('strides'),
    dilations: list('dilations'),
    pads: list('pads'),
    output_padding: list('output_padding'),
    output_shape: list('output_shape'),
  };
}

const kernelOf = (test: ConvTransposeCase) => test.axes.map(({ kernel }) => kernel);

/** With numbers for sizes. */
function explained(test: ConvTransposeCase) {
  const x = [test.batch, test.group * test.groupIn, ...test.axes.map(({ input }) => input)];
  return explainTransposed({
    attributes: typed(test),
    x,
    kernel: kernelOf(test),
    outputChannels: test.group * test.groupOut,
  });
}

/** Where the contributions of an axis land, by the definition: output, then input and element of the kernel. */
function landings({ input, kernel, stride, dilation, padBegin, output }: ConvTransposeAxisExplanation) {
  const found = Array.from({ length: output as number }, (): [number, number][] => []);
  for (let i = 0; i < (input as number); i++)
    for (let k = 0; k < kernel; k++) found[i * stride + k * dilation - (padBegin as number)]?.push([i, k]);
  return found;
}

describe('explain, against the naive scatter', () => {
  it(`sizes, steps, formulas, counts, phases and multiplications (${runs} geometries)`, () => {
    fc.assert(
      fc.property(convTransposeCase, (test) => {
        const { axes, subconvolutions, multiplications } = explained(test);
        let [written, executed] = [1, 1];
        axes.forEach((axis, i) => {
          const size = expectedSize(test.axes[i]!, test.mode);
          expect([axis.output, axis.steps.output, axis.plan?.output]).toEqual([size, size, size]);
          expect({ ...axis.steps, input: axis.input, kernel: axis.kernel, dilation: axis.dilation }).toEqual(axis.plan);
          const terms = axis.formula.filled.replace('out = ', '').replace(/ = .*$/, '');
          expect(evaluate(terms), axis.formula.filled).toBe(size);
          const landed = landings(axis);
          expect(axis.counts).toEqual(landed.map(({ length }) => length));
          // Outputs of a phase read elements of the kernel that are among its own, and all of them away from the borders.
          expect(axis.phases?.reduce((sum, { output }) => sum + (output as number), 0)).toBe(size);
          landed.forEach((pairs, o) => {
            const taps = axis.phases?.[o % axis.stride]?.taps ?? [];
            for (const [, k] of pairs) expect(taps).toContain(k);
            expect(taps).toHaveLength(axis.countsByPhase?.[o % axis.stride] ?? -1);
          });
          written *= size * axis.kernel;
          executed *= axis.phases?.reduce((sum, { taps, output }) => sum + taps.length * (output as number), 0) ?? 0;
        });
        const channels = test.batch * test.group * test.groupOut * test.groupIn;
        expect(multiplications).toEqual({ asWritten: written * channels, executed: executed * channels });
        const perImage = subconvolutions?.reduce(
          (sum, { kernel, output }) =>
            sum + [...kernel, ...output].reduce<number>((product, item) => product * (item as number), 1),
          0,
        );
        expect(perImage).toBe(executed);
      }),
      { numRuns: runs },
    );
  });

  it(`symbols say what numbers say (${runs / 3} geometries)`, () => {
    fc.assert(
      fc.property(
        convTransposeCase.filter(({ mode }) => mode !== 'output_shape of rank + 2'),
        (test) => {
          const symbols = test.axes.map((_, i) => symbol(`d${i}`, { min: 0 }));
          const x = [test.batch, test.group * test.groupIn, ...symbols];
          const open = explainTransposed({
            attributes: typed(test),
            x,
            kernel: kernelOf(test),
            outputChannels: test.group * test.groupOut,
          });
          const numbers = explained(test);
          open.axes.forEach((axis, i) => {
            const known = numbers.axes[i]!;
            const input = test.axes[i]!.input;
            for (const name of ['dilated', 'padded', 'cropBegin', 'cropEnd', 'addEnd', 'cropped', 'output'] as const)
              expect(evaluate(String(axis.steps[name]), { [`d${i}`]: input }), `${name}: ${axis.steps[name]}`).toBe(
                known.steps[name],
              );
            expect(axis.formula.general).toMatch(/^out = \(in − 1\)·stride/);
          });
        },
      ),
      { numRuns: runs / 3 },
    );
  });

  it(`examples: every step is the last one changed, and the output is the scatter's (${runs} geometries)`, () => {
    fc.assert(
      fc.property(convTransposeCase, (test) => {
        const geometry = explained(test).axes.flatMap((axis) => axis.geometry ?? []);
        if (geometry.length > 2) return;
        const example = exampleOf(geometry);
        if (example === null) return;
        const { input, kernel, flipped, dilated, padded, cropped, output, scattered, counts } = example;
        expect(output).toEqual(scattered);
        expect(counts.dims).toEqual(output.dims);
        expect(flipped.data).toEqual(kernel.data.toReversed());
        const values = (data: readonly number[]) => data.filter((value) => value !== 0);
        expect(values(dilated.data)).toEqual(input.data);
        expect(values(padded.data)).toEqual(input.data);
        expect(input.data).toEqual(expect.arrayContaining(values(cropped.data)));
        // Where one input and one element of the kernel meet, the output is a single product of theirs.
        counts.data.forEach((count, o) => {
          if (count === 0) expect(output.data[o]).toBe(0);
          else expect(output.data[o]).toBeGreaterThan(0);
        });
      }),
      { numRuns: runs },
    );
  });

  it(`forms of frameworks, read back, are the layer (${runs} geometries)`, () => {
    fc.assert(
      fc.property(convTransposeCase, (test) => {
        const axes = formAxes(explained(test).axes);
        if (axes === undefined) return;
        const layer = { axes, group: 1, inputChannels: 1, outputChannels: 1 };
        for (const { framework, code, note } of formsOf(layer)) {
          if (code === null) expect(note, frameworkTitles[framework]).not.toBeNull();
          else {
            const read = readBack(framework, code, axes.length);
            expect(read, code).toEqual(
              axes.map((axis, i) => ({ ...netOf(axis), kernel: read[i]?.kernel === -1 ? -1 : axis.kernel })),
            );
          }
        }
      }),
      { numRuns: runs },
    );
  });
});

/** What a layer does along an axis, whichever attributes say it. */
function netOf({ kernel, stride, dilation, padBegin, padEnd, tail }: FormAxis) {
  return { kernel, stride, dilation, begin: padBegin, end: padEnd - tail };
}

/** The documented meaning of each framework's parameters, computed from the text of the call. */
function readBack(framework: string, code: string, rank: number): ReturnType<typeof netOf>[] {
  const option = (name: string, otherwise: number): number[] => {
    const [, found] = new RegExp(`\\b${name} ?[=:] ?([\\[(][^\\])]*[\\])]|\\d+)`).exec(code) ?? [];
    const numbers = (found?.match(/\d+/g) ?? [String(otherwise)]).map(Number);
    return numbers.length === 1 ? new Array<number>(rank).fill(numbers[0]!) : numbers;
  };
  const cut = (list: readonly number[]) => list.slice(-rank);
  switch (framework) {
    case 'pytorch': {
      const slices = [...(/\[:, :, (.*)\]$/.exec(code)?.[1]?.split(', ') ?? new Array<string>(rank).fill(':'))];
      const [kernel, stride, padding] = [option('kernel_size', 1), option('stride', 1), option('padding', 0)];
      const [added, dilation] = [option('output_padding', 0), option('dilation', 1)];
      return slices.map((slice, i) => {
        const [before, after] = slice.split(':').map((part) => Math.abs(Number(part)));
        expect(added[i]).toBeLessThan(Math.max(stride[i]!, dilation[i]!));
        return {
          kernel: kernel[i]!,
          stride: stride[i]!,
          dilation: dilation[i]!,
          begin: padding[i]! + before!,
          end: padding[i]! - added[i]! + after!,
        };
      });
    }
    case 'keras': {
      const isSame = code.includes("'same'");
      const hasAdded = code.includes('output_padding');
      const [kernel, stride, dilation] = [option('kernel_size', 1), option('strides', 1), option('dilation_rate', 1)];
      const added = option('output_padding', 0);
      return kernel.map((size, i) => {
        const extent = (size - 1) * dilation[i]! + 1;
        const natural = 100 * stride[i]! + extent;
        // Sizes of an input of 101, as compute_conv_transpose_output_shape has them.
        const out = isSame
          ? hasAdded
            ? 100 * stride[i]! + (extent % 2) + added[i]!
            : 101 * stride[i]!
          : natural + (hasAdded ? added[i]! : Math.max(extent, stride[i]!) - extent);
        const zeros = hasAdded ? extent + (extent % 2) - 2 + added[i]! : stride[i]! + extent - 2;
        const begin = isSame ? extent - 1 - Math.min(Math.floor(zeros / 2) + (zeros % 2), extent - 1) : 0;
        return { kernel: size, stride: stride[i]!, dilation: dilation[i]!, begin, end: natural - begin - out };
      });
    }
    case 'onnx': {
      const [pads, added] = [option('pads', 0), option('output_padding', 0)];
      const ends = pads.length === rank ? [...pads, ...pads] : pads;
      return option('kernel_shape', 1).map((kernel, i) => ({
        kernel,
        stride: option('strides', 1)[i]!,
        dilation: option('dilations', 1)[i]!,
        begin: ends[i]!,
        end: ends[i + rank]! - added[i]!,
      }));
    }
    default: {
      const padding = option('padding', 0);
      const ends = padding.length === 4 ? padding.slice(-2 * rank) : new Array<number>(2 * rank).fill(0);
      const [stride, dilation, added] = [
        cut(option('strides', 1)),
        cut(option('dilations', 1)),
        cut(option('outputPadding', 0)),
      ];
      return stride.map((step, i) => {
        expect(added[i] === 0 || added[i]! < step).toBe(true);
        // The kernel is the filter's, which the call does not repeat.
        return {
          kernel: -1,
          stride: step,
          dilation: dilation[i]!,
          begin: ends[2 * i]!,
          end: ends[2 * i + 1]! - added[i]!,
        };
      });
    }
  }
}

/** The value of an expression that explain wrote. */
function evaluate(text: string, names: Readonly<Record<string, number>> = {}): number {
  const code = text
    .replaceAll('−', '-')
    .replaceAll('·', '*')
    .replaceAll(/\b(floor|max|min)\(/g, 'Math.$1(')
    .replaceAll(/\bd\d\b/g, (name) => String(names[name]));
  if (!/^[-+*/()., \d]*$/.test(code.replaceAll(/Math\.(floor|max|min)/g, '')))
    throw new Error(`not arithmetic: ${text}`);
  // Numbers and operators only, as the line before has seen to.
  return Number(new Function(`return ${code}`)()) + 0;
}
