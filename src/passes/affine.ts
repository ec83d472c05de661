/** Add, Sub, Mul and Div by a number, as one kind of thing: scale·x + shift. */
import type { Node, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';

export interface Affine {
  readonly scale: number;
  readonly shift: number;
}

const affineOf: ReadonlyMap<string, (number: number, isLeft: boolean) => Affine | undefined> = new Map([
  ['Add', (number) => ({ scale: 1, shift: number })],
  ['Sub', (number, isLeft) => (isLeft ? { scale: -1, shift: number } : { scale: 1, shift: -number })],
  ['Mul', (number) => ({ scale: number, shift: 0 })],
  // A number divided by x is not affine in x.
  ['Div', (number, isLeft) => (isLeft ? undefined : { scale: 1 / number, shift: 0 })],
]);

export const affineOperators: readonly string[] = [...affineOf.keys()];

/**
 * What an operator makes of its other operand.
 * @param isLeft whether the number is the first operand
 */
export function affineBy(opType: string, number: number, isLeft: boolean): Affine | undefined {
  return affineOf.get(opType)?.(number, isLeft);
}

/** `affineBy` for each of several numbers; undefined where one makes no finite map. */
export function affinesBy(opType: string, numbers: ArrayLike<number>, isLeft: boolean): readonly Affine[] | undefined {
  const maps = Array.from(numbers, (number) => affineBy(opType, number, isLeft));
  const isSound = (map: Affine | undefined): map is Affine =>
    map !== undefined && Number.isFinite(map.scale) && Number.isFinite(map.shift);
  return maps.every(isSound) ? maps : undefined;
}

/** The operands of a node of two, where one is a constant: that one, and the other. */
export interface ConstantOperand {
  readonly constant: Value;
  readonly other: Value;
  /** Whether the constant comes first. */
  readonly isLeft: boolean;
}

/** The second operand where both are constants, which a fold of constants has missed. */
export function constantOperand({ inputs }: Node, editor: GraphEditor): ConstantOperand | undefined {
  const [a, b] = inputs;
  if (a === undefined || b === undefined || inputs.length !== 2) return undefined;
  if (editor.constant(b) !== undefined) return { constant: b, other: a, isLeft: false };
  return editor.constant(a) === undefined ? undefined : { constant: a, other: b, isLeft: true };
}
