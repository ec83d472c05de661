/** The cells of a transposed convolution's steps: along each axis, then in the plane. */
import { kernelExtent } from '../../ops/convolution/conv-transpose-geometry.js';
import type { DilatePadConvolveAxis } from '../../ops/convolution/dilate-pad-convolve.js';
import type { Cell, CellKind } from './grid.js';

/** After which step: `marked` is padded, with what the crop takes and what it adds. */
export type Stage = 'input' | 'dilated' | 'padded' | 'marked' | 'cropped';

/** A position along an axis. */
interface Position {
  readonly kind: CellKind;
  readonly isCut: boolean;
  readonly isGap: boolean;
}

export type Line = readonly Position[];

/** The positions along an axis. @param gap the input that stands for all that are left out */
export function linesOf(axis: DilatePadConvolveAxis, stage: Stage, gap: number | undefined): Line {
  const step = axis.zerosBetween + 1;
  const dilated = Array.from({ length: axis.dilated }, (_, at): Position => {
    const isInput = at % step === 0;
    return { kind: isInput ? 'in' : 'between', isCut: false, isGap: isInput && at / step === gap };
  });
  if (stage === 'input') return dilated.filter(({ kind }) => kind === 'in');
  if (stage === 'dilated') return dilated;
  const zeros = positions('around', axis.zerosAround);
  const padded = [...zeros, ...dilated, ...zeros];
  if (stage === 'padded') return padded;
  const marked = [
    ...padded.map((position, at) => ({
      ...position,
      isCut: at < axis.cropBegin || at >= axis.padded - axis.cropEnd,
    })),
    ...positions('added', axis.addEnd),
  ];
  return stage === 'marked' ? marked : marked.filter(({ isCut }) => !isCut);
}

/** The outputs along an axis; the one that the left-out inputs are around stands for theirs. */
export function outputLine(axis: DilatePadConvolveAxis, gap: number | undefined): Line {
  const center = gap === undefined ? -1 : gap * (axis.zerosBetween + 1) + Math.floor((kernelExtent(axis) - 1) / 2);
  const left = Math.min(center - axis.cropBegin, axis.output - 1);
  return positions('out', axis.output).map((position, at) => ({
    ...position,
    isGap: gap !== undefined && at === left,
  }));
}

export function positions(kind: CellKind, count: number): Position[] {
  return Array.from({ length: count }, () => ({ kind, isCut: false, isGap: false }));
}

/** The plane that one or two axes span, row by row. */
export function plane(lines: readonly Line[], text: (row: number, column: number) => string | undefined): Cell[][] {
  const columns = lines.at(-1)!;
  const rows = lines.length > 1 ? lines[0]! : [undefined];
  return rows.map((row, y) =>
    columns.map((column, x) => {
      const cell = crossed(row, column);
      return cell.isCut === true ? cell : { ...cell, text: text(y, x) };
    }),
  );
}

const precedence: readonly CellKind[] = ['added', 'around', 'between'];

function crossed(row: Position | undefined, column: Position): Cell {
  const kind = precedence.find((kind) => row?.kind === kind || column.kind === kind) ?? column.kind;
  return {
    kind,
    isCut: column.isCut || row?.isCut === true,
    ...(column.isGap || row?.isGap === true ? { gap: dots(row?.isGap === true, column.isGap) } : {}),
  };
}

export function dots(inRow: boolean, inColumn: boolean): string {
  if (inRow && inColumn) return '⋱';
  return inRow ? '⋮' : '⋯';
}
