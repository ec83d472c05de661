// Builds the page that models are dropped on as a static site into site/, or the folder that is named.
import { writeSite } from './page-build.js';

const [folder = 'site'] = process.argv.slice(2);
await writeSite(folder);
process.stdout.write(`${folder}: any host serves it; with isolation headers (COOP, COEP) models run on all cores\n`);
