import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layers } from './eslint/layers.js';

/** Where SQL is spoken: nowhere else is the driver or the Prisma client used. */
const DATABASE_FILES = ['src/**/*.repo.ts', 'src/**/*.queries.ts', 'src/modules/seed/**', 'src/infra/{postgres,migrator,jobs,embedded-postgres,changes}*.ts', 'src/infra/{migrator,embedded-postgres}/**'];
const DATABASE_SENTENCE = 'Only *.repo.ts and *.queries.ts speak to the database.';

const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));
const browserGlobals = Object.fromEntries(['document', 'window', 'location', 'navigator', 'history', 'EventSource', 'localStorage', 'sessionStorage', 'getSelection', 'matchMedia', 'requestAnimationFrame', 'MutationObserver', 'HTMLElement'].map((name) => [name, 'readonly']));

export default defineConfig(
  globalIgnores(['dist/', '.dist-*/', 'coverage/', 'src/generated/']),
  eslint.configs.recommended,
  {
    rules: {
      'max-lines': ['error', 400],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-regex-spaces': 'off',
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], languageOptions: { globals: nodeGlobals } },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
  // The one file that an old Node.js reads.
  { files: ['scripts/lib/node-version.mjs'], rules: { 'no-var': 'off' } },
  { files: ['src/**/*.client.js'], languageOptions: { sourceType: 'script', globals: { ...nodeGlobals, ...browserGlobals } } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['prisma.config.ts'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Whoever keeps an asynchronous promise keeps it asynchronously, and nothing here depends on "this".
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.test.ts'],
    plugins: { tessera: { rules: { layers } } },
    rules: {
      'tessera/layers': 'error',
      'no-console': 'error',
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]', message: 'Export by name: then a thing is called the same everywhere.' },
        { selector: 'Program > ExpressionStatement > :matches(CallExpression, AwaitExpression, UnaryExpression, AssignmentExpression)', message: 'Importing a file does nothing; only server.ts has effects.' },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'pg', allowTypeImports: true, message: DATABASE_SENTENCE },
            { name: 'node:process', message: 'Use the global; only config.ts reads the environment.' },
            { name: 'process', message: 'Use the global; only config.ts reads the environment.' },
          ],
          patterns: [{ group: ['@prisma/*', 'pg/*'], allowTypeImports: true, message: DATABASE_SENTENCE }],
        },
      ],
    },
  },
  { files: DATABASE_FILES, rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  { files: ['src/server.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/config.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    // Answers are read as they come over the wire, and doubles do only what the test asks of them.
    files: ['**/*.test.ts', 'test/**', 'bench/**', 'simulate/**'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
