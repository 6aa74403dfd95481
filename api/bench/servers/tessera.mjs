import { serveTessera } from '../lib/tessera.mjs';

await serveTessera();
