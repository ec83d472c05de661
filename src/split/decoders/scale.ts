/** The resolution of values relative to the model's first input with a grid, in words. */
import type { Value } from '../../ir/graph.js';
import type { Network } from './network.js';
import type { Resolutions } from './resolution.js';

/**
 * Borders of windows and odd sizes make sizes differ from powers of two, which scales mostly are, by up to this much.
 */
const powerTolerance = 0.06;
const tolerance = 0.03;
const largestDenominator = 64;

export class Scales {
  private readonly reference: Value | undefined;

  constructor(
    { graph }: Network,
    private readonly resolutions: Resolutions,
  ) {
    this.reference = graph.inputs.find((input) => (resolutions.area(input) ?? 0) > 1) ?? graph.inputs[0];
  }

  /** The name of the input that scales are relative to. */
  get referenceName(): string | undefined {
    return this.reference?.name;
  }

  of(value: Value): string | undefined {
    const { reference, resolutions } = this;
    const area = resolutions.area(value);
    const whole = reference && resolutions.area(reference);
    if (area === undefined || whole === undefined) return undefined;
    if (area === 1 && (whole > 1 || (resolutions.shape(value)?.length ?? 0) <= 2)) return 'one vector';
    const own = this.grid(value);
    const other = this.grid(reference!);
    if (own === undefined || other === undefined || own.length !== other.length) {
      const rank = other?.filter((size) => size > 1).length || 1;
      return fractionText((area / whole) ** (1 / rank));
    }
    const texts = own.map((size, axis) => fractionText(size / other[axis]!));
    return new Set(texts).size === 1 ? texts[0] : texts.join(' × ');
  }

  /** Sizes along the axes of the grid; undefined where the grid may have been flattened to one axis, as for tokens. */
  private grid(value: Value): readonly number[] | undefined {
    const shape = this.resolutions.shape(value);
    const axis = this.resolutions.channelAxis(value);
    if (shape === undefined || axis === undefined || shape.length < 3) return undefined;
    if (axis !== this.resolutions.channelAxis(this.reference!)) return undefined;
    return shape.filter((_, i) => i !== 0 && i !== axis);
  }
}

function fractionText(ratio: number): string {
  const power = 2 ** Math.round(Math.log2(ratio));
  if (Math.abs(ratio / power - 1) <= powerTolerance) return power >= 1 ? String(power) : `1/${1 / power}`;
  for (let denominator = 1; denominator <= largestDenominator; denominator++) {
    const numerator = Math.round(ratio * denominator);
    if (numerator === 0 || Math.abs(ratio * denominator - numerator) > tolerance * ratio * denominator) continue;
    return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
  }
  return ratio.toPrecision(2);
}
