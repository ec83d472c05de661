/** Pictures of numbers as they are: images, depth, and each channel. */
import { float32 } from '../ir/tensor.js';
import { depthPicture, depthRange } from '../pictures/depth.js';
import { imageAxes, isPictureChannels } from '../pictures/image-layout.js';
import { describeChannels } from '../pictures/picture.js';
import { channelGrid } from '../pictures/sheet.js';
import { tensorPicture } from '../pictures/tensor-picture.js';
import { exchangeRedAndBlue } from '../pictures/transform.js';
import { imageRange } from './image-range.js';
import { describeView, withView } from './planes.js';
import type { Refusal, ResultView } from './result-view.js';

export function drawImages(result: ResultView): Refusal | undefined {
  const axes = result.axes(isPictureChannels);
  if (axes === undefined) return { expected: 'two to four axes, with 1, 3 or 4 channels' };
  const range = imageRange(result.tensor, result.given(axes)?.bounds, result.values);
  const view = result.view(axes);
  result.each(axes, (batch, picture) => {
    const drawn = tensorPicture(result.tensor, axes, batch, range, result.values);
    const isReversed = result.options.order === 'bgr' && drawn.channels >= 3;
    const shown = withView(isReversed ? exchangeRedAndBlue(drawn) : drawn, view);
    const note = [
      `${isReversed ? 'BGR' : describeChannels(shown.channels)}, ${range.description}`,
      ...describeView(view),
    ].join(', ');
    result.sink.add(picture, '.png', 'picture', { form: 'png', picture: shown }, note);
  });
  return undefined;
}

export function drawDepth(result: ResultView): Refusal | undefined {
  const axes = result.axes((channels) => channels === 1);
  if (axes === undefined) return { expected: 'two to four axes, with one channel' };
  const range = depthRange(result.tensor, result.values);
  const view = result.view(axes);
  result.each(axes, (batch, picture) => {
    const { values, size } = result.plane(result.values, axes, batch, 0, view);
    const drawn = depthPicture(float32([size.height, size.width], values), imageAxes(2, 'nchw')!, 0, range);
    const note = [range.description, ...describeView(view)].join(', ');
    result.sink.add(picture, '.depth.png', 'depth', { form: 'png', picture: drawn }, note);
  });
  return undefined;
}

export function drawChannels(result: ResultView): Refusal | undefined {
  const axes = result.axes(() => true);
  if (axes === undefined) return { expected: 'rows and columns: two to four axes' };
  const channels = axes.channels === undefined ? 1 : result.tensor.dims[axes.channels]!;
  result.each(axes, (batch, picture) => {
    result.sheet(() => {
      const drawn = channelGrid(result.tensor, axes, batch, result.values);
      const note = `${channels} ${channels === 1 ? 'channel' : 'channels row by row'}, each from its least value to its greatest`;
      result.sink.add(picture, '.channels.png', 'channels', { form: 'png', picture: drawn }, note);
    });
  });
  return undefined;
}
