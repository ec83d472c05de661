/**
 * Functions that are emitted for a form. The sizes of a layer are arguments after their own, so that layers of one form share them:
 * what is emitted has to be compiled before it is fast, and each copy of it anew.
 */
import { call, type Expression, type Local, type Operand } from '../expression.js';
import { type FunctionBuilder, type FunctionReference, takes } from '../function.js';
import type { ModuleBuilder } from '../module.js';

export interface Sized {
  readonly function: FunctionReference;
  /** What it is called with after its own arguments. */
  readonly sizes: readonly number[];
}

type Sizes = Readonly<Record<string, number | readonly number[]>>;
type Given<S extends Sizes> = { readonly [K in keyof S]: S[K] extends number ? Local : readonly Local[] };

/**
 * @param form all that the body depends on but for the sizes, whose names and counts it decides
 * @param own how many arguments come before the sizes
 */
export function sizedFunction<S extends Sizes>(
  module: ModuleBuilder,
  { form, name, own }: { readonly form: string; readonly name: string; readonly own: number },
  sizes: S,
  emit: (f: FunctionBuilder, own: readonly Local[], sizes: Given<S>) => void,
): Sized {
  const values = Object.values(sizes).flat();
  const type = takes(own + values.length);
  const define = () =>
    module.function(name, type, (f, ...args) => {
      let next = own;
      const given = Object.entries(sizes).map(([key, size]): [string, Local | readonly Local[]] => [
        key,
        typeof size === 'number' ? args[next++]! : size.map(() => args[next++]!),
      ]);
      emit(f, args.slice(0, own), Object.fromEntries(given) as Given<S>);
    });
  return { function: module.shared(`${name} ${form}`, define), sizes: values };
}

export function callSized({ function: target, sizes }: Sized, ...own: readonly Operand[]): Expression {
  return call(target, ...own, ...sizes);
}
