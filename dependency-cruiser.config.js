const PRODUCTION = '^(agent|controlplane|engine|lib|cli)/';

/** The import table of ARCHITECTURE.md, as rules. */
export default {
  forbidden: [
    {name: 'no-cycles', severity: 'error', from: {}, to: {circular: true}},
    {name: 'everything-resolves', severity: 'error', from: {}, to: {couldNotResolve: true}},
    {
      name: 'no-test-packages-in-production',
      severity: 'error',
      from: {path: PRODUCTION},
      to: {dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only']},
    },
    {name: 'declared-packages-only', severity: 'error', from: {}, to: {dependencyTypes: ['npm-no-pkg', 'npm-unknown']}},
    {
      name: 'lib-imports-nothing-of-ours',
      severity: 'error',
      from: {path: '^lib/'},
      to: {path: '^(agent|controlplane|engine|cli|test|bench)/'},
    },
    {
      name: 'engine-imports-errors-and-messages-only',
      severity: 'error',
      from: {path: '^engine/'},
      to: {path: '^(agent|controlplane|cli|lib|test|bench|proto)/', pathNot: ['^lib/errors\\.ts$', '^proto/gen/']},
    },
    {
      name: 'engine-has-no-io',
      severity: 'error',
      comment: 'The engine is pure; node:crypto is allowed for digests and keyed hashes only.',
      from: {path: '^engine/'},
      to: {dependencyTypes: ['core'], pathNot: ['^(node:)?(crypto|buffer)$']},
    },
    {
      name: 'agent-and-controlplane-meet-in-proto-only',
      severity: 'error',
      from: {path: '^agent/'},
      to: {path: '^controlplane/'},
    },
    {
      name: 'controlplane-and-agent-meet-in-proto-only',
      severity: 'error',
      from: {path: '^controlplane/'},
      to: {path: '^agent/'},
    },
    {
      name: 'git-only-in-controlplane-git',
      severity: 'error',
      from: {path: PRODUCTION, pathNot: '^(controlplane/git|cli/dev)/'},
      to: {path: 'node_modules/simple-git/'},
    },
    {
      name: 'sql-only-in-controlplane-store',
      severity: 'error',
      from: {path: PRODUCTION, pathNot: '^(controlplane/store/|lib/directory-lock\\.ts$)'},
      to: {path: 'node_modules/(kysely|pg)/|^(node:)?sqlite$'},
    },
    {
      name: 'nothing-imports-tests-or-benchmarks',
      severity: 'error',
      from: {path: PRODUCTION},
      to: {path: '^(test|bench)/'},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types']},
  },
};
