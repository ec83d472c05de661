// What unstride.min.js begins with: runs its modules, which are functions by name, and unpacks the rest of them when one is wanted.

import { packedBytes } from './packed-bytes.js';

/**
 * @param parts the modules that are there at once
 * @param entry the name of the one whose exports are returned
 * @param packed what packed.js makes of code: an object with the others
 */
export function start(parts, entry, ...packed) {
  const loaded = {};
  let unpacking;
  const take = (name) => {
    if (loaded[name] === undefined) {
      const exports = {};
      loaded[name] = exports;
      parts[name](take, (bindings) => Object.assign(exports, bindings), takeLater);
    }
    return loaded[name];
  };
  const takeLater = async (name) => {
    if (parts[name] === undefined) {
      unpacking ??= unpackedText(...packed).then(run);
      Object.assign(parts, await unpacking);
    }
    return take(name);
  };
  return take(entry);
}

function unpackedText(text, length) {
  const stream = new Blob([packedBytes(text, length)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(stream).text();
}

/** As a script of its own: a Content-Security-Policy that allows WebAssembly need not allow `eval`. */
function run(code) {
  return new Promise((resolve, reject) => {
    const key = Symbol.for('unstride.min.js');
    globalThis[key] = resolve;
    const text = `globalThis[Symbol.for('unstride.min.js')](${code})`;
    const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    const end = () => {
      URL.revokeObjectURL(url);
      delete globalThis[key];
    };
    const fail = (cause) => {
      end();
      const hint = "a Content-Security-Policy has to allow 'blob:' in script-src";
      reject(new Error(`the engine in unstride.min.js cannot be unpacked: ${hint}`, { cause }));
    };
    if (typeof document === 'object') {
      const script = Object.assign(document.createElement('script'), { src: url, onerror: () => fail() });
      script.onload = () => {
        end();
        script.remove();
      };
      document.head.append(script);
      return;
    }
    try {
      importScripts(url);
      end();
    } catch (error) {
      fail(error);
    }
  });
}
