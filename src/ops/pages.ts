/** What the codes of operators' rules and references mean. */
import type { Pages } from '../diagnostics/page.js';

export const opsPages: Pages = {
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
  US1301: {
    meaning:
      'A node has an attribute that its operator does not have, or not in the version of this operator set. It is not used.',
    reason:
      'What it was to do is not done: a MaxPool of operator set 8 with dilations is not dilated. Strict tools (onnx.checker, onnxruntime) refuse the model.',
    bad: 'opset_import: [ai.onnx 8]\ny = MaxPool <kernel_shape = [2, 2], dilations = [2, 2]> (x)',
    good: 'opset_import: [ai.onnx 10]\ny = MaxPool <kernel_shape = [2, 2], dilations = [2, 2]> (x)',
    remedy:
      'If the attribute belongs to another version, `unstride fix` writes the node as that version meant it, for the set that is imported. `unstride fix --select US1301` also removes attributes that no version has, which keeps results as they are.',
  },
  US1302: {
    meaning: 'An attribute that has no default is missing.',
    reason: 'The operator is not defined without it.',
    bad: 'y = MaxPool (x)',
    good: 'y = MaxPool <kernel_shape = [2, 2]> (x)',
    remedy: 'Give the attribute; the name is in the message.',
  },
  US1303: {
    meaning: 'An attribute is of another kind than the operator declares, such as a float where integers are wanted.',
    reason: 'Tools convert, ignore or refuse it, each as it likes.',
    bad: 'y = Conv <strides = 2> (x, w)',
    good: 'y = Conv <strides = [2, 2]> (x, w)',
    remedy: 'Write it as the kind that the message expects.',
  },
  US1304: {
    meaning: 'An attribute has a value to which the specification gives no meaning.',
    reason: 'Each tool would do something of its own, mostly fail.',
    bad: 'y = Conv <auto_pad = "SAME"> (x, w)',
    good: 'y = Conv <auto_pad = "SAME_UPPER"> (x, w)',
    remedy: 'Choose one of the values in the message.',
  },
  US1306: {
    meaning:
      'A node has more or fewer inputs or outputs than its operator takes, or an empty name where an input is required.',
    reason: 'The node cannot be computed. In another operator set attributes may be inputs, or the other way round.',
    bad: 'opset_import: [ai.onnx 13]\ny = Squeeze (x, axes, z)',
    good: 'opset_import: [ai.onnx 13]\ny = Squeeze (x, axes)',
    remedy:
      'Compare the node with its operator in the operator set that the model imports; optional inputs in the middle are left out by an empty name. Where the node is one of another set, `unstride fix` turns attributes into inputs, or the other way round.',
  },
  US1307: {
    meaning:
      'The operator set that the model imports does not have the operator: it came later, or was taken out before.',
    reason: 'Tools refuse the model, as the operator has no meaning in that set.',
    bad: 'opset_import: [ai.onnx 13]\ny = HardSwish (x)',
    good: 'opset_import: [ai.onnx 14]\ny = HardSwish (x)',
    remedy:
      'Export for an operator set that has the operator, or move the model there: `unstride fix --opset 14`. `unstride fix` alone keeps the set, and writes what took the place of the operator, such as Resize for Upsample, or its parts.',
  },
  US1309: {
    meaning:
      'The node is of ONNX’s own domain, but ONNX does not have the operator, or not in this operator set. onnxruntime does: its optimizer writes LayerNormalization into older sets, and SimplifiedLayerNormalization for RMSNormalization.',
    reason: 'onnxruntime runs the model. onnx.checker and other tools refuse it.',
    bad: 'opset_import: [ai.onnx 13]\ny = LayerNormalization (x, scale, b)',
    good: 'opset_import: [ai.onnx 17]\ny = LayerNormalization (x, scale, b)',
    remedy:
      'Where other tools are to read the model, export for operator set 17 (LayerNormalization) or 23 (RMSNormalization), or optimize it without these fusions.',
  },
  US2006: {
    meaning: 'While running, an index lay outside the tensor it points into (Gather, MaxUnpool, ScatterND and others).',
    reason:
      'The result would be garbage, or memory of others. For MaxUnpool it means indices of another pooling: see US1413 and US1414.',
    bad: 'y = Gather (x, [7])        # x [5]',
    good: 'y = Gather (x, [4])',
    remedy: 'Look where the indices come from, and for which size they were computed.',
  },
  US2007: {
    meaning:
      'The operator is known, but cannot compute this case: a combination of attributes, an element type, or more memory than there is.',
    reason: 'The run ends at this node.',
    bad: 'a 3-D model fed with volumes of several GB',
    good: 'the same in tiles',
    remedy: 'See the message; smaller inputs, another element type or an export with other attributes avoid it.',
  },
};
