import process from 'node:process'
import { defineConfig } from 'vitest/config'

// Workspace packages are tested from their sources; the rest is what Vite uses for Node.
const CONDITIONS = ['source', 'module', 'node', 'development|production']

const isContinuousIntegration = process.env.CI === 'true'

export default defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'examples/*/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    globalSetup: ['packages/server/test/support/postgres-lane-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Nothing here is a measurement: a machine that is busy with other things may take its time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    reporters: isContinuousIntegration ? ['default', 'json'] : ['default'],
    outputFile: { json: 'coverage/test-results.json' },
    coverage: {
      enabled: isContinuousIntegration,
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.contract.ts'],
      reporter: ['text-summary', 'json-summary', 'lcovonly'],
      thresholds: {
        'packages/verify/src/**': { lines: 95 },
        'packages/server/src/domains/**': { lines: 95 },
      },
    },
  },
})
