/** The files of the one model that is served: its own, and those that it keeps weights in. */
import path from 'node:path';
import { ModelError, ProblemError } from '../../diagnostics.js';
import { externalLocations } from '../../onnx/source-files.js';
import { filesBeside } from '../../runtime/node-files.js';
import { openModel } from '../../runtime/open.js';

export interface ServedModel {
  /** The name of its file. */
  readonly name: string;
  /** The path of a file by the address below the model's folder; undefined for what is none of the model's. */
  pathOf(address: string): string | undefined;
}

/** A model that cannot be read is served too: the page says what is wrong with it. */
export async function servedModel(file: string): Promise<ServedModel> {
  const name = path.basename(file);
  const beside = filesBeside(file);
  const locations = await weightFiles(file);
  return {
    name,
    pathOf(address) {
      if (address === name) return file;
      if (!locations.has(address)) return undefined;
      try {
        return beside.path?.(address);
      } catch (error) {
        // It is not there, or leads out of the folder.
        if (error instanceof ProblemError) return undefined;
        throw error;
      }
    },
  };
}

async function weightFiles(file: string): Promise<ReadonlySet<string>> {
  try {
    return externalLocations((await openModel(file)).model.graph);
  } catch (error) {
    if (error instanceof ModelError) return new Set();
    throw error;
  }
}
