/** The files of weights of a model that is opened: given by the program, or beside the model. */
import { defineProblem, fail } from '../diagnostics.js';
import type { Graph } from '../ir/graph.js';
import { byLocation, type ExternalFiles, externalFilesFrom } from '../onnx/external-data.js';
import { externalLocations } from '../onnx/source-files.js';
import { type ExternalData, type ExternalFileSource, externalSources } from './external-data-option.js';
import { fetchBytes } from './fetch-bytes.js';
import { isNode } from './host.js';

/** Where a model lies, if it lies anywhere. */
export interface ModelPlace {
  /** Its path, in Node. */
  readonly path?: string | undefined;
  /** Its address, where files beside it are fetched. */
  readonly base?: URL | undefined;
  /** Files beside the model that are being fetched, by location: the bytes, or why there are none. */
  readonly coming?: ReadonlyMap<string, Promise<Uint8Array | string>> | undefined;
  /** What reads files beside the path. */
  readonly files?: ExternalFiles | undefined;
}

export class ModelFiles {
  /** For constants, which look only when they are loaded. */
  readonly files: ExternalFiles | undefined;
  private readonly given: ReadonlyMap<string, ExternalFileSource>;
  private readonly held = new Map<string, Uint8Array>();
  /** Files of this machine that the program has named, and what reads them. */
  private readonly placed = new Map<string, { readonly files: ExternalFiles; readonly name: string }>();

  /** @throws TypeError for data that is none */
  constructor(
    private readonly place: ModelPlace,
    externalData: ExternalData | undefined,
  ) {
    this.given = byLocation(externalData === undefined ? {} : externalSources(externalData));
    const { base, files } = place;
    this.files = this.given.size === 0 && base === undefined ? files : externalFilesFrom(this.held, this.others());
  }

  private others(): ExternalFiles | undefined {
    const { files } = this.place;
    if (
      files === undefined &&
      ![...this.given.values()].some((source) => typeof source === 'string' || source instanceof URL)
    )
      return undefined;
    const at = (location: string) => this.placed.get(location) ?? (files && { files, name: location });
    return {
      read(location, offset, length) {
        const found = at(location);
        if (found === undefined) return externalFilesFrom({}).read(location, offset, length);
        return found.files.read(found.name, offset, length);
      },
      readInto(location, offset, target) {
        const found = at(location);
        if (found?.files.readInto === undefined) target.set(this.read(location, offset, target.length));
        else found.files.readInto(found.name, offset, target);
      },
      version: (location) => at(location)?.files.version?.(at(location)!.name),
      path: (location) => at(location)?.files.path?.(at(location)!.name),
      modelFile: files?.modelFile,
    };
  }

  /** Gets what the graph names and has to be in memory. @throws ProblemError US1006 */
  async fill(graph: Graph): Promise<void> {
    if (this.given.size === 0 && this.place.base === undefined) return;
    const locations = externalLocations(graph);
    for (const location of locations) {
      const source = this.given.get(location) ?? this.byLastPart(location, locations);
      if (source !== undefined) await this.take(location, source);
      else if (this.place.base !== undefined) this.held.set(location, await this.beside(location, this.place.base));
    }
  }

  /** @param location as externalPlace gives it: relative and without '..' */
  private async beside(location: string, base: URL): Promise<Uint8Array> {
    const coming = this.place.coming?.get(location);
    const address = () => new URL(location.split('/').map(encodeURIComponent).join('/'), base);
    const answer = await (coming ?? fetchBytes(address));
    if (typeof answer !== 'string') return answer;
    fail(externalNotFetched({ location, answer }));
  }

  /** A list of paths says of a file in a folder beside the model only how it is called. */
  private byLastPart(location: string, locations: ReadonlySet<string>): ExternalFileSource | undefined {
    const [name, ...alike] = [...locations].map(lastPart).filter((item) => item === lastPart(location));
    return name === undefined || alike.length > 0 ? undefined : this.given.get(name);
  }

  private async take(location: string, source: ExternalFileSource): Promise<void> {
    if (typeof source !== 'string' && !(source instanceof URL)) {
      const bytes = source instanceof Blob ? await source.arrayBuffer() : source;
      this.held.set(location, bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
      return;
    }
    const text = String(source);
    if (isNode() && !/^https?:/i.test(text)) {
      const { fileAt } = await import('./node-files.js');
      const file = fileAt(text, this.place.path);
      if (file === undefined) fail(externalNotThere({ location, file: text, folder: process.cwd() }));
      this.placed.set(location, file);
      return;
    }
    this.held.set(location, await this.fetchGiven(location, text));
  }

  /** An address is relative to the page; where nothing is there, to the model. */
  private async fetchGiven(location: string, address: string): Promise<Uint8Array> {
    const page = typeof globalThis.location === 'object' ? globalThis.location.href : undefined;
    const answer = await fetchBytes(() => new URL(address, page ?? this.place.base));
    if (typeof answer !== 'string') return answer;
    const { base } = this.place;
    const beside = base === undefined ? answer : await fetchBytes(() => new URL(address, base));
    if (typeof beside !== 'string') return beside;
    fail(externalNotFetchedFrom({ location, address, answer }));
  }
}

function lastPart(location: string): string {
  return location.slice(location.lastIndexOf('/') + 1);
}

const externalNotThere = defineProblem(
  'US1006',
  { location: 'string', file: 'string', folder: 'string' },
  ({ location, file, folder }) => ({
    message: `the external data for '${location}' is not where it is said to be`,
    actual: `no file '${file}', neither from ${folder} nor beside the model`,
  }),
);

const externalNotFetchedFrom = defineProblem(
  'US1006',
  { location: 'string', address: 'string', answer: 'string' },
  ({ location, address, answer }) => ({
    message: `the external data for '${location}' cannot be fetched from '${address}'`,
    actual: answer,
  }),
);

const externalNotFetched = defineProblem(
  'US1006',
  { location: 'string', answer: 'string' },
  ({ location, answer }) => ({
    message: `the external file '${location}' cannot be fetched`,
    actual: answer,
    hint: `it belongs beside the model; or pass externalData: { '${location}': bytes }`,
  }),
);
