/**
 * What lowers quantized values beside their products: it comes with graphs that quantize, or that have integers of 8 bits. In
 * others there is nothing for it to do.
 */
import type { Node, Value } from '../../ir/graph.js';
import { Part } from '../../limits/part.js';
import type { LoweringContext } from '../context/context.js';
import type * as quantized from './quantized.js';

export const quantizedNodes = new Part<typeof quantized>(() => import('./quantized.js'));

export function isQuantization(node: Node): boolean {
  return quantizedNodes.isLoaded && quantizedNodes.value.isQuantization(node);
}

export function isReadAsBytes(context: LoweringContext, node: Node): boolean {
  return quantizedNodes.isLoaded && quantizedNodes.value.isReadAsBytes(context, node);
}

/** The bytes that a value is to be dequantized from where something reads it as floats; undefined for any other value. */
export function bytesPutOff(context: LoweringContext, value: Value): Value | undefined {
  return quantizedNodes.isLoaded ? quantizedNodes.value.bytesPutOff(context, value) : undefined;
}

/** Puts off a DequantizeLinear that its readers do. @returns whether it has */
export function isLeftToReaders(context: LoweringContext, node: Node): boolean {
  return quantizedNodes.isLoaded && quantizedNodes.value.isLeftToReaders(context, node);
}

export function quantizationTree(
  ...args: Parameters<typeof quantized.quantizationTree>
): ReturnType<typeof quantized.quantizationTree> {
  return quantizedNodes.value.quantizationTree(...args);
}

/** Adds the step where bytes are concerned. @returns whether it has */
export function addByteLoop(...args: Parameters<typeof quantized.addByteLoop>): boolean {
  return quantizedNodes.isLoaded && quantizedNodes.value.addByteLoop(...args);
}

/** Leaves out the addition of a constant zero point that a tree ends with, where all readers subtract the same one. */
export function settled<Made extends quantized.Made>(context: LoweringContext, made: Made): Made {
  return quantizedNodes.isLoaded ? quantizedNodes.value.settled(context, made) : made;
}
