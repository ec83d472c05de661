"""A model with its weights in one file, its batch 1, one input, as converters want it: python whole-model.py MODEL OUTPUT."""

import sys

import numpy
import onnx

model = onnx.load(sys.argv[1])
for value in [*model.graph.input, *model.graph.output]:
    for dim in value.type.tensor_type.shape.dim:
        if dim.dim_param:
            dim.dim_value = 1
# Noise that a network is fed beside its picture: none.
for value in model.graph.input[1:]:
    shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    model.graph.initializer.append(onnx.numpy_helper.from_array(numpy.zeros(shape, numpy.float32), value.name))
del model.graph.input[1:]
onnx.save(model, sys.argv[2])
