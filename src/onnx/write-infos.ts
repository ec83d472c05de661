/** Writes what a GraphProto states about its values: inputs, outputs, value_info and quantization annotations. */
import type { Constant, Graph, Value, ValueType } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { type GraphKept, type KeptInfo, keptOf, present } from './kept.js';
import { separateInitializers } from './opsets.js';
import type { TensorAnnotationLike } from './proto.js';
import { MessageWriter } from './write-message.js';
import type { Names } from './write-names.js';
import { entry, writeEntry } from './write-tensor.js';
import { writeType, writeTypeProto } from './write-type.js';

export interface InfoWriterOptions {
  readonly irVersion: number;
  readonly types: ReadonlyMap<Value, TensorType> | undefined;
}

/** GraphProto's fields. */
const fields = { inputs: 11, outputs: 12, valueInfo: 13, annotations: 14 } as const;

/** Where an info's type comes from: by default the known type, or the declaration if it states the same. */
type TypeSource = { readonly type?: ValueType };
const declared: TypeSource = {};

/** The first info that was read for each value. */
type Infos = ReadonlyMap<Value, KeptInfo>;

export class InfoWriter {
  private readonly kept: GraphKept | undefined;
  private readonly made: ReadonlySet<Value>;
  private readonly inputs: Infos;
  private readonly outputs: Infos;
  private readonly inner: Infos;
  private gone: ReadonlyMap<string, KeptInfo> | undefined;

  /** @param graph with the nodes that are written */
  constructor(
    private readonly graph: Graph,
    private readonly names: Names,
    private readonly options: InfoWriterOptions,
  ) {
    this.kept = keptOf(graph);
    this.made = names.made;
    this.inputs = byValue(this.kept?.inputs ?? []);
    this.outputs = byValue(this.kept?.outputs ?? []);
    this.inner = byValue(this.kept?.valueInfo ?? []);
  }

  /** @param isAsRead whether the graph's nodes are those of the file, so that infos of other names are kept too */
  write(message: MessageWriter, isAsRead: boolean): void {
    const inputs = this.listed();
    this.ends(message, fields.inputs, inputs, this.kept?.inputs ?? [], this.inputs);
    this.ends(message, fields.outputs, this.graph.outputs, this.kept?.outputs ?? [], this.outputs);
    this.valueInfo(message, new Set([...inputs, ...this.graph.outputs]), isAsRead);
    this.annotations(message, isAsRead);
  }

  /** Inputs and the constants that are listed with them, in the order of the file if possible. */
  private listed(): readonly Value[] {
    const { inputs, constants } = this.graph;
    const defaults = new Set([...constants.keys()].filter((value) => this.isListed(value)));
    if (defaults.size === 0) return inputs;
    const all = new Set([...inputs, ...defaults]);
    const asRead = [...this.inputs.keys()].filter((value) => all.has(value));
    const isSameOrder = isEqual(
      asRead.filter((value) => !defaults.has(value)),
      inputs,
    );
    return [...new Set([...(isSameOrder ? [] : inputs), ...asRead, ...all])];
  }

  private isListed(value: Value): boolean {
    if (this.options.irVersion < separateInitializers) return this.kept?.unlisted.has(value) !== true;
    return this.graph.overridable?.has(value) === true;
  }

  /**
   * Writes inputs or outputs. They keep their declarations; values that were not inputs or outputs before get their
   * known types.
   */
  private ends(
    message: MessageWriter,
    field: number,
    values: readonly Value[],
    read: readonly KeptInfo[],
    byValue: Infos,
  ): void {
    values.forEach((value, i) => {
      // A graph may return a value twice, with different infos.
      const info = read[i]?.value === value ? read[i] : byValue.get(value);
      const constant = info === undefined && field === fields.inputs ? this.graph.constants.get(value) : undefined;
      if (constant !== undefined)
        message.message(field, this.info(value, undefined, { type: typeOfConstant(constant) }));
      else if (info !== undefined || this.kept === undefined) message.message(field, this.info(value, info, declared));
      else message.message(field, this.info(value, this.anyInfo(value)));
    });
  }

  private anyInfo(value: Value): KeptInfo | undefined {
    return this.inner.get(value) ?? this.outputs.get(value) ?? this.inputs.get(value) ?? this.former(value);
  }

  /**
   * The info that the file has of a removed value of the same name. This value takes it over, with its own type and
   * metadata.
   */
  private former(value: Value): KeptInfo | undefined {
    this.gone ??= new Map(
      [...this.inner.values(), ...this.outputs.values(), ...this.inputs.values()]
        .filter((info) => info.raw.length > 0 && !this.made.has(info.value!))
        .map((info) => [info.name, { ...info, type: undefined, metadata: undefined }]),
    );
    return this.gone.get(value.name);
  }

