/**
 * Presents results of a network as files: arrays, and pictures that were requested or that the results evidently are.
 */
import { defineProblem, fail } from '../diagnostics.js';
import { FileNames } from '../files/file-names.js';
import { npyType } from '../files/npy.js';
import type { ElementType } from '../ir/element-type.js';
import { numbersOf } from '../ir/numeric.js';
import { formatShape } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { extremesOf } from '../pictures/tensor-picture.js';
import type { Artifact } from './artifact.js';
import { evidentKind } from './evident-kind.js';
import type { KindRequest, OutputKind } from './kinds.js';
import { OutputPictures } from './output-pictures.js';
import type { PresentOptions } from './present-options.js';
import type { Refusal } from './result-view.js';

export interface PresentedOutput {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: readonly number[];
  /** Over the finite elements; null if there are none or they are not numbers. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly artifacts: readonly Artifact[];
  readonly notes: readonly string[];
}

/** The endings of file names after their stem. */
export const artifactEndings: readonly string[] = [
  '.npy',
  '.png',
  '.mask.png',
  '.overlay.png',
  '.classes.png',
  '.probabilities.npy',
  '.probabilities.png',
  '.depth.png',
  '.channels.png',
];

/** The names of files for outputs: a stem each, so that no two files share a name. */
export function artifactNames(): FileNames {
  return new FileNames(artifactEndings);
}

/**
 * The artifacts that are requested. By default: NAME.npy, and if a picture was fed and the elements evidently are a
 * picture or classes, NAME.png or NAME.mask.png (NAME-0.png, NAME-1.png ... for a batch). Pure: reads options and
 * tensors, writes nothing. Throws ProblemError US2013 if a requested kind fits none of the outputs that it is requested
 * for.
 */
export function presentOutputs(outputs: ReadonlyMap<string, Tensor>, options: PresentOptions): PresentedOutput[] {
  const names = artifactNames();
  const presenters = [...outputs].map(([name, tensor]) => new Presenter(name, tensor, names, options));
  const presented = presenters.map((presenter) => presenter.present());
  for (const request of options.as ?? []) checkRequest(request, presenters);
  return presented;
}

const kindRefused = defineProblem(
  'US2013',
  { kind: 'string', output: 'string?', outputs: 'strings', expected: 'string' },
  ({ kind, output, outputs, expected }) => ({
    message: `${output === undefined ? 'no output' : `the output '${output}'`} can be written as ${kind}`,
    value: output,
    expected,
    actual: outputs.join(', '),
    hint: 'leave the option out for arrays; --layout says which axis the channels are',
  }),
);

function checkRequest({ kind, output }: KindRequest, presenters: readonly Presenter[]): void {
  const asked = presenters.filter(({ name }) => output === undefined || name === output);
  if (asked.length === 0 || asked.some((presenter) => !presenter.refused.has(kind))) return;
  const outputs = asked.map(({ name, tensor }) => `${name} ${tensor.type}${formatShape(tensor.dims)}`);
  fail(kindRefused({ kind, output, outputs, expected: asked[0]!.refused.get(kind)!.expected }));
}

class Presenter {
  readonly refused = new Map<OutputKind, Refusal>();
  private readonly artifacts: Artifact[] = [];
  private readonly notes: string[] = [];
  private readonly stem: string;
  /** Stems of the pictures of a batch. */
  private readonly stems = new Map<number, string>();

  constructor(
    readonly name: string,
    readonly tensor: Tensor,
    private readonly names: FileNames,
    private readonly options: PresentOptions,
  ) {
    this.stem = options.stems?.get(name) ?? names.claim(name);
  }

  present(): PresentedOutput {
    const { type, dims } = this.tensor;
    const isWritable = npyType(type) !== undefined;
    const values = isWritable ? numbersOf(this.tensor) : [];
    const extremes = extremesOf(values);
    if (isWritable) this.write(values);
    else this.notes.push(`not written: ${type} elements have no .npy form here`);
    return {
      name: this.name,
      elementType: type,
      shape: dims,
      minimum: extremes?.min ?? null,
      maximum: extremes?.max ?? null,
      artifacts: this.artifacts,
      notes: this.notes,
    };
  }

  private write(values: ArrayLike<number>): void {
    const kinds = this.kinds(values);
    if (kinds.includes('array')) this.array();
    const { overlay } = this.options;
    const drawn = kinds.filter((kind) => kind !== 'array');
    if (drawn.length === 0 && !overlay) return;
    const pictures = new OutputPictures(this.name, this.tensor, values, this.options, {
      add: (batch, ending, kind, content, note, shares) => {
        const file = `${this.stemOf(batch)}${ending}`;
        this.artifacts.push({ file, kind, note, content, ...(shares === undefined ? {} : { shares }) });
      },
      note: (text) => {
        if (!this.notes.includes(text)) this.notes.push(text);
      },
    });
    for (const kind of drawn) {
      const refusal = pictures.draw(kind);
      if (refusal !== undefined) this.refused.set(kind, refusal);
    }
    if (overlay) pictures.overlay(kinds.includes('mask') || kinds.includes('classes'));
  }

  private kinds(values: ArrayLike<number>): readonly OutputKind[] {
    const { as = [], arrays = true, pictures = true } = this.options;
    if (as.length > 0) {
      const asked = as.filter(({ output }) => output === undefined || output === this.name).map(({ kind }) => kind);
      return [...new Set(asked)];
    }
    const kinds: OutputKind[] = arrays ? ['array'] : [];
    if (!pictures) return kinds;
    if (this.options.inner?.has(this.name) === true) {
      if (this.tensor.dims.length === 4) this.notes.push('an inner value of the network: --as channels draws it');
      return kinds;
    }
    const evident = evidentKind(this.tensor, values, this.options);
    if (evident?.reason !== undefined) this.notes.push(evident.reason);
    return evident?.kind === undefined ? kinds : [...kinds, evident.kind];
  }

  private array(): void {
    const { type, dims, data } = this.tensor;
    const written = npyType(type);
    const note = written === type ? null : `${type} is written as ${written}`;
    this.artifacts.push({
      file: `${this.stem}.npy`,
      kind: 'array',
      note,
      content: { form: 'npy', tensor: { type, dims, data } },
    });
  }

  /** NAME, or NAME-0, NAME-1 ... for a batch. */
  private stemOf(batch: number | undefined): string {
    if (batch === undefined) return this.stem;
    const stem = this.stems.get(batch) ?? this.names.claim(`${this.stem}-${batch}`, (stem) => stem);
    this.stems.set(batch, stem);
    return stem;
  }
}
