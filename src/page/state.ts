/** What the page shows, as signals, and what changes it. */
import { batch, computed, signal } from '@preact/signals';
import { type PageAddress, readAddress, writeAddress } from './address.js';
import { Engine, TaskError } from './engine.js';
import { type Example, exampleSource, examples } from './gallery.js';
import type {
  CheckedView,
  DecodersView,
  DrawDetail,
  DrawnView,
  ExplainedView,
  ExportRequest,
  FindingView,
  LayerRow,
  ModelSource,
  OpenedView,
  RanView,
  RunRequest,
  Sizes,
} from './protocol.js';

export const tabs = ['drawing', 'layers', 'findings', 'run', 'export'] as const;
export type Tab = (typeof tabs)[number];

const engine = new Engine(new URL('page-worker.js', document.baseURI));

export const opened = signal<OpenedView | undefined>(undefined);
export const checked = signal<CheckedView | undefined>(undefined);
/** All nodes, at the sizes that are set. */
export const layers = signal<readonly LayerRow[]>([]);
export const sizes = signal<Sizes>(new Map());
export const tab = signal<Tab>('drawing');
export const detail = signal<DrawDetail>('blocks');
export const byTime = signal(false);
export const drawn = signal<DrawnView | undefined>(undefined);
export const layer = signal<number | undefined>(undefined);
export const explained = signal<ExplainedView | undefined>(undefined);
export const decoders = signal<DecodersView | undefined>(undefined);
export const ran = signal<RanView | undefined>(undefined);
/** What went wrong in the task before: shown until the next one. */
export const failure = signal<readonly FindingView[]>([]);
const tasks = signal<readonly { readonly what: string }[]>([]);
/** What the worker is at, in words; undefined when it waits. */
export const busy = computed(() => tasks.value.at(-1)?.what);
/** A picture that was dropped while a model was open. */
export const droppedPicture = signal<File | undefined>(undefined);

const example = signal<string | undefined>(undefined);
/** The files of the model that is open, for weights that are dropped after it. */
let files: Extract<ModelSource, { kind: 'files' }> | undefined;

/** The examples that came with this page. */
export const gallery: readonly Example[] = examples.filter(({ id }) => metaList('examples').includes(id));

export const errors = computed(() => checked.value?.errorCount ?? 0);

function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

function metaList(name: string): readonly string[] {
  return meta(name).split(',');
}

/** Counts the models that were opened: what was being done with the one before is of no interest any more. */
let visit = 0;

/** Does a task, and tells what went wrong. @returns undefined where something did, and where another model is opened meanwhile */
async function doing<T>(what: string, task: () => Promise<T>): Promise<T | undefined> {
  const begun = visit;
  const entry = { what };
  batch(() => {
    tasks.value = [...tasks.value, entry];
    failure.value = [];
  });
  try {
    const answer = await task();
    return begun === visit ? answer : undefined;
  } catch (error) {
    if (begun === visit) failure.value = error instanceof TaskError ? error.findings : [unexpected(error)];
    return undefined;
  } finally {
    tasks.value = tasks.value.filter((item) => item !== entry);
  }
}

function unexpected(error: unknown): FindingView {
  const message = error instanceof Error ? error.message : String(error);
  return { severity: 'error', code: '', title: 'A fault of the page', message, notes: [], remedies: [] };
}

async function open(source: ModelSource, at: PageAddress): Promise<void> {
  visit++;
  nextRun = undefined;
  batch(() => {
    for (const item of [opened, checked, drawn, layer, explained, decoders, ran, droppedPicture])
      item.value = undefined;
    layers.value = [];
    sizes.value = new Map();
    byTime.value = false;
    example.value = at.example;
  });
  const answer = await doing(`opening ${source.name}`, async () => {
    const view = await engine.open(source);
    return { view, rows: await rowsAt(sizes.value, view.checked) };
  });
  if (answer === undefined) return;
  const { view, rows } = answer;
  batch(() => {
    opened.value = view;
    checked.value = view.checked;
    layers.value = rows;
    tab.value = 'drawing';
  });
  const known = new Map([...at.sizes].filter(([name]) => view.checked.sizes.some((size) => size.name === name)));
  if (known.size > 0) await setSizes(known);
  else await draw();
  if (at.layer !== undefined && at.layer < rows.length) await chooseLayer(at.layer);
  writeHash();
}

export function openExample(chosen: Example, at: Partial<PageAddress> = {}): Promise<void> {
  files = undefined;
  return open(exampleSource(chosen), { sizes: new Map(), layer: undefined, ...at, example: chosen.id });
}

