/**
 * A function body under construction. The type of every operand is known, so that a wrong one is an error at the instruction
 * that takes it, with a stack trace into the kernel that emits it.
 *
 * Most functions are emitted once in a process, before the engine has compiled what emits them: here calls count, and objects.
 */
import type { ByteWriter } from './bytes.js';
import type { Expression, Instruction, Local, Operand } from './expression.js';
import type { Operation, ValueType } from './operations.js';

/** The emitted code would not be valid: a mistake of the emitter, never of a model. */
export class AssemblyError extends Error {
  override name = 'AssemblyError';
}

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** Of a function that takes so many addresses and sizes, and after them numbers. */
export function takes(integers: number, floats = 0): FunctionType {
  const params = [...Array<ValueType>(integers).fill('i32'), ...Array<ValueType>(floats).fill('f32')];
  return { params, results: [] };
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

/** What a body is written to until it is finished; the next one finds them grown. */
export interface BodyBuffers {
  /** Code that comes before the rest of the body. */
  readonly beginning: ByteWriter;
  readonly code: ByteWriter;
}

class Frame {
  /** The innermost loop's body or branch, this one or around it: vectors made in it cannot be used outside. */
  readonly scope: Frame | undefined;
  /** After a branch, a return or a trap: the stack yields whatever is asked of it. */
  isUnreachable = false;
  /** Indices of the vectors that are made in this scope. */
  readonly vectors: number[] = [];
  /** Those that were set and not zeroed since, in this scope or in one inside that has ended; made with the first of them. */
  set: Set<number> | undefined;

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

  noteSet(vector: number): void {
    this.set ??= new Set();
    this.set.add(vector);
  }
}

const typeCodes: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

export function typeCode(type: ValueType): number {
  return typeCodes[type];
}

/** An instruction takes no more bytes than this, apart from a number of 64 bits. */
const longestInstruction = 32;
const localGet = 0x20;
const localSet = 0x21;
const i32Const = 0x41;
const i32Add = 0x6a;

export class FunctionBuilder {
  readonly params: readonly Local[];
  readonly #buffers: BodyBuffers;
  private code: ByteWriter;
  readonly #constants = new Map<string | number, Local>();
  readonly #types: ValueType[];
  /** What each local is now, and nothing once the scope of a vector has ended, whose place may be another one's later. */
  private readonly current: (Local | undefined)[];
  /** The scope that each local is confined to, if there is one. */
  readonly #scopes: (Frame | undefined)[] = [];
  /** Of what is emitted by itself. Operands of a tree are checked in the tree, and are not here. */
  readonly #stack: ValueType[] = [];
  readonly #frames: Frame[] = [];
  /** The innermost one. */
  #frame!: Frame;
  /** Vectors whose scopes have ended. They are used again: what engines do at each loop and branch they do for every local. */
  readonly #free: number[] = [];
  readonly #forgets: boolean;
  #zero: number | undefined;

  constructor(
    readonly name: string,
    readonly type: FunctionType,
    buffers: BodyBuffers,
    options: FunctionOptions,
  ) {
    this.#buffers = buffers;
    this.code = buffers.code;
    buffers.code.length = 0;
    buffers.beginning.length = 0;
    this.#forgets = options.forgetsVectors === true;
    this.#types = [...type.params];
    this.params = type.params.map((param, index) => ({ local: index, type: param }));
    this.current = [...this.params];
    this.#enter(false, false, type.results, type.results);
  }

  // Types

  #fail(what: string): never {
    throw new AssemblyError(`${this.name}: ${what}`);
  }

  #pop(expected: ValueType, by: string): void {
    const frame = this.#frame;
    const stack = this.#stack;
    if (stack.length === frame.height) {
      if (frame.isUnreachable) return;
      this.#fail(`${by} needs ${expected}, the stack is empty`);
    }
    const actual = stack.pop()!;
    if (actual !== expected) this.#mismatch(by, expected, actual);
  }

  #mismatch(by: string, expected: ValueType, actual: ValueType | undefined): never {
    this.#fail(`${by} needs ${expected}, got ${actual ?? 'nothing'}`);
  }

  #popAll(types: readonly ValueType[], by: string): void {
    for (let i = types.length - 1; i >= 0; i--) this.#pop(types[i]!, by);
  }

  #pushAll(types: readonly ValueType[]): void {
    for (let i = 0; i < types.length; i++) this.#stack.push(types[i]!);
  }

  #unreachable(): void {
    this.#stack.length = this.#frame.height;
    this.#frame.isUnreachable = true;
  }

  #enter(isScope: boolean, isLoop: boolean, branchTypes: readonly ValueType[], results: readonly ValueType[]): Label {
    const label = { depth: this.#frames.length, branchTypes, isLoop };
    this.#frame = new Frame(label, isScope, this.#frame, results, this.#stack.length);
    this.#frames.push(this.#frame);
    return label;
  }

  #leave(by: string): void {
    const frame = this.#frame;
    const free = this.#free;
    const { around, vectors } = frame;
    if (frame.results.length > 0) this.#popAll(frame.results, `the end of ${by}`);
    if (this.#stack.length !== frame.height) {
      this.#fail(`the end of ${by} leaves ${this.#stack.length - frame.height} value(s) too many`);
    }
    for (let i = 0; i < vectors.length; i++) {
      const vector = vectors[i]!;
      this.current[vector] = undefined;
      free.push(vector);
    }
    const outer = around?.scope;
    if (frame.set !== undefined && outer !== undefined) for (const vector of frame.set) outer.noteSet(vector);
    this.#frames.pop();
    if (around !== undefined) this.#frame = around;
  }

  // Operands

  /** Emits an operand of the type that `by` takes. */
  private take(operand: Operand, expected: ValueType, by: string): void {
    if (typeof operand === 'number') {
      this.#number(expected, operand);
      return;
    }
    const index = (operand as Local).local;
    if (index !== undefined) {
      if (this.current[index] !== operand) this.#checkLocal(operand as Local);
      if ((operand as Local).type !== expected) this.#mismatch(by, expected, (operand as Local).type);
      this.named(localGet, index);
      return;
    }
    const { operation } = operand as Instruction;
    if (operation !== undefined) {
      if (operation.pushes[0] !== expected) this.#mismatch(by, expected, operation.pushes[0]);
      this.write(operand as Instruction);
    } else if (typeof operand === 'bigint') this.#number(expected, operand);
    else {
      (operand as Expression).emit(this);
      this.#pop(expected, by);
    }
  }

  /** An instruction with its operands. */
  private write({ operation, a, b, c, offset, immediates }: Instruction): void {
    const { name, pops } = operation;
    if (a !== undefined) {
      this.take(a, pops[0]!, name);
      if (b !== undefined) {
        this.take(b, pops[1]!, name);
        if (c !== undefined) this.take(c, pops[2]!, name);
      }
    }
    const code = this.code;
    let at = code.length;
    if (at + longestInstruction > code.data.length) code.reserve(longestInstruction);
    const { data } = code;
    const prefix = operation.code >>> 16;
    if (prefix === 0) data[at++] = operation.code;
    else {
      const number = operation.code & 0xffff;
      data[at++] = prefix;
      data[at++] = number < 0x80 ? number : number | 0x80;
      if (number >= 0x80) data[at++] = number >>> 7;
    }
    if (operation.size > 0) {
      data[at++] = operation.alignment;
      if ((offset & 0x7f) === offset) data[at++] = offset;
      else if ((offset & 0x3fff) === offset) {
        data[at++] = offset | 0x80;
        data[at++] = offset >>> 7;
      } else {
        code.length = at;
        code.unsigned(offset);
        at = code.length;
      }
    }
    if (immediates !== undefined) {
      data.set(immediates, at);
      at += immediates.length;
    }
    code.length = at;
  }

  #number(type: ValueType, value: number | bigint): void {
    const code = this.code;
    if (type === 'i32') {
      const number = Number(value);
      // Addresses and masks may be given unsigned.
      if (!Number.isInteger(number) || number < -(2 ** 31) || number >= 2 ** 32) this.#fail(`${value} is no i32`);
      code.byte(i32Const).signed(number | 0);
    } else if (type === 'i64') code.byte(0x42).signed(BigInt(value));
    else if (type === 'f32') code.byte(0x43).float32(Number(value));
    else if (type === 'f64') code.byte(0x44).float64(Number(value));
    else this.#fail('a v128 constant has 16 bytes: use v128Const');
  }

  /** An instruction that names a local. */
  private named(operation: number, index: number): void {
    const code = this.code;
    let at = code.length;
    if (at + longestInstruction > code.data.length) code.reserve(longestInstruction);
    const { data } = code;
    data[at++] = operation;
    if (index < 0x80) data[at++] = index;
    else {
      code.length = at;
      code.unsigned(index);
      at = code.length;
    }
    code.length = at;
  }

  #checkLocal(local: Local): void {
    if (this.#types[local.local] !== local.type) this.#fail(`local ${local.local} is of another function`);
    const scope = this.#scopes[local.local];
    if (scope !== undefined && (this.current[local.local] !== local || this.#frames[scope.label.depth] !== scope)) {
      this.#fail(`vector ${local.local} was made in a loop or a branch that has ended`);
    }
  }

  // What is on the stack

  /** An instruction, whose result is left there. */
  instruction(instruction: Instruction): void {
    this.write(instruction);
    this.#pushAll(instruction.operation.pushes);
  }

  constant(type: ValueType, value: number | bigint): void {
    this.#number(type, value);
    this.#stack.push(type);
  }

  getLocal(local: Local): void {
    this.take(local, local.type, 'local.get');
    this.#stack.push(local.type);
  }

  /** Pushes an operand; numbers become constants of `type`. */
  push(operand: Operand, type: ValueType): void {
    this.take(operand, type, 'push');
    this.#stack.push(type);
  }

  // Statements

  /**
   * A new local; it is zero, or set to `initial`. A body that runs again in a loop finds the value of the last time, but
   * vectors are there only until the loop's body or the branch that they are made in ends.
   */
  local(type: ValueType, initial?: Operand): Local {
    const scope = type === 'v128' ? this.#frame.scope : undefined;
    const used = scope === undefined || initial === undefined ? undefined : this.#free.pop();
    const local = this.#makeLocal(type, scope, used);
    if (initial !== undefined) this.set(local, initial);
    return local;
  }

  /**
   * @param scope where it can be used; undefined: in the whole function
   * @param index of a local that is used again
   */
  #makeLocal(type: ValueType, scope?: Frame, index = this.#types.length): Local {
    const local = { local: index, type };
    this.#types[index] = type;
    this.current[index] = local;
    this.#scopes[index] = scope;
    scope?.vectors.push(index);
    return local;
  }

  /**
   * A local that holds a constant from the beginning of the function on: engines would make a vector constant anew in each
   * round of a loop.
   * @param key the same for the same value, which is made once
   */
  hoisted(type: ValueType, key: string | number, value: () => Expression): Local {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const local = this.#makeLocal(type);
    const code = this.code;
    this.code = this.#buffers.beginning;
    this.set(local, value());
    this.code = code;
    this.#constants.set(key, local);
    return local;
  }

  locals(count: number, type: ValueType): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  set(local: Local, value: Operand): void {
    this.take(value, local.type, 'local.set');
    this.#assign(local);
  }

  /** Takes what was emitted last. */
  #assign(local: Local): void {
    const index = local.local;
    if (this.current[index] !== local) this.#checkLocal(local);
    this.named(localSet, index);
    if (this.#forgets) this.#scopes[index]?.noteSet(index);
  }

  /**
   * targets[j] = operation(first, others[j], targets[j]) for each j, of vectors: the innermost lines of all products, of which
   * there are thousands.
   */
  setEach(targets: readonly Local[], operation: Operation, first: Local, others: readonly Local[]): void {
    const { name, code } = operation;
    for (let j = 0; j < targets.length; j++) {
      const target = targets[j]!;
      this.take(first, 'v128', name);
      this.take(others[j]!, 'v128', name);
      this.take(target, 'v128', name);
      this.code.operation(code);
      this.#assign(target);
    }
  }

  /** Adds a number to an i32 local: pointers and counters. */
  increase(local: Local, by: number): void {
    if (by === 0) return;
    this.take(local, 'i32', 'i32.add');
    this.#number('i32', by);
    this.code.byte(i32Add);
    this.named(localSet, local.local);
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
    this.code.byte(0x1a);
  }

  // Control

  #blockType(results: readonly ValueType[]): void {
    if (results.length > 1) this.#fail('a block has one result at most');
    this.code.byte(results.length === 0 ? 0x40 : typeCode(results[0]!));
  }

  #end(by: string, results: readonly ValueType[]): void {
    this.#leave(by);
    this.code.byte(0x0b);
    this.#pushAll(results);
  }

  /** A branch to the label leaves the block. */
  block(body: (label: Label) => void, results: readonly ValueType[] = []): void {
    this.code.byte(0x02);
    this.#blockType(results);
    body(this.#enter(false, false, results, results));
    this.#end('a block', results);
  }

  /** A branch to the label starts the body again. */
  loop(body: (label: Label) => void, results: readonly ValueType[] = []): void {
    this.code.byte(0x03);
    this.#blockType(results);
    body(this.#enter(true, true, [], results));
    this.#end('a loop', results);
  }

  if(condition: Operand, then: () => void, otherwise?: () => void, results: readonly ValueType[] = []): void {
    this.take(condition, 'i32', 'if');
    this.code.byte(0x04);
    this.#blockType(results);
    this.#enter(true, false, results, results);
    then();
    this.#forgetVectors(this.#frame.label.depth);
    if (otherwise !== undefined) {
      this.#leave('then');
      this.code.byte(0x05);
      this.#enter(true, false, results, results);
      otherwise();
      this.#forgetVectors(this.#frame.label.depth);
    } else if (results.length > 0) this.#fail('an if with a result needs an else');
    this.#end(otherwise === undefined ? 'then' : 'else', results);
  }

  #branch(code: number, label: Label, by: string): void {
    if (this.#frames[label.depth]?.label !== label) this.#fail(`${by} to a label that is not open`);
    this.#popAll(label.branchTypes, by);
    if (this.#forgets) {
      if (label.isLoop) this.#forgetVectors(label.depth);
      else this.#leaveVectors(label.depth);
    }
    this.code.byte(code).unsigned(this.#frame.label.depth - label.depth);
  }

  /** Zeros the vectors of the innermost branch, or of a loop that begins its next round and of the scopes inside it. */
  #forgetVectors(depth: number): void {
    const innermost = this.#frame;
    if (!this.#forgets || innermost.isUnreachable) return;
    for (let i = depth; i < this.#frames.length; i++) {
      const { set } = this.#frames[i]!;
      if (set === undefined) continue;
      for (const vector of set) {
        this.#zero ??= this.#makeLocal('v128').local;
        this.named(localGet, this.#zero);
        this.named(localSet, vector);
      }
    }
    // Of outer frames there may be ways on which they are not zeroed.
    if (depth === this.#frames.length - 1) innermost.set = undefined;
  }

  /** What a branch to the end of a block has not zeroed is for the scope around it to do. */
  #leaveVectors(depth: number): void {
    const scope = this.#frames[depth]!.scope;
    if (scope === undefined) return;
    for (let i = depth; i < this.#frames.length; i++) {
      const { set } = this.#frames[i]!;
      if (set !== undefined) for (const vector of set) scope.noteSet(vector);
    }
  }

  br(label: Label): void {
    this.#branch(0x0c, label, 'br');
    this.#unreachable();
  }

  brIf(label: Label, condition: Operand): void {
    this.take(condition, 'i32', 'br_if');
    this.#branch(0x0d, label, 'br_if');
    this.#pushAll(label.branchTypes);
  }

  return(value?: Operand): void {
    if (value !== undefined) this.push(value, this.type.results[0] ?? this.#fail('return of a value without a result'));
    this.#popAll(this.type.results, 'return');
    this.code.byte(0x0f);
    this.#unreachable();
  }

  call(target: FunctionReference, operands: readonly Operand[]): void {
    for (let i = 0; i < operands.length; i++) this.take(operands[i]!, target.params[i]!, target.name);
    this.code.byte(0x10).unsigned(target.index);
    this.#pushAll(target.results);
  }

  /** Writes the encoded body: locals in runs, code, end. */
  finish(out: ByteWriter): void {
    this.#leave('the function');
    const types = this.#types;
    const buffers = this.#buffers;
    const runs: number[] = [];
    for (let i = this.params.length; i < types.length; i++) {
      if (i > this.params.length && types[i] === types[i - 1]) runs[runs.length - 1]!++;
      else runs.push(1);
    }
    out.unsigned(runs.length);
    let index = this.params.length;
    for (let i = 0; i < runs.length; i++) {
      out.unsigned(runs[i]!).byte(typeCode(types[index]!));
      index += runs[i]!;
    }
    out.append(buffers.beginning).append(buffers.code).byte(0x0b);
  }
}
