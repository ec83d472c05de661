/** Scores as probabilities: an array, and a picture for each class. */
import { isFloat } from '../ir/element-type.js';
import type { Picture } from '../pictures/picture.js';
import { contactSheet } from '../pictures/sheet.js';
import { describeView } from './planes.js';
import { probabilitiesOf } from './probabilities.js';
import type { Refusal, ResultView } from './result-view.js';

export function drawProbabilities(result: ResultView): Refusal | undefined {
  const { dims, type } = result.tensor;
  if (!isFloat(type)) return { expected: 'scores: floats' };
  const axes = dims.length > 2 ? result.axes((channels) => channels <= 256) : undefined;
  const axis = axes === undefined ? (dims.length === 0 ? undefined : Math.min(1, dims.length - 1)) : axes.channels;
  const { tensor, description } = probabilitiesOf(result.tensor, axis, result.values);
  result.sink.add(
    undefined,
    '.probabilities.npy',
    'probabilities',
    { form: 'npy', tensor: { type: tensor.type, dims, data: tensor.data } },
    description,
  );
  if (axes === undefined) return undefined;
  const view = result.view(axes);
  const channels = axes.channels === undefined ? 1 : dims[axes.channels]!;
  result.each(axes, (batch, picture) => {
    const planes = Array.from({ length: channels }, (_, channel): Picture => {
      const plane = result.plane(tensor.data as Float32Array, axes, batch, channel, view);
      return { ...plane.size, channels: 1, data: Uint8Array.from(plane.values, (value) => Math.round(255 * value)) };
    });
    result.sheet(() => {
      const isOne = channels === 1;
      const shown = isOne ? planes[0]! : contactSheet(planes, { columns: Math.ceil(Math.sqrt(channels)) });
      const what = isOne ? 'black is 0, white is 1' : `the ${channels} classes row by row, black is 0, white is 1`;
      const note = [what, ...describeView(view)].join(', ');
      result.sink.add(picture, '.probabilities.png', 'probabilities', { form: 'png', picture: shown }, note);
    });
  });
  return undefined;
}
