/** `unstride run`: arrays that one run writes and another one reads. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync, Zip, ZipPassThrough, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { modelBytes, nodeProto } from '../support/model.js';
import { npy, same, sum, useRun } from './run-support.js';

const { cli, done, fault, run, runJson, array, listed } = useRun();

/** Names of which two make the same file. */
const names = ['a/b:0', 'a_b_0', '../up', 'plain'];

/** The names as outputs of `x`, each multiplied by its place. */
function encoder(): Uint8Array {
  return modelBytes({
    inputs: { x: [2] },
    outputs: Object.fromEntries(names.map((name) => [name, [2]])),
    nodes: names.map((name, i) => ({
      opType: 'Sum',
      input: Array.from({ length: i + 1 }, () => 'x'),
      output: [name],
      name,
    })),
  });
}

/** The names as inputs in another order, each handed on under its place. */
function decoder(): Uint8Array {
  const order = [3, 1, 2, 0];
  return modelBytes({
    inputs: Object.fromEntries(order.map((i) => [names[i]!, [2]])),
    outputs: Object.fromEntries(order.map((i) => [`out${i}`, [2]])),
    nodes: order.map((i) => ({ opType: 'Identity', input: [names[i]!], output: [`out${i}`], name: `n${i}` })),
  });
}

function expectDecoded(): void {
  for (const i of names.keys()) expect(array(`unstride-out/out${i}.npy`).values).toEqual([i + 1, 10 * (i + 1)]);
}

describe('a folder of arrays', () => {
  it('is read back by the names of the inputs, whatever they are', () => {
    cli.put('encoder.onnx', encoder());
    cli.put('decoder.onnx', decoder());
    cli.put('x.npy', npy([2], [1, 10]));
    done('encoder.onnx', '--input', 'x.npy', '--output-dir', 'between');
    expect(listed('between')).toEqual(['.._up.npy', 'a_b_0-2.npy', 'a_b_0.npy', 'plain.npy', 'unstride-names.json']);
    done('decoder.onnx', '--input', 'between');
    expectDecoded();
    // Without names that collide there is no index, and an old one goes.
    cli.put('same.onnx', same([2]));
    done('same.onnx', '--input', 'x.npy', '--output-dir', 'between');
    expect(listed('between')).not.toContain('unstride-names.json');
  });

  it('that has one file for two inputs is refused, one without any for the inputs, too', () => {
    cli.put('decoder.onnx', decoder());
    cli.put('one/a_b_0.npy', npy([2]));
    cli.put('one/plain.npy', npy([2]));
    expect(fault('decoder.onnx', '--input', 'one')).toContain('error US2005 the folder has one file for two inputs\n');
    cli.put('sum.onnx', sum());
    cli.put('part/a.npy', npy([2, 3]));
    expect(fault('sum.onnx', '--input', 'part')).toContain("error US2001 the input 'b' is not given");
    cli.put('part/b.npy', npy([2, 3]).subarray(0, 80));
    expect(fault('sum.onnx', '--input', 'part')).toContain('error US2005 b.npy: the ');
    cli.put('part/unstride-names.json', '{"a.npy": 3}');
    expect(fault('sum.onnx', '--input', 'part')).toContain('error US2005 unstride-names.json cannot be read\n');
  });
});

describe.skipIf(process.platform === 'win32')('pipes and devices', () => {
  it('are refused where a file is read: they may never begin, or never end', () => {
    cli.put('sum.onnx', sum());
    execFileSync('mkfifo', [path.join(cli.folder, 'pipe')]);
    const what = 'it is no file, but a pipe or a device\n';
    expect(fault('sum.onnx', '--input', 'a=pipe')).toContain(what);
    expect(fault('sum.onnx', '--input', 'random', '--palette', 'pipe')).toContain(what);
    cli.put('set/b.npy', npy([2, 3]));
    symlinkSync('/dev/zero', path.join(cli.folder, 'set', 'a.npy'));
    expect(fault('sum.onnx', '--input', 'set')).toContain(`error US2005 'a.npy' cannot be read\n`);
  });
});

describe('outputs that are called as something else is', () => {
  it.each(['valueOf', 'constructor', 'onReport', 'signal'])('%s is an output like any other', (name) => {
    cli.put(
      'm.onnx',
      modelBytes({ inputs: { x: [2] }, outputs: { [name]: [2] }, nodes: [nodeProto('Neg', 'x', name)] }),
    );
    cli.put('x.npy', npy([2], [1, 2]));
    done('m.onnx', '--input', 'x.npy');
    expect(array(`unstride-out/${name}.npy`).values).toEqual([-1, -2]);
  });
});

