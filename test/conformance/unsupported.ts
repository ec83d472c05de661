/** What of ONNX's backend cases is not supported, and why. A case that is listed and passes fails the run. */

const text = 'strings are not what the product is for';
const training = 'training operators are not executed';
const signal = 'signal processing is not in the list of operators';
const chance = 'the numbers of another random generator are expected';
const language = 'language-model operators are not in the list of operators';

const newer = 'written for operator set 28, newer than the newest that is read';
const older = 'written for operator set 1, older than the oldest that is read';

export const unsupportedOperators: Readonly<Record<string, string>> = {
  Attention: language,
  LinearAttention: language,
  'ai.onnx.preview::FlexAttention': language,
  RotaryEmbedding: language,
  TensorScatter: language,
  StringNormalizer: text,
  StringSplit: text,
  StringConcat: text,
  RegexFullMatch: text,
  TfIdfVectorizer: text,
  'ai.onnx.ml::LabelEncoder': text,
  'ai.onnx.ml::TreeEnsemble': 'classical machine learning is not executed',
  'ai.onnx.ml::Binarizer': 'classical machine learning is not executed',
  'ai.onnx.ml::ArrayFeatureExtractor': 'classical machine learning is not executed',
  'ai.onnx.preview.training::Momentum': training,
  'ai.onnx.preview.training::Gradient': training,
  'ai.onnx.preview.training::Adam': training,
  'ai.onnx.preview.training::Adagrad': training,
  DFT: signal,
  STFT: signal,
  MelWeightMatrix: signal,
  HannWindow: signal,
  HammingWindow: signal,
  BlackmanWindow: signal,
  NonMaxSuppression: 'detection heads are not in the list of operators',
  ImageDecoder: 'pictures are read by the CLI, not by operators',
};

export const unsupportedCases: Readonly<Record<string, string>> = {
  test_bernoulli: chance,
  test_bernoulli_double: chance,
  test_bernoulli_double_expanded: chance,
  test_bernoulli_expanded: chance,
  test_bernoulli_seed: chance,
  test_bernoulli_seed_expanded: chance,
  test_training_dropout: chance,
  test_training_dropout_default: chance,
  test_training_dropout_default_mask: chance,
  test_training_dropout_mask: chance,
  test_celu: newer,
  test_celu_bfloat16: newer,
  test_celu_bfloat16_expanded: newer,
  test_celu_expanded: newer,
  test_celu_float16: newer,
  test_celu_float16_expanded: newer,
  test_swiglu: newer,
  test_swiglu_alpha: newer,
  test_swiglu_alpha_expanded: newer,
  test_swiglu_expanded: newer,
  test_swiglu_float16: newer,
  test_swiglu_float16_expanded: newer,
  test_not_2d: older,
  test_not_3d: older,
  test_not_4d: older,
};
