/**
 * DequantizeLinear, an operator, QuantizeLinear: what quantizers for QDQ write around each operator. A convolution between the
 * two becomes a QLinearConv, as onnxruntime makes it: its sums are of integers and exact, and are rounded once. A transposed one
 * has no such operator, and sums integers as what it is. What only moves elements about moves the integers, which changes nothing.
 */
import { formatNode } from '../diagnostics.js';
import type { ElementType } from '../ir/element-type.js';
import { emptyMetadata, type Node, Value } from '../ir/graph.js';
import { type GraphEditor, nodeInPlace } from '../ir/graph-editor.js';
import { tensorFromNumbers } from '../ir/numeric.js';
import { attributesOf, boundAs } from '../ops/bind.js';
import { conv } from '../ops/convolution/conv.js';
import { convTranspose } from '../ops/convolution/conv-transpose.js';
import { clipping } from '../ops/elementwise/clip.js';
import { resize } from '../ops/resampling/resize.js';
import { scalarOf } from './constants.js';
import { type Pass, visitNodes } from './pass.js';
import {
  dequantized,
  dequantizedConstant,
  isBiasOf,
  isByte,
  isSameQuantization,
  type QuantizedConstant,
  type QuantizedTensor,
  quantized,
  quantizeNumber,
  zeroPointOf,
} from './quantization.js';
import { integerConvTranspose } from './quantized-transposed.js';

export const fuseQuantized: Pass = {
  name: 'fuse-quantized',
  readsTypes: true,
  run: visitNodes((node, editor, inference) => {
    if (node.opType !== 'QuantizeLinear') return undefined;
    const typeOf = (value: Value) => inference.types.get(value)?.elementType ?? editor.constant(value)?.type;
    return new Site(node, editor, typeOf).fuse();
  }),
};

