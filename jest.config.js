import { browserPath } from './test/support/browserPath.ts';

const transform = {
  '^.+\\.[jt]sx?$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
  ],
};

const layer = (name, extra = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  transform,
  // What is built, and an install in progress, hold a package.json of the same name.
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.local/'],
  // Packages that ship as ES modules only; everything else runs as published.
  transformIgnorePatterns: ['/node_modules/(?!(jose|fast-check)/)'],
  ...extra,
});

export default {
  projects: [
    layer('unit'),
    layer('integration'),
    layer('e2e'),
    layer('model'),
    layer('races'),
    // Where this machine has a browser.
    ...(browserPath === undefined ? [] : [layer('browser')]),
  ],
  // Two workers: the integration and e2e layers start real processes of their own.
  maxWorkers: 2,
  testTimeout: 60_000,
};
