"""A model with its weights in one file, its batch 1, as converters want it: python whole-model.py MODEL OUTPUT."""

import sys

import onnx

model = onnx.load(sys.argv[1])
for value in [*model.graph.input, *model.graph.output]:
    for dim in value.type.tensor_type.shape.dim:
        if dim.dim_param:
            dim.dim_value = 1
onnx.save(model, sys.argv[2])