/** Operators whose outputs are elements of their first input, or the largest of some. */
const moving = new Set([
  'DepthToSpace',
  'Flatten',
  'MaxPool',
  'Reshape',
  'Slice',
  'SpaceToDepth',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);
/** From here on MaxPool, Clip and Max take bytes. */
const bytesSince = 12;

/** A QuantizeLinear and what is before it. */
class Site {
  constructor(
    private readonly node: Node,
    private readonly editor: GraphEditor,
    private readonly typeOf: (value: Value) => ElementType | undefined,
  ) {}

  fuse(): string | undefined {
    const { editor, node } = this;
    const result = quantized(node, editor, this.typeOf);
    const source = node.inputs[0];
    const before = editor.producer(source);
    if (result === undefined || source === undefined || before === undefined || before.domain !== '') return undefined;
    if (before.opType === 'DequantizeLinear') return this.cancel(before, result);
    if (editor.onlyReader(source) !== node || before.outputs.length !== 1) return undefined;
    if (before.opType === 'Concat') return this.moveInto(before, result);
    if (moving.has(before.opType) || isNearest(before)) return this.move(before, result);
    const bounds = this.boundsOf(before, result);
    const inner = bounds === undefined ? before : editor.producer(before.inputs[0]);
    if (inner === undefined || (bounds !== undefined && editor.onlyReader(before.inputs[0]!) !== before))
      return undefined;
    return this.fuseConvolution(inner, bounds, result);
  }

  private cancel(before: Node, result: QuantizedTensor): string | undefined {
    const { editor, node } = this;
    const source = dequantized(before, editor, this.typeOf);
    if (source === undefined || !isSameQuantization(source, result) || editor.isFixed(result.integers))
      return undefined;
    editor.forward(result.integers, source.integers);
    editor.remove(node);
    this.removeUnread(before);
    return `${formatNode(before)} and ${formatNode(node)} cancel`;
  }

  /** Quantizes before the elements are moved, not after. */
  private move(before: Node, result: QuantizedTensor): string | undefined {
    const { editor, node } = this;
    const input = before.inputs[0]!;
    const dequantizing = editor.producer(input);
    const source = dequantized(dequantizing, editor, this.typeOf);
    if (dequantizing === undefined || source === undefined || !isSameQuantization(source, result)) return undefined;
    const moved: Node = {
      ...before,
      opset: Math.max(before.opset, before.opType === 'MaxPool' ? bytesSince : 1),
      inputs: [source.integers, ...before.inputs.slice(1)],
      outputs: [result.integers],
    };
    editor.replace(node, moved);
    editor.remove(before);
    this.removeUnread(dequantizing);
    return `${formatNode(before)} works on integers`;
  }

  /** The same for what joins several tensors, which may have had other scales before. */
  private moveInto(before: Node, result: QuantizedTensor): string | undefined {
    const { editor, node } = this;
    const sources = before.inputs.map((input) => {
      const producer = editor.producer(input);
      const source = dequantized(producer, editor, this.typeOf);
      return producer === undefined || source === undefined ? undefined : { producer, source };
    });
    if (sources.some((item) => item === undefined)) return undefined;
    const requantizing: Node[] = [];
    const inputs = before.inputs.map((input, i) => {
      const { source } = sources[i]!;
      if (isSameQuantization(source, result)) return source.integers;
      const integers = new Value(`${result.integers.name}/${i}`);
      requantizing.push({ ...node, name: '', inputs: [input, ...node.inputs.slice(1)], outputs: [integers] });
      return integers;
    });
    editor.replace(node, ...requantizing, { ...before, inputs, outputs: [result.integers] });
    editor.remove(before);
    for (const { producer } of new Map(sources.map((item) => [item!.producer, item!])).values())
      this.removeUnread(producer);
    return `${formatNode(before)} works on integers`;
  }

  /** The bounds that a Relu or Clip keeps the integers in; undefined for another node. */
  private boundsOf(node: Node, result: QuantizedTensor): readonly [number, number] | undefined {
    const [least, most] = result.type === 'int8' ? [-128, 127] : [0, 255];
    if (node.opType === 'Relu') return [quantizeNumber(0, result), most!];
    const bound = boundAs(clipping.Clip, node);
    if (bound === undefined || bound.version < 11) return undefined;
    const { min, max } = bound.inputs;
    const low = min === undefined ? -Infinity : scalarOf(min, this.editor);
    const high = max === undefined ? Infinity : scalarOf(max, this.editor);
    if (low === undefined || high === undefined || !(low <= high)) return undefined;
    return [
      low === -Infinity ? least! : quantizeNumber(low, result),
      high === Infinity ? most! : quantizeNumber(high, result),
    ];
  }

  private fuseConvolution(
    layer: Node,
    bounds: readonly [number, number] | undefined,
    result: QuantizedTensor,
  ): string | undefined {
    const { editor } = this;
    const convolution = boundAs(conv.Conv, layer);
    const bound = convolution ?? boundAs(convTranspose.ConvTranspose, layer);
    if (bound === undefined) return undefined;
    const { X, W, B } = bound.inputs;
    const producers = [X, W, B].map((value) => editor.producer(value));
    const [xNode, wNode, bNode] = producers;
    const x = dequantized(xNode, editor, this.typeOf);
    const w = dequantizedConstant(wNode, editor, convolution === undefined ? 1 : 0);
    if (x === undefined || w === undefined || !isByte(w.content.type)) return undefined;
    const bias = B === undefined ? undefined : dequantizedConstant(bNode, editor, 0);
    if (B !== undefined && (bias === undefined || !isBiasOf(bias, x, w))) {
      return `${formatNode(layer)} stays in float32: its bias is not quantized by the product of the other scales`;
    }
    const isWhole = bounds === undefined || this.isWholeRange(bounds, result.type);
    const sum = isWhole ? result.integers : new Value(`${result.integers.name}/unbounded`);
    if (convolution === undefined) {
      const nodes = integerConvTranspose({ layer, x, w, bias, result }, sum, editor);
      if (nodes === undefined) return undefined;
      this.replaceLayer(layer, nodes, isWhole ? undefined : this.clip(sum, bounds, result), producers);
      return `${formatNode(layer)} sums integers`;
    }
    const inputs = [
      ...[x.integers, x.scale, zeroPointOf(x, x.type, editor)],
      ...[w.integers, w.scale, this.weightZeros(w)],
      ...[result.scale, zeroPointOf(result, result.type, editor)],
      bias?.integers,
    ];
    const fused: Node = { ...nodeInPlace(layer, 'QLinearConv', 10, inputs, layer.attributes), outputs: [sum] };
    this.replaceLayer(layer, [fused], isWhole ? undefined : this.clip(sum, bounds, result), producers);
    return `${formatNode(layer)} is a QLinearConv`;
  }

  /** Keeps integers within bounds. */
  private clip(integers: Value, bounds: readonly [number, number], { integers: output, type }: QuantizedTensor): Node {
    const [low, high] = bounds.map((number, i) => {
      const name = `${output.name}/${i === 0 ? 'least' : 'most'}`;
      return this.editor.addConstant(name, tensorFromNumbers(type, [], [number]));
    });
    const clipped = nodeInPlace(this.node, 'Clip', bytesSince, [integers, low, high]);
    return { ...clipped, name: '', metadata: emptyMetadata };
  }

  /** Puts nodes in place of a layer, of the QuantizeLinear, of what is between the two and of what only they read. */
  private replaceLayer(
    layer: Node,
    nodes: readonly Node[],
    clip: Node | undefined,
    producers: readonly (Node | undefined)[],
  ): void {
    const { editor, node } = this;
    const between = editor.producer(node.inputs[0]);
    editor.replace(node, ...nodes, ...(clip === undefined ? [] : [clip]));
    if (between !== undefined && between !== layer) editor.remove(between);
    editor.remove(layer);
    for (const producer of new Set(producers)) if (producer !== undefined) this.removeUnread(producer);
  }

  private isWholeRange([low, high]: readonly [number, number], type: ElementType): boolean {
    return type === 'int8' ? low === -128 && high === 127 : low === 0 && high === 255;
  }

  /** One number, or one for each output channel. */
  private weightZeros(w: QuantizedConstant): Value {
    if (w.zeroPoint === undefined) return zeroPointOf(w, w.content.type, this.editor);
    return w.zeroPoint;
  }

  private removeUnread(node: Node): void {
    const { editor } = this;
    const isRead = node.outputs.some((value) => value && (editor.isFixed(value) || editor.readers(value).length > 0));
    if (!isRead) editor.remove(node);
  }
}

function isNearest(node: Node): boolean {
  return attributesOf(resize.Resize, node)?.mode === 'nearest';
}
