/**
 * A function body under construction. The type of every value on the operand stack is known, so that a wrong operand is
 * an error at the instruction that takes it, with a stack trace into the kernel that emits it.
 */
import { ByteWriter } from './bytes.js';
import { type Expression, isLocal, type Local, type Operand } from './expression.js';
import type { Operation, ValueType } from './operations.js';

/** The emitted code would not be valid: a mistake of the emitter, never of a model. */
export class AssemblyError extends Error {
  override name = 'AssemblyError';
}

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function of the module, defined or only declared so far. */
export interface FunctionReference extends FunctionType {
  readonly index: number;
  readonly name: string;
}

/** What a branch names; valid inside its block only. */
export interface Label {
  readonly depth: number;
  readonly branchTypes: readonly ValueType[];
  readonly isLoop: boolean;
}

export interface FunctionOptions {
  /**
   * Whether vectors that a loop's body or a branch has made are set to zero where it ends. Results do not change. But to an
   * engine a local that is set in a loop may be read in the next round, and such a use keeps V8 from making 256-bit code of
   * what computes it.
   */
  readonly forgetsVectors?: boolean;
}

class Frame {
  /** The innermost loop's body or branch, this one or around it: vectors made in it cannot be used outside. */
  readonly scope: Frame | undefined;
  /** After a branch, a return or a trap: the stack yields whatever is asked of it. */
  isUnreachable = false;
  /** Indices of the vectors that are made in this scope. */
  readonly vectors: number[] = [];
  /** Those that were set and not zeroed since, in this scope or in one inside that has ended. */
  readonly set = new Set<number>();

  constructor(
    readonly label: Label,
    isScope: boolean,
    readonly around: Frame | undefined,
    readonly results: readonly ValueType[],
    /** Height of the stack where the block begins. */
    readonly height: number,
  ) {
    this.scope = isScope ? this : around?.scope;
  }
}

const typeCodes: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

export function typeCode(type: ValueType): number {
  return typeCodes[type];
}

export class FunctionBuilder {
  readonly params: readonly Local[];
  #code = new ByteWriter();
  /** Code that comes before the rest of the body. */
  readonly #beginning = new ByteWriter();
  readonly #hoisted = new Map<string, Local>();
  readonly #locals: ValueType[];
  readonly #stack: ValueType[] = [];
  readonly #frames: Frame[] = [];
  /** The scope that each local is confined to, if there is one, and what the local is there. */
  readonly #scopes: ({ readonly frame: Frame; readonly local: Local } | undefined)[];
  /** Vectors whose scopes have ended. They are used again: what engines do at each loop and branch they do for every local. */
  readonly #free: number[] = [];
  #zero: number | undefined;

  constructor(
    readonly name: string,
    readonly type: FunctionType,
    private readonly options: FunctionOptions = {},
  ) {
    this.#locals = [...type.params];
    this.#scopes = type.params.map(() => undefined);
    this.params = type.params.map((param, index) => ({ local: index, type: param }));
    this.#enter('block', type.results, type.results);
  }

  // Types

