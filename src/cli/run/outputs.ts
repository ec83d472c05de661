/** Writes presented outputs to files in a folder. */
import { dirname, join } from 'node:path';
import { npyType } from '../../files/npy.js';
import { npzPieces } from '../../files/npz.js';
import { writeWhole } from '../../files/write-whole.js';
import type { Tensor } from '../../ir/tensor.js';
import { type Content, encodeContent } from '../../present/artifact.js';
import type { PresentedOutput } from '../../present/present.js';
import type { RunOutputReport, WrittenFile } from '../../report/run.js';
import { cannotWrite } from '../cannot-write.js';
import { makeFolder } from '../make-folder.js';
import { writeIndex } from './array-folder.js';

export interface WriteOptions {
  readonly directory: string;
  /** Encodes contents to bytes, here or in another thread. */
  readonly encode?: (content: Content) => Uint8Array | Promise<Uint8Array>;
}

/**
 * Writes the artifacts of outputs, each whole or not at all. The folder is created only if something is written.
 * @throws ModelError US2010
 */
export async function writeArtifacts(
  outputs: readonly PresentedOutput[],
  { directory, encode = encodeContent }: WriteOptions,
): Promise<readonly RunOutputReport[]> {
  if (outputs.some(({ artifacts }) => artifacts.length > 0)) await makeResultFolder(directory);
  const reports: RunOutputReport[] = [];
  for (const { artifacts, ...output } of outputs) {
    const files: WrittenFile[] = [];
    for (const { file, content, ...facts } of artifacts) {
      const path = join(directory, file);
      try {
        await writeWhole(path, await encode(content));
      } catch (error) {
        cannotWrite(path, `the result '${output.name}' cannot be written`, error, folderHint);
      }
      files.push({ path, ...facts });
    }
    reports.push({ ...output, files });
  }
  return reports;
}

/**
 * Writes the names of arrays beside them if file names do not tell them, for reading the folder back.
 * @throws ModelError US2010
 */
export async function writeArrayNames(outputs: readonly PresentedOutput[], directory: string): Promise<void> {
  const files = outputs.flatMap(({ name, artifacts }) =>
    artifacts.filter(({ kind }) => kind === 'array').map(({ file }) => [file, name] as const),
  );
  if (files.length === 0) return;
  try {
    await writeIndex(directory, new Map(files));
  } catch (error) {
    cannotWrite(directory, 'the names of the arrays cannot be written', error, folderHint);
  }
}

export interface ArchiveSettings {
  readonly file: string;
  readonly compress: boolean;
}

/**
 * Writes all outputs into one archive, whole or not at all, and reports it for each.
 * @throws ModelError US2010
 */
export async function writeArchive(
  outputs: ReadonlyMap<string, Tensor>,
  reports: readonly RunOutputReport[],
  { file, compress }: ArchiveSettings,
): Promise<readonly RunOutputReport[]> {
  const arrays = new Map([...outputs].filter(([, { type }]) => npyType(type) !== undefined));
  try {
    await makeFolder(dirname(file));
    await writeWhole(file, npzPieces(arrays, { compress }));
  } catch (error) {
    cannotWrite(file, 'the archive of the results cannot be written', error, 'name another file with --output-npz');
  }
  return reports.map((report) => {
    if (!arrays.has(report.name)) return report;
    const written = npyType(report.elementType);
    const as = written === report.elementType ? '' : `, ${report.elementType} is written as ${written}`;
    const entry: WrittenFile = { path: file, kind: 'array', note: `the array '${report.name}'${as}` };
    return { ...report, files: [entry, ...report.files] };
  });
}

async function makeResultFolder(directory: string): Promise<void> {
  try {
    await makeFolder(directory);
  } catch (error) {
    cannotWrite(directory, 'the folder for the results cannot be made', error, folderHint);
  }
}

const folderHint = 'name another folder with --output-dir';
