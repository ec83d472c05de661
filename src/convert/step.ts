/** One step between neighboring versions of an operator, as their signatures say it. */
import type { Attribute, Value } from '../ir/graph.js';
import { floatAttribute, intAttribute, intsAttribute, textAttribute } from '../ir/graph-editor.js';
import type { AttributeSpec } from '../ops/attributes.js';
import { countsOf, formalsIn } from '../ops/signature.js';
import { type Draft, type Form, refuse, type Site } from './form.js';
import { attributeOfInput, inputOf, moveOfAttribute, moveOfInput } from './moves.js';

/**
 * The node for the version `site.to`: inputs in its order, attributes that became inputs and the other way round, and
 * defaults that have changed written out.
 * @throws Refusal if the version lacks what the node has
 */
export function step(site: Site, draft: Draft): Form {
  const { operator, version } = site.bound;
  const { to } = site;
  for (const [name, spec] of Object.entries(operator.attributes)) {
    if (spec.existsIn(to)) keepDefault(site, draft, name, spec);
    else takeAway(site, draft, name, spec);
  }
  for (const formal of operator.inputs) {
    const value = draft.inputs.get(formal.name);
    if (formal.existsIn(to) || value === undefined || Array.isArray(value)) continue;
    const move = moveOfInput(operator.name, formal.name);
    const spec = move && operator.attributes[move.attribute];
    if (move === undefined || spec === undefined) {
      return refuse(`its input ${formal.name} is not there ${beside(operator.versions, to, version)}`);
    }
    draft.attributes.set(move.attribute, attributeOfInput(site, move, value as Value, spec.kind));
  }
  const inputs = formalsIn(operator.inputs, to).flatMap(({ name, isVariadic }): readonly (Value | undefined)[] => {
    const value = draft.inputs.get(name) as Value | readonly Value[] | undefined;
    return isVariadic ? ((value ?? []) as readonly Value[]) : [value as Value | undefined];
  });
  while (inputs.length > 0 && inputs.at(-1) === undefined) inputs.pop();
  const outputs = [...draft.outputs];
  while (outputs.length > 0 && outputs.at(-1) === undefined) outputs.pop();
  const { most } = countsOf(formalsIn(operator.outputs, to), to);
  if (outputs.length > most) {
    refuse(`it has ${outputs.length} outputs, of ${most} ${beside(operator.versions, to, version)}`);
  }
  return { opType: site.opType, inputs, outputs, attributes: draft.attributes };
}

/** An attribute that the node leaves out keeps its value where the default is another one. */
function keepDefault({ bound, to }: Site, { attributes }: Draft, name: string, spec: AttributeSpec<unknown>): void {
  if (attributes.has(name) || !spec.existsIn(bound.version)) return;
  const fallback = spec.defaultIn(bound.version);
  if (fallback === undefined || isEqual(fallback, spec.defaultIn(to))) return;
  const attribute = attributeFrom(spec.kind, fallback);
  if (attribute !== undefined) attributes.set(name, attribute);
}

/** An attribute that the version does not have: an input there, or a default that all nodes there compute by. */
function takeAway(site: Site, { attributes, inputs }: Draft, name: string, spec: AttributeSpec<unknown>): void {
  const attribute = attributes.get(name);
  if (attribute === undefined) return;
  const { operator, version } = site.bound;
  attributes.delete(name);
  const move = moveOfAttribute(operator.name, name);
  const formal = operator.inputs.find((item) => item.name === move?.input);
  const value = spec.read(name, attribute, version);
  const isDefault = isEqual(value, spec.defaultIn(version)) || (name === 'dilations' && isOnes(value));
  if (move !== undefined && formal?.existsIn(site.to) === true) {
    if (isDefault && !formal.isRequiredIn(site.to)) return;
    inputs.set(move.input, inputOf(site, move, attribute));
  } else if (!isDefault) {
    const shown = Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
    refuse(`its attribute ${name} = ${shown} is not there ${beside(operator.versions, site.to, version)}`);
  }
}

/** Where a version lies from another one: `before set 11`, `from set 13 on`. */
function beside(versions: readonly number[], to: number, from: number): string {
  if (to > from) return `from set ${to} on`;
  return `before set ${versions.find((version) => version > to) ?? from}`;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((item, i) => Object.is(item, b[i]));
}

/** What windows without dilations have. */
function isOnes(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => item === 1);
}

function attributeFrom(kind: Attribute['kind'], value: unknown): Attribute | undefined {
  if (kind === 'int') return intAttribute(Number(value));
  if (kind === 'float') return floatAttribute(Number(value));
  if (kind === 'string') return textAttribute(String(value));
  return kind === 'ints' && Array.isArray(value) ? intsAttribute(value as number[]) : undefined;
}