describe('--output-npz', () => {
  it('has all outputs under their own names, and is read back', () => {
    cli.put('encoder.onnx', encoder());
    cli.put('decoder.onnx', decoder());
    cli.put('x.npy', npy([2], [1, 10]));
    const stored = done('encoder.onnx', '--input', 'x.npy', '--output-npz', 'between/all.npz');
    expect(stored).toContain("  between/all.npz  the array 'a/b:0'\n");
    expect(listed('.')).toEqual(['between', 'decoder.onnx', 'encoder.onnx', 'x.npy']);
    const entries = unzipSync(readFileSync(path.join(cli.folder, 'between/all.npz')));
    expect(Object.keys(entries)).toEqual(names.map((name) => `${name}.npy`));
    done('decoder.onnx', '--input', 'between/all.npz');
    expectDecoded();
  });

  it('packs what it holds where that is asked for, and is the same bytes each time', () => {
    cli.put('same.onnx', same([3, 1000]));
    cli.put('x.npy', npy([3, 1000], new Float32Array(3000)));
    const size = (file: string) => lstatSync(path.join(cli.folder, file)).size;
    done('same.onnx', '--input', 'x.npy', '--output-npz', 'stored.npz');
    done('same.onnx', '--input', 'x.npy', '--output-npz', 'packed.npz', '--npz-compress');
    done('same.onnx', '--input', 'packed.npz', '--output-npz', 'again.npz', '--npz-compress');
    expect(size('stored.npz')).toBeGreaterThan(12_000);
    expect(size('packed.npz')).toBeLessThan(1000);
    expect(readFileSync(path.join(cli.folder, 'again.npz'))).toEqual(readFileSync(path.join(cli.folder, 'packed.npz')));
  });

  it('is told of every output, and files beside it only where they are asked for', () => {
    cli.put('sum.onnx', sum());
    cli.put('in.npz', zipSync({ 'a.npy': npy([2, 2]), 'b.npy': npy([2, 2]) }));
    const document = runJson('sum.onnx', '--input', 'in.npz', '--output-npz', 'out.npz', '--as', 'array');
    expect(document.outputs[0]!.files).toMatchObject([
      { path: 'out.npz', kind: 'array' },
      { path: path.join('unstride-out', 'sum.npy'), kind: 'array' },
    ]);
  });

  it('cannot be written: why, and no half of it', () => {
    cli.put('same.onnx', same([2]));
    cli.put('taken/x', '');
    expect(fault('same.onnx', '--input', 'random', '--output-npz', 'taken')).toContain(
      'error US2010 the archive of the results cannot be written\n  file      taken\n',
    );
    expect(listed('.')).toEqual(['same.onnx', 'taken']);
    expect(run('same.onnx', '--input', 'random', '--npz-compress').code).toBe(2);
  });

  it('an entry named __proto__ is an array like any other', () => {
    const model = modelBytes({
      inputs: JSON.parse('{"__proto__": [2], "b": [2]}'),
      outputs: { y: [2] },
      nodes: [nodeProto('Add', '__proto__ b', 'y')],
    });
    cli.put('m.onnx', model);
    const pieces: Uint8Array[] = [];
    const zip = new Zip((_, piece) => pieces.push(piece));
    for (const [name, content] of [
      ['__proto__', npy([2], [10, 20])],
      ['b', npy([2], [3, 4])],
    ] as const) {
      const entry = new ZipPassThrough(name);
      zip.add(entry);
      entry.push(content, true);
    }
    zip.end();
    cli.put('in.npz', Buffer.concat(pieces));
    done('m.onnx', '--input', 'in.npz');
    expect(array('unstride-out/y.npy').values).toEqual([13, 24]);
  });
});

describe('what is written', () => {
  it.skipIf(process.platform === 'win32')('never goes through a link in the folder to somewhere else', () => {
    cli.put('same.onnx', same([2]));
    cli.put('victim', 'untouched');
    cli.put('out/x', '');
    symlinkSync(path.join('..', 'victim'), path.join(cli.folder, 'out', 'y.npy'));
    done('same.onnx', '--input', 'random', '--output-dir', 'out');
    expect(readFileSync(path.join(cli.folder, 'victim'), 'utf8')).toBe('untouched');
    expect(lstatSync(path.join(cli.folder, 'out', 'y.npy')).isSymbolicLink()).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('is whole or absent where there is no room for it', () => {
    cli.put('same.onnx', same([3, 100_000]));
    writeFileSync(path.join(cli.folder, 'x.npy'), npy([3, 100_000], new Float32Array(300_000)));
    for (const option of ['--output-dir out', '--output-npz out/all.npz']) {
      // No file of more than 512 KiB.
      const { code, stderr } = cli.shell(
        `ulimit -f 1024 2>/dev/null; unstride run same.onnx --input x.npy ${option}`,
        cli.folder,
      );
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('error US2010 the ') });
      expect(stderr).toContain('  got       the file would be larger than files may be there\n');
      expect(existsSync(path.join(cli.folder, 'out')) ? listed('out') : []).toEqual([]);
    }
  });
});
