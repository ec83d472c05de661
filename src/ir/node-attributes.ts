/** Attributes of a node by name, undefined where they are absent or of another kind; defaults are the operators' affair. */
import type { Node } from './graph.js';

export function intOf(node: Node, name: string): number | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'int' ? Number(attribute.value) : undefined;
}

export function intsOf(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'ints' ? attribute.value.map(Number) : undefined;
}

const utf8 = new TextDecoder();

export function textOf(node: Node, name: string): string | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'string' ? utf8.decode(attribute.value) : undefined;
}
