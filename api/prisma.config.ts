import { defineConfig } from 'prisma/config';

// Read by the Prisma command line only; the server takes its address from src/config.ts.
// `generate`, `format` and `validate` work without an address.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
