/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: 'node',
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' }],
  },
  extensionsToTreatAsEsm: ['.ts'],
  resolver: '<rootDir>/test/resolver.cjs',
  globalSetup: '<rootDir>/test/global-setup.mjs',
  globalTeardown: '<rootDir>/test/global-teardown.mjs',
  // Ends what hangs; how long anything takes on a busy machine says nothing.
  testTimeout: 180_000,
  maxWorkers: 2,
  // ES modules of finished tests stay in memory: a worker that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
};
