/** What a conversion changed of a node, in words. */
import type { Attribute, Node } from '../ir/graph.js';
import type { ConvertedNode } from './convert-model.js';
import { moveOfAttribute } from './moves.js';

/** `input scales for attribute scales`, `Softplus, Tanh, Mul`. */
export function conversionText({ node, replacements }: ConvertedNode): string {
  const [made, ...others] = replacements;
  if (made === undefined || others.length > 0 || made.opType !== node.opType) {
    return `${node.opType} → ${replacements.map(({ opType }) => opType).join(', ')}`;
  }
  const texts = [...goneFrom(node, made), ...newIn(node, made)];
  const isCounted = texts.length === 0;
  return isCounted ? `${countOf(node)} → ${countOf(made)} inputs` : texts.join(', ');
}

function goneFrom(node: Node, made: Node): string[] {
  return [...node.attributes.keys()].flatMap((name) => {
    if (made.attributes.has(name)) return [];
    const move = moveOfAttribute(node.opType, name);
    return move !== undefined && countOf(made) > countOf(node)
      ? `attribute ${name} → input ${move.input}`
      : `without ${name}`;
  });
}

function newIn(node: Node, made: Node): string[] {
  return [...made.attributes].flatMap(([name, attribute]) => {
    if (node.attributes.get(name) === attribute) return [];
    const move = node.attributes.has(name) ? undefined : moveOfAttribute(node.opType, name);
    return move !== undefined && countOf(made) < countOf(node)
      ? `input ${move.input} → attribute ${name}`
      : `${name} = ${valueText(attribute)}`;
  });
}

function countOf({ inputs }: Node): number {
  return inputs.filter((input) => input !== undefined).length;
}

function valueText({ kind, value }: Attribute): string {
  if (kind === 'string') return new TextDecoder().decode(value);
  if (kind === 'ints' || kind === 'floats') return `[${value.join(', ')}]`;
  return kind === 'int' || kind === 'float' ? String(value) : `a ${kind}`;
}
