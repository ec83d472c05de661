/**
 * What a page's first session takes where nothing was kept, by one import. Bundlers make a small file of each module that is imported
 * so, which leads to those that it has in common with others: a way to the server and back before the first of these is asked for, and
 * a file more for each.
 */
import { compileForSteps } from '../compile.js';
import { modelPart } from './model-part.js';
import { LocalSession } from './session.js';
import { boundModel, factsOf, SessionModel, takeInference } from './session-model.js';

modelPart.provide({ SessionModel, factsOf, boundModel, takeInference });

/** What compiles is asked for where it is called; here it has to come along. */
export const engine = { LocalSession, compileForSteps };
