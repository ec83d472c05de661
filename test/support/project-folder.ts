/** Where the project lies, from here and from bundles below `node_modules`, which lie as deep. */
import path from 'node:path';

export const projectFolder = path.join(import.meta.dirname, '..', '..');