/** A model, and the files of its weights, pictures to run on, or weights for the model that is open. */
export async function openFiles(list: readonly File[]): Promise<void> {
  const picture = list.find(({ type, name }) => /^image\//.test(type) || /\.(png|jpe?g|webp|tiff?)$/i.test(name));
  if (picture !== undefined && list.length === 1) {
    if (opened.value === undefined) {
      failure.value = [
        unexpected(new Error('This is a picture. Open a model first; then drop the picture to run it.')),
      ];
      return;
    }
    droppedPicture.value = picture;
    tab.value = 'run';
    return;
  }
  const missing = new Set(opened.value?.missing.map((location) => location.replace(/.*\//, '')));
  const model = list.find(({ name }) => /\.onnx$/i.test(name)) ?? list.find(({ name }) => !missing.has(name));
  const others = list.filter((file) => file !== model).map((file) => ({ name: file.name, data: file }));
  if (model !== undefined) files = { kind: 'files', name: model.name, model, others };
  else if (files !== undefined) files = { ...files, others: [...files.others, ...others] };
  if (files !== undefined) await open(files, { example: undefined, sizes: new Map(), layer: undefined });
}

/** What the address says, or the model that the page was started for. */
export async function openFromAddress(): Promise<void> {
  const at = readAddress(location.hash);
  const chosen = gallery.find(({ id }) => id === at.example);
  const given = meta('model');
  if (chosen !== undefined) await openExample(chosen, at);
  else if (given !== '') {
    const name = decodeURIComponent(given.slice(given.lastIndexOf('/') + 1));
    await open({ kind: 'address', name, address: given }, { ...at, example: undefined });
  }
}

function writeHash(): void {
  const place = writeAddress({ example: example.value, sizes: sizes.value, layer: layer.value });
  history.replaceState(null, '', `${location.pathname}${location.search}${place}`);
}

async function rowsAt(at: Sizes, { layerCount }: CheckedView): Promise<readonly LayerRow[]> {
  const rows: LayerRow[] = [];
  while (rows.length < layerCount) rows.push(...(await engine.ask('layers', { sizes: at, from: rows.length })));
  return rows;
}

export async function setSizes(wanted: Sizes): Promise<void> {
  sizes.value = wanted;
  const answer = await doing('checking the sizes', async () => {
    const view = await engine.ask('check', wanted);
    return { view, rows: await rowsAt(wanted, view) };
  });
  if (answer === undefined) return;
  batch(() => {
    checked.value = answer.view;
    layers.value = answer.rows;
  });
  writeHash();
  await draw();
  if (layer.value !== undefined) await chooseLayer(layer.value);
}

export async function draw(): Promise<void> {
  const request = { sizes: sizes.value, detail: detail.value, byTime: byTime.value };
  const view = await doing('drawing', () => engine.ask('draw', request));
  if (view !== undefined) drawn.value = view;
}

export async function chooseLayer(place: number): Promise<void> {
  layer.value = place;
  writeHash();
  const request = { node: place, sizes: sizes.value };
  const view = await doing('explaining the layer', () => engine.ask('explain', request));
  if (layer.value === place) explained.value = view;
}

/** No layer is chosen any more. */
export function leaveLayer(): void {
  layer.value = undefined;
  explained.value = undefined;
  writeHash();
}

export async function findDecoders(): Promise<void> {
  decoders.value = await doing('looking for decoders', () => engine.ask('decoders', undefined));
}

type RunChoice = Omit<RunRequest, 'sizes'>;

/** What was asked for while a run was under way: the last of it comes next. */
let nextRun: RunChoice | undefined;

/** Runs as soon as the run before is done; of several that are asked for meanwhile, as when a slider moves, the last. */
export async function run(request: RunChoice): Promise<void> {
  nextRun = request;
  if (tasks.value.some(({ what }) => what === running)) return;
  for (let next: RunChoice | undefined = request; next !== undefined; next = nextRun) {
    nextRun = undefined;
    const asked = { ...next, sizes: sizes.value };
    const view = await doing(running, () => engine.ask('run', asked));
    if (view === undefined) return;
    for (const { bitmap } of ran.value?.outputs.flatMap(({ pictures }) => pictures) ?? []) bitmap.close();
    ran.value = view;
  }
}

const running = 'running';

export function stop(): void {
  engine.stop();
}

/** Makes a file, and has the browser save it. */
export async function save(request: ExportRequest): Promise<void> {
  const file = await doing('making the file', () => engine.ask('export', request));
  if (file === undefined) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file.content);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
