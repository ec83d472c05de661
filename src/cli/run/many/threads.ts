/** Reads, prepares and writes in threads of the pool. */

import type { PreparedPicture } from '../../../feed/picture-input.js';
import type { Preparation } from '../../../feed/prepare.js';
import type { Picture } from '../../../pictures/picture.js';
import type { RunOutputReport } from '../../../report/run.js';
import type { DataFile } from '../data-file.js';
import {
  type Answer,
  buffersOf,
  dataFileOf,
  type Job,
  type PlainData,
  revived,
  unwrap,
  type WriteJob,
} from './jobs.js';
import { poolSize, WorkerPool } from './pool.js';

export interface ThreadOptions {
  /** Names of the model's inputs, which are read from archives. */
  readonly names: readonly string[];
  /** Pictures with more pixels are refused. */
  readonly maxPixels: number | undefined;
}

/** Results belong to the caller, and their memory is transferred when they go into the next job. */
export class ItemThreads {
  private readonly pool = new WorkerPool(poolSize());
  /** Files that are the same for all items, read once. */
  private readonly fixed = new Map<string, Promise<PlainData>>();
  /** Their memory, which is never transferred. */
  private readonly shared = new Set<ArrayBuffer>();

  constructor(private readonly options: ThreadOptions) {}

  /** Reads a file of one item. Throws ProblemError, ModelError. */
  async read(path: string): Promise<DataFile> {
    return dataFileOf(await this.readPlain(path));
  }

  /** Reads a file that all items share. Throws ProblemError, ModelError. */
  async readShared(path: string): Promise<DataFile> {
    const data = this.fixed.get(path) ?? this.readPlain(path);
    this.fixed.set(path, data);
    const plain = await data;
    buffersOf(plain, this.shared);
    return dataFileOf(plain);
  }

  private async readPlain(path: string): Promise<PlainData> {
    return (await this.ask('read', { kind: 'read', path, ...this.options })).data;
  }

  /** Throws ProblemError, ModelError. @param path for messages */
  async prepare(picture: Picture, preparation: Preparation, path: string): Promise<PreparedPicture> {
    const job = { kind: 'prepare', picture, preparation, path } as const;
    const { tensor, notes, picture: kept } = await this.ask('prepared', job, buffersOf(picture));
    return { picture: kept, tensor: revived(tensor), notes };
  }

  /** Throws ProblemError, ModelError. */
  async write(job: WriteJob): Promise<readonly RunOutputReport[]> {
    return (await this.ask('written', job, buffersOf(job))).outputs;
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async ask<Kind extends 'read' | 'prepared' | 'written'>(
    kind: Kind,
    job: Job,
    buffers: ReadonlySet<ArrayBuffer> = new Set(),
  ): Promise<Extract<Answer, { kind: Kind }>> {
    const transfer = [...buffers].filter((buffer) => !this.shared.has(buffer));
    const answer = unwrap(await this.pool.run(job, transfer));
    if (answer.kind !== kind) throw new Error(`a thread answered '${answer.kind}' to '${job.kind}'`);
    return answer as Extract<Answer, { kind: Kind }>;
  }
}
