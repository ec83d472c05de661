"""One engine in one process: a model in ONNX, so many threads, random inputs. Prints the median milliseconds of a run as JSON.

    python measure.py ENGINE MODEL THREADS SECONDS FOLDER DIMS...

ENGINE is onnxruntime, openvino, mnn or ncnn; FOLDER is for converted models; DIMS are those of the only input, 1x1x256x256.
"""

import importlib.util
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy


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
    session = interpreter.createSession({"numThread": threads, "backend": "CPU", "precision": "high"})
    source = interpreter.getSessionInput(session)
    interpreter.resizeTensor(source, feed.shape)
    interpreter.resizeSession(session)
    tensor = MNN.Tensor(feed.shape, MNN.Halide_Type_Float, feed, MNN.Tensor_DimensionType_Caffe)

    def run():
        source.copyFrom(tensor)
        interpreter.runSession(session)
        output = interpreter.getSessionOutput(session)
        shape = output.getShape()
        result = MNN.Tensor(shape, MNN.Halide_Type_Float, numpy.zeros(shape, numpy.float32), MNN.Tensor_DimensionType_Caffe)
        output.copyToHostTensor(result)
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
        subprocess.run([str(program), str(copy), f"inputshape=[{shape}]"], check=True, capture_output=True, cwd=folder)
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.load_param(str(folder / "model.ncnn.param"))
    net.load_model(str(folder / "model.ncnn.bin"))
    names = net.input_names(), net.output_names()
    blob = ncnn.Mat(feed[0]).clone()

    def run():
        extractor = net.create_extractor()
        extractor.input(names[0][0], blob)
        return numpy.array(extractor.extract(names[1][0])[1])

    return ncnn.__version__, run


def main():
    engine, model, threads, seconds, folder, dims = sys.argv[1:7]
    shape = tuple(int(size) for size in dims.split("x"))
    feed = numpy.random.default_rng(1).uniform(-1, 1, shape).astype(numpy.float32)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    engines = {"onnxruntime": onnxruntime_run, "openvino": openvino_run, "mnn": mnn_run, "ncnn": ncnn_run}
    try:
        version, run = engines[engine](model, int(threads), feed, folder)
        expected = onnxruntime_run(model, 1, feed, folder)[1]().reshape(-1)
        result = numpy.asarray(run()).reshape(-1)
    except (ImportError, FileNotFoundError) as error:
        print(json.dumps({"skipped": str(error)}))
        return
    error = float(numpy.abs(result - expected).max() / numpy.abs(expected).max())
    start = time.perf_counter()
    while time.perf_counter() - start < float(seconds) / 3:
        run()
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < float(seconds) or len(times) < 5:
        before = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - before))
    print(json.dumps({"version": version, "milliseconds": statistics.median(times), "error": error}))


main()
