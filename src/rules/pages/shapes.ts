/** Codes for shapes, which inference finds. */
import type { Pages } from './pages.js';

export const shapePages: Pages = {
  US1201: {
    meaning: 'A tensor has more or fewer axes than the operator takes.',
    reason:
      'The node cannot run for any size. Often the batch or channel axis is missing, or was removed by a Squeeze too many.',
    bad: 'y = Conv (x, w)        # x [3, 224, 224]',
    good: 'y = Conv (x, w)        # x [1, 3, 224, 224]',
    remedy: 'Add the axis (Unsqueeze), or look at the node before: its shape is in the message.',
  },
  US1202: {
    meaning: 'Two sizes that an operator needs equal are different for every value of the open sizes.',
    reason: 'The node fails whatever it is fed.',
    bad: 'y = MatMul (a, b)        # a [N, 64], b [32, 10]',
    good: 'y = MatMul (a, b)        # a [N, 64], b [64, 10]',
    remedy: 'Follow both sides back to where they part; the message names the pair.',
  },
  US1203: {
    meaning:
      'Concat joins tensors that differ in an axis other than the one it joins along, for certain or at the sizes that are given.',
    reason:
      'The skip connections of U-Nets fail here: pooling rounds odd sizes down, the transposed convolution doubles them, and one row is missing (milesial/Pytorch-UNet#32, chaiNNer#2939). Exports traced at one size hide it until another size comes.',
    bad: 'skip [1, 64, 65, 65], up [1, 64, 64, 64]\ny = Concat <axis = 1> (skip, up)',
    good: 'up = ConvTranspose <output_padding = [1, 1], …>        # 65 × 65\ny = Concat <axis = 1> (skip, up)',
    remedy:
      'Feed sizes that divide by 2 as often as the model pools (`unstride check` says which), pad the input and crop the output, crop the skip, or give the upsampling an output_padding or the size of the skip.',
  },
  US1204: {
    meaning: 'Two tensors of an elementwise operator have different sizes along an axis, and neither is 1.',
    reason:
      'Broadcasting stretches only sizes of 1, counted from the last axis. A bias of shape [C] added to [N, C, H, W] meets W, not C.',
    bad: 'y = Add (x, b)        # x [1, 64, 32, 32], b [64]',
    good: 'y = Add (x, b)        # x [1, 64, 32, 32], b [64, 1, 1]',
    remedy: 'Reshape or unsqueeze the smaller one so that its axes line up with those it belongs to.',
  },
  US1205: {
    meaning: 'The channels of a convolution do not fit its weights and its group.',
    reason:
      'Conv weights are [M, C/group, …], those of ConvTranspose [C, M/group, …]; a swap of the two is the usual cause when weights are copied from one to the other.',
    bad: 'y = Conv (x, w)        # x [1, 64, 32, 32], w [128, 32, 3, 3]',
    good: 'y = Conv <group = 2> (x, w)',
    remedy:
      'Compare the channels of the layer before with the weights. They are what was trained; the input is what has to fit.',
  },
  US1206: {
    meaning: 'Reshape (or a relative) asks for a shape with another number of elements than its input has.',
    reason:
      'Tracing writes the sizes it saw into the shape. The model then runs for that one size, and for no other batch or picture.',
    bad: 'y = Reshape (x, [1, 512])        # x [N, 8, 8, 8]',
    good: 'y = Reshape (x, [0, -1])',
    remedy:
      'Use 0 for axes that stay and −1 for one that follows (view(x.shape[0], -1), flatten(1)). Feed the traced size if the model cannot be changed.',
  },
  US1207: {
    meaning: 'A size comes out negative, or a window is larger than the padded input it slides over.',
    reason: 'There is nothing to compute. The input is too small for the depth of the model, or padding is wrong.',
    bad: 'y = MaxPool <kernel_shape = [3, 3]> (x)        # x [1, 64, 2, 2]',
    good: 'y = MaxPool <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (x)',
    remedy: 'Feed a larger input, pad it, or pool less often. For ConvTranspose make the pads smaller: they crop.',
  },
  US1208: {
    meaning: 'An axis lies outside the tensor: below −rank, or rank and above.',
    reason:
      'The operator has nothing to work along. It is often an axis written for the layout with channels last, or with a batch.',
    bad: 'y = Softmax <axis = 4> (x)        # x [N, C, H, W]',
    good: 'y = Softmax <axis = 1> (x)',
    remedy: 'Count axes from 0, or from the end with −1; check whether an axis was added or removed before.',
  },
  US1209: {
    meaning:
      'Attributes of a convolution or pooling contradict one another or the weights: lists of the wrong length, sizes below 1, a kernel_shape that differs from the weights.',
    reason: 'Tools pick one or the other, or read past the end of a list.',
    bad: 'y = Conv <kernel_shape = [3, 3], strides = [2]> (x, w)',
    good: 'y = Conv <kernel_shape = [3, 3], strides = [2, 2]> (x, w)',
    remedy:
      'Give one value an axis: kernel_shape, strides, dilations, output_padding as many as spatial axes, pads twice as many, all beginnings before all ends.',
  },
  US1210: {
    meaning: 'The operator does not take tensors of this element type, or wants two of the same type that differ.',
    reason: 'ONNX converts nothing by itself. float16 models with a float32 constant in between fail so.',
    bad: 'y = Add (x, c)        # x float16, c float32',
    good: 'y = Add (x, Cast <to = float16> (c))',
    remedy: 'Cast one of them, or convert the constant when exporting.',
  },
  US1211: {
    meaning:
      'A value that is known before running (an axis, a shape, a number of repeats, a scale) is one that the operator cannot take.',
    reason: 'The node fails every time.',
    bad: 'y = Resize (x, , [0, 0, 2, 2])',
    good: 'y = Resize (x, , [1, 1, 2, 2])',
    remedy: 'See what the message expects, and follow the value back to the node that computes it.',
  },
  US1213: {
    meaning:
      'The arithmetic on sizes has grown so large that it is not followed; sizes after this node are new unknowns.',
    reason: 'Constraints between what comes before and after are not seen. The model itself may be sound.',
    bad: 'shape arithmetic that squares a size at every layer',
    good: 'sizes that are sums, products and quotients of the input sizes',
    remedy: 'Bind the open sizes (`--dim H=512`) to check one size exactly.',
  },
  US1214: {
    meaning:
      'The file declares a type or a shape for a value (in value_info, inputs or outputs) that the graph or the initializer of that name does not give.',
    reason:
      'Tools that believe the declaration allocate the wrong buffers, or "fall back to a lenient merge" and lose the shape. Editing a model without renewing its value_info leaves such traces.',
    bad: 'output: y [1, 21, 64, 64]        # the graph makes [1, 21, 32, 32]',
    good: 'output: y [1, 21, 32, 32]',
    remedy:
      'If the graph is right, remove the declarations and infer them anew; if the declaration is what you wanted, look for the layer that makes another size.',
  },
  US1215: {
    meaning: 'An input of the graph has no shape in the file, not even a number of axes.',
    reason: 'Nothing can be said about sizes that follow from it.',
    bad: 'input: x tensor(float)',
    good: 'input: x tensor(float) [N, 3, H, W]',
    remedy: 'Declare the shape when exporting, with names for open sizes.',
  },
  US1216: {
    meaning:
      'What the nodes ask of an open size contradicts itself: whatever the size is, some node fails. The message names the node at which the last size drops out.',
    reason: 'The model cannot run at all. Usually one layer was changed and what stands on the other side was not.',
    bad: 'x [N, C, H, W]\nup = ConvTranspose <kernel_shape = [2, 2], strides = [2, 2], pads = [1, 1, 0, 0]> (MaxPool (x))        # at most H - 1\ny = Concat <axis = 1> (x, up)',
    good: 'up = ConvTranspose <kernel_shape = [2, 2], strides = [2, 2]> (MaxPool (x))        # H, where H is even\ny = Concat <axis = 1> (x, up)',
    remedy:
      'Look at the two chains of layers in the message: one of them adds or drops rows. What the message offers to set there was tried.',
  },
  US1217: {
    meaning:
      'Not even the number of axes of a value follows from the model: it depends on data that is computed while running.',
    reason: 'No shape after this node can be told, and nothing there is checked.',
    bad: 'y = Reshape (x, shape)        # shape is an input of the model, and of no fixed length',
    good: 'y = Reshape (x, shape)        # shape int64[4]',
    remedy: 'Give the list a fixed length, or compute it from Shape: the values of such arithmetic are followed.',
  },
  US1218: {
    meaning:
      'Some input sizes may be illegal although nothing in the report rules them out: after an operator that is not known, where data decides a size, where a size is too complex to follow, or where sizes could only be tried one by one.',
    reason: 'A check that passes says nothing about such sizes. `--strict-sizes` makes it fail instead.',
    bad: 'y = my.domain.Fold (x)        # nothing is known of it',
    good: 'y = Reshape (x, shape)',
    remedy:
      'Give the sizes that you use with --dim, or replace the node that the message names by operators of ONNX. In the configuration, `severity: { US1218: error }` is what --strict-sizes is on the command line.',
  },
};
