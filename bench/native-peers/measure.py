"""One engine in one process: a model in ONNX, so many threads. Prints the median milliseconds of a run as JSON.

    python measure.py ENGINE MODEL THREADS SECONDS FOLDER DIMS

ENGINE is onnxruntime, openvino, mnn or ncnn; FOLDER is for converted models; DIMS are those of the only input,
1x1x256x256. FOLDER has the input, feed.bin, and what is expected of the first output, expected.bin, in float32;
`expected` in place of ENGINE writes both, random numbers and onnxruntime's result.
"""

import importlib.util
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy


def first_output(model):
    import onnx

    return onnx.load(model, load_external_data=False).graph.output[0].name


def onnxruntime_run(model, threads, feed, folder):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return onnxruntime.__version__, lambda: session.run(None, {name: feed})[0]


def openvino_run(model, threads, feed, folder):
    import openvino

    core = openvino.Core()
    network = core.read_model(model)
    network.reshape(list(feed.shape))
    settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(network, "CPU", settings).create_infer_request()
    return openvino.__version__.split("-")[0], lambda: next(iter(request.infer([feed], share_inputs=True).values()))


def mnn_run(model, threads, feed, folder):
    import MNN

    converted = folder / "model.mnn"
    if not converted.exists():
        command = [str(pathlib.Path(sys.executable).parent / "mnnconvert"), "-f", "ONNX", "--modelFile", model]
        subprocess.run([*command, "--MNNModel", str(converted), "--bizCode", "x"], check=True, capture_output=True)
    interpreter = MNN.Interpreter(str(converted))
    # Winograd's tiles as large as it takes them by default are off by 1e-3: WINOGRAD_MEMORY_LEVEL 1.
    interpreter.setSessionHint(3, 1)
    session = interpreter.createSession({"numThread": threads, "backend": "CPU", "precision": "high"})
    source = interpreter.getSessionInput(session)
    interpreter.resizeTensor(source, feed.shape)
    interpreter.resizeSession(session)
    tensor = MNN.Tensor(feed.shape, MNN.Halide_Type_Float, feed, MNN.Tensor_DimensionType_Caffe)
    output = interpreter.getSessionOutput(session, first_output(model))
    shape = output.getShape()
    result = MNN.Tensor(shape, MNN.Halide_Type_Float, numpy.zeros(shape, numpy.float32), MNN.Tensor_DimensionType_Caffe)

    def run():
        source.copyFrom(tensor)
        interpreter.runSession(session)
        output.copyToHostTensor(result)
        # The numbers are the tensor's own memory: good for as long as it lives, and until the next run.
        return result.getNumpyData()

    return MNN.version(), run


def ncnn_run(model, threads, feed, folder):
    import ncnn

    if not (folder / "model.ncnn.param").exists():
        copy = folder / "model.onnx"
        copy.write_bytes(pathlib.Path(model).read_bytes())
        shape = ",".join(str(size) for size in feed.shape)
        # The package's module wants torch, the program in it does not.
        program = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
        # By default it writes weights in 16 bits.
        command = [str(program), str(copy), f"inputshape=[{shape}]", "fp16=0"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
    net = ncnn.Net()
    net.opt.num_threads = threads
    # Otherwise products of one row round their inputs to 16 bits.
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.load_param(str(folder / "model.ncnn.param"))
    net.load_model(str(folder / "model.ncnn.bin"))
    source, target = net.input_names()[0], sorted(net.output_names())[0]
    blob = ncnn.Mat(feed[0]).clone()

    def run():
        extractor = net.create_extractor()
        extractor.input(source, blob)
        return numpy.array(extractor.extract(target)[1])

    return ncnn.__version__, run


engines = {"onnxruntime": onnxruntime_run, "openvino": openvino_run, "mnn": mnn_run, "ncnn": ncnn_run}


def write_expected(model, folder, shape):
    feed = numpy.random.default_rng(1).uniform(-1, 1, shape).astype(numpy.float32)
    feed.tofile(folder / "feed.bin")
    onnxruntime_run(model, 1, feed, folder)[1]().astype(numpy.float32).tofile(folder / "expected.bin")


def compare(result, expected):
    """The largest difference by the largest magnitude, and the share of numbers that differ by more than 1e-4 of it."""
    difference = numpy.abs(result - expected) / numpy.abs(expected).max()
    return {"error": float(difference.max()), "beyond": float((difference > 1e-4).mean())}


def main():
    engine, model, threads, seconds, folder, dims = sys.argv[1:7]
    shape = tuple(int(size) for size in dims.split("x"))
    folder = pathlib.Path(folder).resolve()
    if engine == "expected":
        write_expected(model, folder, shape)
        print(json.dumps({}))
        return
    feed = numpy.fromfile(folder / "feed.bin", numpy.float32).reshape(shape)
    expected = numpy.fromfile(folder / "expected.bin", numpy.float32)
    try:
        version, run = engines[engine](model, int(threads), feed, folder)
    except (ImportError, FileNotFoundError) as error:
        print(json.dumps({"skipped": str(error)}))
        return
    start = time.perf_counter()
    while time.perf_counter() - start < float(seconds) / 3:
        run()
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < float(seconds) or len(times) < 5:
        before = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - before))
    closeness = compare(numpy.array(run()).reshape(-1), expected)
    print(json.dumps({"version": version, "milliseconds": statistics.median(times), **closeness}))


main()