  private valueInfo(message: MessageWriter, ends: ReadonlySet<Value>, isAsRead: boolean): void {
    const wasEnd = (value: Value) => this.inputs.has(value) || this.outputs.has(value);
    for (const info of this.kept?.valueInfo ?? []) {
      const { value } = info;
      if (value === undefined) {
        if (isAsRead) message.message(fields.valueInfo, nameless(info));
      } else if (this.made.has(value) && (!ends.has(value) || wasEnd(value)))
        message.message(fields.valueInfo, this.info(value, info));
    }
    for (const value of this.made) {
      if (ends.has(value) || this.inner.has(value)) continue;
      // The type of a constant is its tensor's.
      if (
        this.graph.constants.has(value) &&
        (value.declared === undefined || wasEnd(value)) &&
        value.metadata.size === 0
      )
        continue;
      const info = this.anyInfo(value);
      if (this.typeOf(value, info) !== undefined || value.metadata.size > 0)
        message.message(fields.valueInfo, this.info(value, info));
    }
  }

  private info(value: Value, info: KeptInfo | undefined, source?: TypeSource): MessageWriter {
    const message = new MessageWriter();
    message.raw(info?.raw);
    message.textUnlessEmpty(1, this.names.of(value));
    const type = this.typeOf(value, info, source);
    if (type !== undefined) message.message(2, type);
    if (info?.metadata !== undefined) for (const item of info.metadata) message.message(4, writeEntry(item));
    else for (const [key, text] of value.metadata) message.message(4, entry(key, text));
    return message;
  }

  private typeOf(value: Value, info: KeptInfo | undefined, source?: TypeSource): MessageWriter | undefined {
    if (source?.type !== undefined) return writeType(source.type);
    const inferred = this.options.types?.get(value);
    const known: ValueType | undefined = inferred?.elementType && { kind: 'tensor', ...inferred };
    const type = value.declared;
    const isDeclared = info?.type === undefined ? type !== undefined : info.type !== null;
    if (isDeclared && (source === declared || known === undefined || type?.kind === 'other' || isSame(type, known)))
      return info?.type ? writeTypeProto(info.type) : writeType(type!);
    return known && writeType(known);
  }

  private annotations(message: MessageWriter, isAsRead: boolean): void {
    const annotations = this.kept?.annotations ?? [];
    if (annotations.length === 0) return;
    const byName = new Map([...this.made].map((value) => [value.name, value]));
    const rename = (name: string) => {
      const value = byName.get(name);
      return value === undefined ? name : this.names.of(value);
    };
    for (const annotation of annotations)
      if (isAsRead || namesOf(annotation).every((name) => byName.has(name)))
        message.message(fields.annotations, writeAnnotation(annotation, rename));
  }
}

function byValue(infos: readonly KeptInfo[]): Infos {
  const found = new Map<Value, KeptInfo>();
  for (const info of infos) if (info.value !== undefined && !found.has(info.value)) found.set(info.value, info);
  return found;
}

/** An info of a name that no value has. */
function nameless({ raw, name, type, metadata }: KeptInfo): MessageWriter {
  const message = new MessageWriter();
  message.raw(raw);
  message.textUnlessEmpty(1, name);
  if (type) message.message(2, writeTypeProto(type));
  for (const item of metadata ?? []) message.message(4, writeEntry(item));
  return message;
}

function typeOfConstant({ type, dims }: Constant): ValueType {
  return { kind: 'tensor', elementType: type, shape: dims };
}

function isSame(a: ValueType | undefined, b: ValueType): boolean {
  if (a?.kind !== 'tensor' || b.kind !== 'tensor' || a.elementType !== b.elementType) return false;
  return a.shape === b.shape || (a.shape !== undefined && b.shape !== undefined && isEqual(a.shape, b.shape));
}

function isEqual<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function namesOf({ tensorName, quantParameterTensorNames }: TensorAnnotationLike): string[] {
  return [tensorName ?? '', ...(quantParameterTensorNames ?? []).map(({ value }) => value ?? '')];
}

function writeAnnotation(annotation: TensorAnnotationLike, rename: (name: string) => string): MessageWriter {
  const message = new MessageWriter();
  message.raw(annotation.$unknowns);
  const name = present(annotation, 'tensorName');
  if (name !== undefined) message.text(1, rename(name));
  for (const item of annotation.quantParameterTensorNames ?? [])
    message.message(2, writeEntry(item, present(item, 'value') === undefined ? undefined : rename(item.value!)));
  return message;
}
