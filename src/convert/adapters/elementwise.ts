/** Elementwise operators: old broadcasting, activations that older sets write in parts. */
import { isFloat } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import { floatAttribute } from '../../ir/graph-editor.js';
import { tensorFromNumbers } from '../../ir/numeric.js';
import { alignedDims } from '../../ops/elementwise/legacy-broadcast.js';
import { boundary, type Draft, type Form, form, refuse, type Site } from '../form.js';
import { castTo } from './types.js';

/** The second input gets the trailing axes that numpy's broadcasting needs; before version 7 attributes said where it lies. */
function toNumpyBroadcasting(site: Site, draft: Draft): readonly Form[] | undefined {
  draft.attributes.delete('broadcast');
  draft.attributes.delete('axis');
  const [a, b] = site.bound.operator.inputs.map(({ name }) => site.needed(name)) as [Value, Value];
  const axis = site.number('axis');
  if (!site.flag('broadcast') || axis === undefined) return undefined;
  const [first, second] = [site.type(a)?.shape, site.type(b)?.shape];
  if (first === undefined || second === undefined) {
    return refuse(`the ranks of '${a.name}' and '${b.name}' are not known, and the attribute axis counts by them`);
  }
  const dims = alignedDims({ version: site.version, attributes: { broadcast: true, axis } }, first, second);
  if (dims.length === second.length) return undefined;
  const axes = Array.from({ length: dims.length - second.length }, (_, i) => BigInt(second.length + i));
  const aligned = site.addValue('aligned', { ...site.knownType(b), shape: dims });
  const { attributes } = draft;
  return [
    form('Unsqueeze', [b], [aligned], { axes: { kind: 'ints', value: axes } }),
    { opType: site.opType, inputs: [a, aligned], outputs: site.outputs, attributes },
  ];
}

/** A slope for each channel lies along axis 1, whatever numpy's broadcasting would do with it. */
function alignSlope(site: Site): readonly Form[] | undefined {
  const [x, slope] = [site.needed('X'), site.needed('slope')];
  const dims = site.type(slope)?.shape;
  if (dims === undefined) return refuse(`the rank of '${slope.name}' is not known`);
  if (dims.length !== 1 || dims[0] === 1) return undefined;
  const rank = site.rank(x);
  if (rank <= 2) return undefined;
  const axes = Array.from({ length: rank - 2 }, (_, i) => BigInt(i + 1));
  const shape = [...dims, ...axes.map(() => 1)];
  const aligned = site.addValue('slope', { ...site.knownType(slope), shape });
  return [
    form('Unsqueeze', [slope], [aligned], { axes: { kind: 'ints', value: axes } }),
    form('PRelu', [x, aligned], site.outputs),
  ];
}

/** Before version 8 all inputs have one shape. */
function requireOneShape(site: Site, { inputs }: Draft): undefined {
  const values = inputs.get('data_0') as readonly Value[];
  const [first, ...others] = values.map((value) => site.type(value)?.shape);
  const isSame = others.every((shape) => first !== undefined && shape?.join() === first.join());
  if (!isSame) refuse('its inputs are broadcast, or their shapes are not known, and before set 8 they have one shape');
}

/** Before version 12 a Max or Min is of floats; of others, the larger or smaller one is chosen. */
function choose(comparison: 'Greater' | 'Less') {
  return (site: Site, { inputs }: Draft): readonly Form[] | undefined => {
    const [first, ...others] = inputs.get('data_0') as readonly Value[];
    if (first === undefined) return refuse('it has no inputs');
    const { elementType } = site.knownType(first);
    if (isFloat(elementType) || others.length === 0) return undefined;
    const forms: Form[] = [];
    let best = first;
    others.forEach((other, i) => {
      const isBetter = site.addValue(`better_${i}`, { elementType: 'bool', shape: undefined });
      const isLast = i === others.length - 1;
      const chosen = isLast ? site.output : site.addValue(`chosen_${i}`, { elementType, shape: undefined });
      forms.push(form(comparison, [best, other], [isBetter]), form('Where', [isBetter, best, other], [chosen]));
      best = chosen;
    });
    return forms;
  };
}

/** The exponent in the type of the base, which is what the result is computed in. */
function castExponent(site: Site): readonly Form[] | undefined {
  const [x, y] = [site.needed('X'), site.needed('Y')];
  const [base, exponent] = [site.knownType(x), site.knownType(y)];
  if (base.elementType === exponent.elementType) return undefined;
  if (!isFloat(base.elementType)) return refuse('an integer is raised to a power of another type');
  const cast = site.addValue('exponent', { ...exponent, elementType: base.elementType });
  return [castTo(base.elementType, y, cast), form('Pow', [x, cast], site.outputs)];
}

function orEqual(strict: 'Greater' | 'Less') {
  return (site: Site): readonly Form[] => {
    const inputs = [site.needed('A'), site.needed('B')];
    const { shape } = site.type(site.output) ?? {};
    const [first, second] = ['strict', 'equal'].map((what) => site.addValue(what, { elementType: 'bool', shape }));
    return [form(strict, inputs, [first]), form('Equal', inputs, [second]), form('Or', [first, second], [site.output])];
  };
}

