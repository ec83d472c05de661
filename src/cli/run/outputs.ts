/** Presented outputs become files in a folder. */
import { join } from 'node:path';
import { writeWhole } from '../../files/write-whole.js';
import { type Content, encodeContent } from '../../present/artefact.js';
import type { PresentedOutput } from '../../present/present.js';
import type { RunOutputReport, WrittenFile } from '../../report/run.js';
import { cannotWrite } from '../cannot-write.js';
import { makeFolder } from '../make-folder.js';

export interface WriteOptions {
  readonly directory: string;
  /** How contents become bytes: here, or in another thread. */
  readonly encode?: (content: Content) => Uint8Array | Promise<Uint8Array>;
}

/**
 * Writes the artefacts of outputs, each whole or not at all.
 * @throws ModelError US2010
 */
export async function writeArtefacts(
  outputs: readonly PresentedOutput[],
  { directory, encode = encodeContent }: WriteOptions,
): Promise<readonly RunOutputReport[]> {
  // Where nothing goes into it, the folder is not asked for.
  if (outputs.some(({ artefacts }) => artefacts.length > 0)) await makeResultFolder(directory);
  const reports: RunOutputReport[] = [];
  for (const { artefacts, ...output } of outputs) {
    const files: WrittenFile[] = [];
    for (const { file, content, ...facts } of artefacts) {
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

async function makeResultFolder(directory: string): Promise<void> {
  try {
    await makeFolder(directory);
  } catch (error) {
    cannotWrite(directory, 'the folder for the results cannot be made', error, folderHint);
  }
}

const folderHint = 'name another folder with --output-dir';