  #fail(what: string): never {
    throw new AssemblyError(`${this.name}: ${what}`);
  }

  #pop(expected: ValueType, by: string): void {
    const frame = this.#frames.at(-1) ?? this.#fail(`${by} after the end`);
    if (this.#stack.length === frame.height) {
      if (frame.isUnreachable) return;
      this.#fail(`${by} needs ${expected}, the stack is empty`);
    }
    const actual = this.#stack.pop()!;
    if (actual !== expected) this.#fail(`${by} needs ${expected}, got ${actual}`);
  }

  #popAll(types: readonly ValueType[], by: string): void {
    for (let i = types.length - 1; i >= 0; i--) this.#pop(types[i]!, by);
  }

  #unreachable(): void {
    const frame = this.#frames.at(-1)!;
    this.#stack.length = frame.height;
    frame.isUnreachable = true;
  }

  #enter(kind: 'block' | 'loop' | 'branch', branchTypes: readonly ValueType[], results: readonly ValueType[]): Label {
    const label = { depth: this.#frames.length, branchTypes, isLoop: kind === 'loop' };
    this.#frames.push(new Frame(label, kind !== 'block', this.#frames.at(-1), results, this.#stack.length));
    return label;
  }

  #leave(by: string): Frame {
    const frame = this.#frames.at(-1)!;
    this.#popAll(frame.results, `the end of ${by}`);
    if (this.#stack.length !== frame.height) {
      this.#fail(`the end of ${by} leaves ${this.#stack.length - frame.height} value(s) too many`);
    }
    for (const vector of frame.vectors) this.#free.push(vector);
    for (const vector of frame.set) frame.around?.scope?.set.add(vector);
    return this.#frames.pop()!;
  }

  // Single instructions

  /** An instruction without immediates, or with the bytes given. */
  instruction(operation: Operation, immediates?: (code: ByteWriter) => void): void {
    this.#popAll(operation.pops, operation.name);
    const prefix = operation.code >>> 16;
    if (prefix === 0) this.#code.byte(operation.code);
    else this.#code.byte(prefix).unsigned(operation.code & 0xffff);
    immediates?.(this.#code);
    for (let i = 0; i < operation.pushes.length; i++) this.#stack.push(operation.pushes[i]!);
  }

  constant(type: ValueType, value: number | bigint): void {
    if (type === 'i32') {
      const number = Number(value);
      // Addresses and masks may be given unsigned.
      if (!Number.isInteger(number) || number < -(2 ** 31) || number >= 2 ** 32) this.#fail(`${value} is no i32`);
      this.#code.byte(0x41).signed(number | 0);
    } else if (type === 'i64') this.#code.byte(0x42).signed(BigInt(value));
    else if (type === 'f32') this.#code.byte(0x43).float32(Number(value));
    else if (type === 'f64') this.#code.byte(0x44).float64(Number(value));
    else this.#fail('a v128 constant has 16 bytes: use v128Const');
    this.#stack.push(type);
  }

  getLocal(local: Local): void {
    this.#checkLocal(local);
    this.#code.byte(0x20).unsigned(local.local);
    this.#stack.push(local.type);
  }

  #checkLocal(local: Local): void {
    if (this.#locals[local.local] !== local.type) this.#fail(`local ${local.local} is of another function`);
    const scope = this.#scopes[local.local];
    if (scope !== undefined && (scope.local !== local || this.#frames[scope.frame.label.depth] !== scope.frame)) {
      this.#fail(`vector ${local.local} was made in a loop or a branch that has ended`);
    }
  }

  select(type: ValueType): void {
    this.#pop('i32', 'select');
    this.#pop(type, 'select');
    this.#pop(type, 'select');
    if (type === 'v128') this.#code.byte(0x1c).unsigned(1).byte(typeCode(type));
    else this.#code.byte(0x1b);
    this.#stack.push(type);
  }

  // Statements

  /**
   * A new local; it is zero, or set to `initial`. A body that runs again in a loop finds the value of the last time, but
   * vectors are there only until the loop's body or the branch that they are made in ends.
   */
  local(type: ValueType, initial?: Operand): Local {
    const scope = type === 'v128' ? this.#frames.at(-1)?.scope : undefined;
    const used = scope === undefined || initial === undefined ? undefined : this.#free.pop();
    const local = this.#makeLocal(type, scope, used);
    if (initial !== undefined) this.set(local, initial);
    return local;
  }

  /**
   * @param scope where it can be used; undefined: in the whole function
   * @param index of a local that is used again
   */
  #makeLocal(type: ValueType, scope?: Frame, index = this.#locals.length): Local {
    const local = { local: index, type };
    this.#locals[index] = type;
    this.#scopes[index] = scope && { frame: scope, local };
    scope?.vectors.push(index);
    return local;
  }

  /**
   * A local that holds a constant from the beginning of the function on: engines would make a vector constant anew in each
   * round of a loop.
   * @param key the same for the same value, which is made once
   */
  hoisted(type: ValueType, key: string, value: () => Expression): Local {
    const known = this.#hoisted.get(key);
    if (known !== undefined) return known;
    const local = this.#makeLocal(type);
    const code = this.#code;
    this.#code = this.#beginning;
    this.set(local, value());
    this.#code = code;
    this.#hoisted.set(key, local);
    return local;
  }

  locals(count: number, type: ValueType): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  /** Pushes an operand; numbers become constants of `type`. */
  push(operand: Operand, type: ValueType): void {
    if (typeof operand === 'number' || typeof operand === 'bigint') this.constant(type, operand);
    else if (isLocal(operand)) this.getLocal(operand);
    else operand.emit(this);
  }

  set(local: Local, value: Operand): void {
    this.push(value, local.type);
    this.#checkLocal(local);
    this.#pop(local.type, 'local.set');
    this.#code.byte(0x21).unsigned(local.local);
    if (this.options.forgetsVectors === true) this.#scopes[local.local]?.frame.set.add(local.local);
  }

  /** Adds a number to an i32 local: pointers and counters. */
  increase(local: Local, by: number): void {
    if (by === 0) return;
    this.getLocal(local);
    this.constant('i32', by);
    this.#pop('i32', 'i32.add');
    this.#pop('i32', 'i32.add');
    this.#code.byte(0x6a).byte(0x21).unsigned(local.local);
  }

  /** An expression for its effect. */
  run(expression: Expression): void {
    const height = this.#stack.length;
    expression.emit(this);
    if (this.#stack.length > height) this.#fail('a statement leaves a value: use drop');
  }

  drop(value: Expression): void {
    value.emit(this);
    const type = this.#stack.at(-1);
    if (type !== undefined) this.#pop(type, 'drop');
    this.#code.byte(0x1a);
  }

  // Control

  #blockType(results: readonly ValueType[]): void {
    if (results.length > 1) this.#fail('a block has one result at most');
    this.#code.byte(results.length === 0 ? 0x40 : typeCode(results[0]!));
  }

  /** A branch to the label leaves the block. */
  block(body: (label: Label) => void, results: readonly ValueType[] = []): void {
    this.#code.byte(0x02);
    this.#blockType(results);
    body(this.#enter('block', results, results));
    this.#leave('a block');
    this.#code.byte(0x0b);
    this.#stack.push(...results);
  }

  /** A branch to the label starts the body again. */
  loop(body: (label: Label) => void, results: readonly ValueType[] = []): void {
    this.#code.byte(0x03);
    this.#blockType(results);
    body(this.#enter('loop', [], results));
    this.#leave('a loop');
    this.#code.byte(0x0b);
    this.#stack.push(...results);
  }

  if(condition: Operand, then: () => void, otherwise?: () => void, results: readonly ValueType[] = []): void {
    this.push(condition, 'i32');
    this.#pop('i32', 'if');
    this.#code.byte(0x04);
    this.#blockType(results);
    this.#enter('branch', results, results);
    then();
    this.#forgetVectors();
    this.#leave('then');
    if (otherwise !== undefined) {
      this.#code.byte(0x05);
      this.#enter('branch', results, results);
      otherwise();
      this.#forgetVectors();
      this.#leave('else');
    } else if (results.length > 0) this.#fail('an if with a result needs an else');
    this.#code.byte(0x0b);
    this.#stack.push(...results);
  }

  #branch(code: number, label: Label, by: string): void {
    if (this.#frames[label.depth]?.label !== label) this.#fail(`${by} to a label that is not open`);
    this.#popAll(label.branchTypes, by);
    if (label.isLoop) this.#forgetVectors(label.depth);
    else this.#leaveVectors(label.depth);
    this.#code.byte(code).unsigned(this.#frames.length - 1 - label.depth);
  }

  /** Zeros the vectors of the innermost branch, or of a loop that begins its next round and of the scopes inside it. */
  #forgetVectors(depth = this.#frames.length - 1): void {
    const innermost = this.#frames.at(-1)!;
    if (this.options.forgetsVectors !== true || innermost.isUnreachable) return;
    for (const frame of this.#frames.slice(depth)) {
      for (const vector of frame.set) {
        this.#zero ??= this.#makeLocal('v128').local;
        this.#code.byte(0x20).unsigned(this.#zero).byte(0x21).unsigned(vector);
      }
    }
    // Of outer frames there may be ways on which they are not zeroed.
    if (depth === this.#frames.length - 1) innermost.set.clear();
  }

  /** What a branch to the end of a block has not zeroed is for the scope around it to do. */
  #leaveVectors(depth: number): void {
    const scope = this.#frames[depth]!.scope;
    for (const { set } of this.#frames.slice(depth)) {
      for (const vector of set) scope?.set.add(vector);
    }
  }

  br(label: Label): void {
    this.#branch(0x0c, label, 'br');
    this.#unreachable();
  }

  brIf(label: Label, condition: Operand): void {
    this.push(condition, 'i32');
    this.#pop('i32', 'br_if');
    this.#branch(0x0d, label, 'br_if');
    this.#stack.push(...label.branchTypes);
  }

  return(value?: Operand): void {
    if (value !== undefined) this.push(value, this.type.results[0] ?? this.#fail('return of a value without a result'));
    this.#popAll(this.type.results, 'return');
    this.#code.byte(0x0f);
    this.#unreachable();
  }

  call(target: FunctionReference): void {
    this.#popAll(target.params, `call ${target.name}`);
    this.#code.byte(0x10).unsigned(target.index);
    this.#stack.push(...target.results);
  }

  /** The encoded body: locals in runs, code, end. */
  finish(): Uint8Array {
    this.#leave('the function');
    const body = new ByteWriter();
    const runs: [number, ValueType][] = [];
    for (const type of this.#locals.slice(this.type.params.length)) {
      const last = runs.at(-1);
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    body.unsigned(runs.length);
    for (const [count, type] of runs) body.unsigned(count).byte(typeCode(type));
    return body.append(this.#beginning).append(this.#code).byte(0x0b).toBytes();
  }
}