/** Arithmetic on values of the node's type, one form after another. */
export class Arithmetic {
  readonly forms: Form[] = [];
  private count = 0;

  constructor(
    private readonly site: Site,
    private readonly like: Value,
  ) {}

  number(value: number): Value {
    const { elementType } = this.site.knownType(this.like);
    return this.site.addConstant('number', tensorFromNumbers(elementType, [], [value]));
  }

  apply(opType: string, inputs: readonly Value[], attributes: Form['attributes'] = new Map(), output?: Value): Value {
    const type = this.site.knownType(this.like);
    const result = output ?? this.site.addValue(`${opType.toLowerCase()}_${++this.count}`, type);
    this.forms.push({ opType, inputs, outputs: [result], attributes });
    return result;
  }

  /** The node's own output. */
  give(opType: string, inputs: readonly Value[]): readonly Form[] {
    this.apply(opType, inputs, undefined, this.site.output);
    return this.forms;
  }
}

function elementwise(make: (steps: Arithmetic, x: Value, site: Site) => readonly Form[]) {
  return (site: Site): readonly Form[] => {
    const x = site.needed(site.bound.operator.inputs[0]!.name);
    return make(new Arithmetic(site, x), x, site);
  };
}

const sixth = new Map([
  ['alpha', floatAttribute(1 / 6)],
  ['beta', floatAttribute(0.5)],
]);

const hardSwish = elementwise((steps, x) => steps.give('Mul', [x, steps.apply('HardSigmoid', [x], sixth)]));

const mish = elementwise((steps, x) => steps.give('Mul', [x, steps.apply('Tanh', [steps.apply('Softplus', [x])])]));

const swish = elementwise((steps, x, site) => {
  const alpha = site.number('alpha') ?? 1;
  const scaled = alpha === 1 ? x : steps.apply('Mul', [x, steps.number(alpha)]);
  return steps.give('Mul', [x, steps.apply('Sigmoid', [scaled])]);
});

const celu = elementwise((steps, x, site) => {
  const alpha = site.number('alpha') ?? 1;
  const elu = steps.apply('Elu', [steps.apply('Div', [x, steps.number(alpha)])]);
  return steps.give('Mul', [elu, steps.number(alpha)]);
});

const gelu = elementwise((steps, x, site) => {
  const half = steps.apply('Mul', [x, steps.number(0.5)]);
  if (site.text('approximate') !== 'tanh') {
    const erf = steps.apply('Erf', [steps.apply('Mul', [x, steps.number(Math.SQRT1_2)])]);
    return steps.give('Mul', [half, steps.apply('Add', [erf, steps.number(1)])]);
  }
  const cube = steps.apply('Mul', [steps.apply('Mul', [steps.apply('Mul', [x, x]), x]), steps.number(0.044715)]);
  const inner = steps.apply('Mul', [steps.apply('Add', [x, cube]), steps.number(Math.sqrt(2 / Math.PI))]);
  return steps.give('Mul', [half, steps.apply('Add', [steps.apply('Tanh', [inner]), steps.number(1)])]);
});

const affine = elementwise((steps, x, site) => {
  const scaled = steps.apply('Mul', [x, steps.number(site.number('alpha') ?? 1)]);
  return steps.give('Add', [scaled, steps.number(site.number('beta') ?? 0)]);
});

const scaledTanh = elementwise((steps, x, site) => {
  const inner = steps.apply('Mul', [x, steps.number(site.number('beta') ?? 1)]);
  return steps.give('Mul', [steps.apply('Tanh', [inner]), steps.number(site.number('alpha') ?? 1)]);
});

const imageScaler = elementwise((steps, x, site) => {
  const scaled = steps.apply('Mul', [x, steps.number(site.number('scale') ?? 1)]);
  const bias = site.list('bias') ?? [0];
  const dims = [bias.length, ...new Array<number>(site.rank(x) - 2).fill(1)];
  const { elementType } = site.knownType(x);
  return steps.give('Add', [scaled, site.addConstant('bias', tensorFromNumbers(elementType, dims, bias))]);
});

export const elementwiseBoundaries = [
  boundary(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or', 'Xor', 'Equal', 'Greater', 'Less'], 7, {
    up: toNumpyBroadcasting,
  }),
  boundary('PRelu', 7, { up: alignSlope }),
  boundary(['Max', 'Min', 'Sum', 'Mean'], 8, { down: requireOneShape }),
  boundary('Max', 12, { down: choose('Greater') }),
  boundary('Min', 12, { down: choose('Less') }),
  boundary('Pow', 12, { down: castExponent }),
  boundary('GreaterOrEqual', 12, { down: orEqual('Greater') }),
  boundary('LessOrEqual', 12, { down: orEqual('Less') }),
  boundary('HardSwish', 14, { down: hardSwish }),
  boundary('Mish', 18, { down: mish }),
  boundary('Swish', 24, { down: swish }),
  boundary('Celu', 12, { down: celu }),
  boundary('Gelu', 20, { down: gelu }),
  boundary('Affine', 10, { up: affine }),
  boundary('ScaledTanh', 10, { up: scaledTanh }),
  boundary('ImageScaler', 10, { up: imageScaler }),
];
