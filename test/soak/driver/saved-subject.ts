/** Files that were tried, and what they were fed, as JSON: between processes, and as findings in the tree. */
import { elementTypeFacts, elementTypes } from '../../../src/ir/element-type.js';
import { Tensor } from '../../../src/ir/tensor.js';
import type { Subject } from '../parts/part.js';

export interface SavedSubject {
  readonly kind: Subject['kind'];
  /** In base64. */
  readonly bytes: string;
  readonly feeds?: readonly SavedFeed[] | undefined;
}

interface SavedFeed {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  /** Texts as they are, everything else as its bytes in base64. */
  readonly data: string | readonly string[];
}

export function saved({ kind, bytes, feeds }: Subject): SavedSubject {
  return {
    kind,
    bytes: Buffer.from(bytes).toString('base64'),
    ...(feeds === undefined ? {} : { feeds: [...feeds].map(([name, tensor]) => savedFeed(name, tensor)) }),
  };
}

function savedFeed(name: string, { type, dims, data }: Tensor): SavedFeed {
  if (!ArrayBuffer.isView(data)) return { name, type, dims, data: data as readonly string[] };
  return {
    name,
    type,
    dims,
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  };
}

export function restored({ kind, bytes, feeds }: SavedSubject): Subject {
  return {
    kind,
    bytes: new Uint8Array(Buffer.from(bytes, 'base64')),
    feeds: feeds && new Map(feeds.map((feed) => [feed.name, restoredFeed(feed)])),
  };
}

function restoredFeed({ type: name, dims, data }: SavedFeed): Tensor {
  const type = elementTypes.find((item) => item === name);
  if (type === undefined) throw new TypeError(`no element type ${name}`);
  if (typeof data !== 'string') return new Tensor(type, dims, [...data]);
  const { array } = elementTypeFacts(type);
  if (array === undefined) throw new TypeError(`${name} has no arrays`);
  const bytes = Buffer.from(data, 'base64');
  const elements = new array(bytes.length / array.BYTES_PER_ELEMENT);
  new Uint8Array(elements.buffer).set(bytes);
  return new Tensor(type, dims, elements);
}
