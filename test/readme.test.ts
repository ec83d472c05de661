import { testSamples } from './support/samples.js';

testSamples(['README.md']);
