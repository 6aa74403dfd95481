// Prints the SQL that makes an empty database into what prisma/schema.prisma says, by Prisma's own schema engine
// (its WebAssembly build: the native one cannot be had everywhere). Use: node test/schema-sql.mjs postgresql://…
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

const enginePath = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
const schema = readFileSync(new URL('../prisma/schema.prisma', import.meta.url), 'utf8');

globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => console.error(message) };
const engineModule = await import(pathToFileURL(enginePath).href);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(enginePath.replace(/\.js$/, '.wasm'))), { './schema_engine_bg.js': engineModule });
engineModule.__wbg_set_wasm(exports);
exports.__wbindgen_start();

// It wants a connection to learn the server's version, though it compares nothing on it.
const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: process.argv[2], max: 1 }));
const engine = await engineModule.SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => undefined, adapter);
const { stdout } = await engine.diff({
  from: { tag: 'empty' },
  to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }], configDir: '' },
  script: true,
  shadowDatabaseUrl: null,
  exitCode: null,
  filters: { externalTables: [], externalEnums: [] },
});
process.stdout.write(stdout, () => process.exit(0));
