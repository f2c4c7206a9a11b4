const { mayUse, tiers } = require('./scripts/domain-tiers.json')

const SOURCE = '^packages/server/src/'
const DOMAINS = `${SOURCE}domains/`
const TESTS = ['\\.test\\.ts$', '\\.contract\\.ts$', '(^|/)test/']

for (const [domain, allowed] of Object.entries(mayUse)) {
  const upward = allowed.filter((other) => !(tiers[other] < tiers[domain]))
  if (upward.length > 0) throw new Error(`${domain} may not use ${upward.join(', ')}: not below it`)
}

const tierRules = Object.entries(mayUse).map(([domain, allowed]) => ({
  name: `domain-${domain}`,
  comment: `${domain} may use ${allowed.join(', ') || 'no other domain'} (scripts/domain-tiers.json)`,
  severity: 'error',
  from: { path: `${DOMAINS}${domain}/`, pathNot: TESTS },
  to: { path: DOMAINS, pathNot: `${DOMAINS}(${[domain, ...allowed].join('|')})/` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'What a page in a browser imports is an address.',
      severity: 'error',
      from: { pathNot: '^examples/relying-parties/spa/' },
      to: { couldNotResolve: true },
    },
    ...tierRules,
    {
      name: 'domain-listed',
      comment: 'A domain is added to scripts/domain-tiers.json before its first file.',
      severity: 'error',
      from: { path: DOMAINS, pathNot: `${DOMAINS}(${Object.keys(mayUse).join('|')})/` },
      to: {},
    },
    {
      name: 'domain-only-through-index',
      severity: 'error',
      from: { path: `${DOMAINS}([^/]+)/`, pathNot: TESTS },
      to: { path: DOMAINS, pathNot: [`${DOMAINS}$1/`, `${DOMAINS}[^/]+/index\\.ts$`] },
    },
    {
      name: 'pages-only-through-index',
      severity: 'error',
      from: { path: `${SOURCE}pages/`, pathNot: TESTS },
      to: { path: DOMAINS, pathNot: `${DOMAINS}[^/]+/index\\.ts$` },
    },
    {
      name: 'domain-knows-nothing-above',
      severity: 'error',
      from: { path: DOMAINS, pathNot: TESTS },
      to: { path: `${SOURCE}(pages|composition|cli|main\\.ts)` },
    },
    {
      name: 'kernel-imports-nothing-of-ours',
      severity: 'error',
      from: { path: `${SOURCE}kernel/`, pathNot: TESTS },
      to: { path: '^(packages|examples|bench)/', pathNot: `${SOURCE}kernel/` },
    },
    {
      name: 'platform-knows-no-domain',
      severity: 'error',
      from: { path: `${SOURCE}platform/`, pathNot: TESTS },
      to: { path: SOURCE, pathNot: `${SOURCE}(platform|kernel)/` },
    },
    {
      name: 'routes-never-import-a-store',
      severity: 'error',
      from: { path: `${SOURCE}.*/routes\\.ts$` },
      to: { path: '/store\\.ts$' },
    },
    {
      name: 'sql-driver-only-in-platform-db',
      severity: 'error',
      from: { path: SOURCE, pathNot: [`${SOURCE}platform/db/`, ...TESTS] },
      to: { path: '(^|node_modules/)(pg|pg-pool|@types/pg|@electric-sql/pglite)(/|$)' },
    },
    {
      name: 'source-never-imports-tests',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'verify-never-imports-server',
      severity: 'error',
      from: { path: '^packages/verify/' },
      to: { path: '^packages/(?!verify/)|node_modules/countersign(/|$)' },
    },
    {
      name: 'examples-use-no-server-internals',
      severity: 'error',
      from: { path: '^examples/', pathNot: TESTS },
      to: { path: '^packages/server/src/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json', '.d.ts'],
    },
  },
}
