/** What every room may import; it imports nothing itself. */
const SHARED = 'lib/(clock|guid|http|inParallel|once|text|traceparent)';

/**
 * Which room may import which: a room imports itself, what is shared, and what is listed for it, files by their name
 * without `.ts`. `cli`, `bench` and `test` import what they like.
 */
const ROOMS = {
  functions: [
    ...[
      'lib/auth',
      'lib/broker',
      'lib/composition',
      'lib/config',
      'lib/contract',
      'lib/events',
      'lib/readiness',
    ],
    ...['lib/ledger/reading', 'lib/ledger/storageFault'],
  ],
  'lib/composition': ['lib'],
  'lib/readiness': ['lib/composition', 'lib/fleets/fleet', 'lib/identity', 'lib/ledger/storageFault'],
  'lib/stock': ['lib/config/settings', 'lib/contract', 'lib/fleets/fleet', 'lib/placement/names'],
  // Ports, never what is behind them.
  'lib/broker': [
    ...['lib/auth/ticket', 'lib/contract', 'lib/events', 'lib/fleets/fleet', 'lib/placement/(names|types)'],
    ...['lib/ledger/history/history', 'lib/ledger/quota/quota', 'lib/ledger/storageFault'],
    ...['lib/ledger/sessions/(cookieSeal|hints|ledger|session)'],
  ],
  // Of the parts that it configures: their settings and what these may hold.
  'lib/config': [
    ...['lib/auth/authenticator', 'lib/contract', 'lib/placement', 'lib/schema'],
    ...['lib/fleets/fleet', 'lib/fleets/sessionHosts/settings'],
    ...['lib/fleets/playFab/settings', 'lib/fleets/playFab/build'],
    ...['lib/ledger/quota/quota', 'lib/ledger/tables/tableClients'],
  ],
  'lib/auth': ['lib/contract', 'lib/events'],
  'lib/events': ['lib/contract/outcomes', 'lib/fleets/fleet', 'lib/ledger/upkeep/reports'],
  'lib/insights': ['lib/contract/(attempt|outcomes|problem|requestCounts)', 'lib/placement'],
  'lib/contract': ['lib/fleets/fleet', 'lib/placement', 'lib/schema'],
  'lib/fleets': ['lib/identity'],
  'lib/ledger': [
    'lib/contract/(attempt|historyRequest|outcomes|requestCounts)',
    'lib/identity',
    'lib/placement',
  ],
  'lib/identity': [],
  'lib/placement': [],
  'lib/schema': [],
  [SHARED]: [],
  ops: ['lib/contract/(attempt|outcomes|requestCounts|stock)', 'lib/insights'],
  clients: [],
  local: ['clients', 'lib/config', 'lib/fleets/fleet', 'lib/placement'],
  scripts: ['lib/contract', 'lib/readiness'],
};

const at = (room) => `^${room}(/|[.]ts$)`;
const PROJECT = at('(bench|cli|clients|functions|lib|local|ops|scripts|test)');

const never = (name, from, to) => ({ name, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(ROOMS).map(([room, others]) =>
      never(
        `not for ${room}`,
        { path: at(room) },
        { path: PROJECT, pathNot: [room, SHARED, ...others].map(at) },
      ),
    ),
    never(
      'lib file without a room',
      { path: at('lib'), pathNot: Object.keys(ROOMS).map(at) },
      { path: PROJECT },
    ),
    never(
      'another fleet driver',
      { path: '^lib/fleets/([^/]+)' },
      { path: '^lib/fleets/[^/]+/', pathNot: '^lib/fleets/($1|http)/' },
    ),
    never(
      'table driver for lib/composition.ts alone',
      { path: at('(functions|lib)'), pathNot: at('lib/(composition|ledger/tables)') },
      { path: '^lib/ledger/tables/azure' },
    ),
    never('Functions runtime in lib', { path: at('lib') }, { path: '/@azure/functions/' }),
    never(
      'not for a browser',
      { path: at('(ops|clients/typescript/src|lib/insights|lib/placement|lib/contract/(outcomes|problem))') },
      // Neither Node's modules nor a package, but for the chart's.
      { pathNot: [PROJECT, '/uplot/'] },
    ),
    never(
      'type of the ledger, not its code',
      { path: at('lib/(events|insights)') },
      { path: at('lib/ledger'), dependencyTypesNot: ['type-only'] },
    ),
    never('circle of files', {}, { circular: true }),
    { ...never('circle of folders', {}, { circular: true }), scope: 'folder' },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // Built: the validators from the schemas of several rooms, the client from its sources.
    exclude: { path: ['^lib/generated/', '^clients/[^/]+/dist/'] },
  },
};
