// The broker's settings as types: a mistake is found by the compiler, not by the first player.
// The template turns each of them into the app setting of JSON that docs/settings.md describes.

@export()
@description('The ledger\'s tables.')
var tableNames = ['brokersessions', 'brokerhistory', 'brokerquotas', 'brokerrequests']

@export()
@description('Tags of a resource.')
type Tags = {
  @description('One tag.')
  @maxLength(256)
  *: string
}

@export()
@description('App settings by name.')
type AppSettings = {
  @description('One setting.')
  @maxLength(16384)
  *: string
}

@export()
@description('Origin of a browser\'s page, for instance https://play.example.com.')
@minLength(1)
@maxLength(255)
type Origin = string

@export()
@description('E-mail address.')
@minLength(3)
@maxLength(254)
type EmailAddress = string

@description('Name of a location.')
@minLength(1)
@maxLength(128)
type LocationName = string

@description('Signature algorithm. Asymmetric ones only: who can check a token cannot make one.')
type SignatureAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

@export()
@description('Where a client measures its latency to a location.')
type QosTarget = {
  @description('Protocol of the measurement, for instance udp.')
  @minLength(1)
  @maxLength(16)
  protocol: string

  @description('Host name of the beacon.')
  @minLength(1)
  @maxLength(253)
  host: string

  @description('Port of the beacon.')
  @minValue(1)
  @maxValue(65535)
  port: int
}

@export()
@description('A location in which the fleet may start a server.')
type Location = {
  @description('Name as sessionhosts and Azure spell it, with its spaces: West US. PlayFab gets its own spelling of it.')
  @minLength(1)
  @maxLength(128)
  name: string

  @description('Beacon for clients to measure. Without one, clients bring latencies from elsewhere.')
  qos: QosTarget?

  @description('Milliseconds added to what was measured, to steer away from this location.')
  @minValue(0)
  @maxValue(60000)
  penaltyMs: int?
}

@export()
@description('A fleet that the broker has a driver for.')
type Fleet = 'sessionhosts' | 'playfab'

@description('A GUID as PlayFab writes it.')
@minLength(36)
@maxLength(36)
type Guid = string

@description('One of the fleets that a game mode lists.')
type FleetEntry = {
  @description('Fleet.')
  fleet: Fleet

  @description('Percentage of the mode\'s sessions that begin here; left out: those that begin nowhere else.')
  @minValue(0)
  @maxValue(100)
  sharePercent: int?

  @description('Id of the game mode at sessionhosts; left out: the mode\'s own.')
  @minLength(1)
  @maxLength(128)
  gameModeId: string?

  @description('Build at PlayFab; this and buildAliasId left out: the mode\'s own.')
  buildId: Guid?

  @description('Build alias at PlayFab, instead of buildId.')
  buildAliasId: Guid?
}

@export()
@description('What a game mode is called at the fleets, and where it may be played. The names of both fleets may stand here: then moving the mode, and moving it back, is one word.')
type GameMode = {
  @description('Id of the game mode at sessionhosts; needed there.')
  @minLength(1)
  @maxLength(128)
  gameModeId: string?

  @description('Build at PlayFab whose servers play the mode. Needed there: this or buildAliasId.')
  buildId: Guid?

  @description('Build alias at PlayFab, instead of buildId: a new build then needs no deployment here.')
  buildAliasId: Guid?

  @description('Fleet that new sessions of the mode are asked of; left out: the parameter fleet.')
  fleet: Fleet?

  @description('Fleets of the mode, instead of fleet: asked in this order, the next one where no server is free at the one before.')
  @minLength(1)
  @maxLength(8)
  fleets: FleetEntry[]?

  @description('Names of locations, a subset of all; left out: all of them.')
  @minLength(1)
  @maxLength(64)
  locations: LocationName[]?

  @description('Players of a session ask each for itself, and get a place that is fair to all of them; left out: the first one decides.')
  gather: Gather?
}

@description('How the players of one session are gathered before the fleet is asked.')
type Gather = {
  @description('Milliseconds from the first call of a session until the fleet is asked, unless everybody is there before.')
  @minValue(100)
  @maxValue(5000)
  windowMs: int
}

@export()
@description('Game modes by the alias that clients send.')
type GameModes = {
  @description('One game mode.')
  *: GameMode
}

@description('How the cap on latency loosens with the time that a session waits.')
type RelaxStep = {
  @description('From how many seconds after the first attempt on.')
  @minValue(1)
  @maxValue(600)
  afterSeconds: int

  @description('The value of `maxLatencyMs` from then on.')
  @minValue(1)
  @maxValue(60000)
  maxLatencyMs: int
}

@export()
@description('How locations are ordered. Left-out members have the broker\'s defaults.')
type Placement = {
  @description('How the latencies of several players become one figure.')
  aggregate: ('mean' | 'worst' | 'median')?

  @description('Latency in milliseconds above which a location counts as too far.')
  @minValue(1)
  @maxValue(60000)
  maxLatencyMs: int?

  @description('Higher values of `maxLatencyMs` for sessions that have waited, in the order of time.')
  @minLength(1)
  @maxLength(8)
  relax: RelaxStep[]?

  @description('Whether a location that is too far is left out altogether.')
  strict: bool?

  @description('The most milliseconds that a location weighs beyond the nearest one of the same player.')
  @minValue(1)
  @maxValue(60000)
  clampMs: int?

  @description('How many locations are offered to the fleet at most.')
  @minValue(1)
  @maxValue(64)
  maxLocations: int?
}

@description('Callers present a function key.')
type KeyAuth = {
  @description('The mode.')
  mode: 'key'
}

@description('A claim that tokens may hold, and its value, alone or in a list.')
type Claim = {
  @description('Name of the claim.')
  @minLength(1)
  @maxLength(128)
  name: string

  @description('Value of the claim.')
  @minLength(1)
  @maxLength(256)
  value: string
}

@description('Callers present a signed token.')
type JwtAuth = {
  @description('The mode.')
  mode: 'jwt'

  @description('Expected issuer.')
  @minLength(1)
  @maxLength(2048)
  issuer: string

  @description('Expected audience.')
  @minLength(1)
  @maxLength(2048)
  audience: string

  @description('Where the signing keys are; left out: found through the issuer\'s metadata.')
  @minLength(1)
  @maxLength(2048)
  jwksUri: string?

  @description('Accepted signature algorithms.')
  @minLength(1)
  @maxLength(16)
  algorithms: SignatureAlgorithm[]?

  @description('Claim that must equal the sessionId.')
  @minLength(1)
  @maxLength(128)
  sessionClaim: string?

  @description('Claim that must equal the game mode.')
  @minLength(1)
  @maxLength(128)
  gameModeClaim: string?

  @description('Claim whose holders may end sessions; left out: whoever has the function key of endings.')
  endClaim: Claim?
}

@description('Everybody may call. Also needs allowAnonymous.')
type AnonymousAuth = {
  @description('The mode.')
  mode: 'anonymous'
}

@export()
@description('Who may ask for an allocation.')
@discriminator('mode')
type Auth = KeyAuth | JwtAuth | AnonymousAuth

@description('Callers with a limit of their own: holders of the trusted key, or of a claim.')
type TrustedCallers = {
  @description('New allocations in one window; left out: they are not counted.')
  @minValue(1)
  @maxValue(1000000)
  limit: int?

  @description('Their claim, where auth is jwt; otherwise trustedKeySecretName says who they are.')
  claim: Claim?
}

@export()
@description('How many new allocations one caller may start.')
type Quota = {
  @description('New allocations in one window.')
  @minValue(1)
  @maxValue(1000000)
  limit: int

  @description('Length of the window in seconds.')
  @minValue(1)
  @maxValue(86400)
  windowSeconds: int

  @description('Proxies between the client and the code; Azure\'s own front end is one, and Front Door, where the template puts it, one more.')
  @minValue(0)
  @maxValue(10)
  trustedHops: int

  @description('What happens when the quota table does not answer.')
  onStorageFault: 'refuse' | 'allow'

  @description('Callers with a limit of their own, such as a matchmaker.')
  trusted: TrustedCallers?
}

@description('The app\'s managed identity asks Entra ID for a token: no secret exists.')
type IdentityFleetAccess = {
  @description('The kind.')
  kind: 'managed-identity'

  @description('Scope of the sessionhosts API, for instance api://<application id>/.default.')
  @minLength(1)
  @maxLength(2048)
  tokenScope: string
}

@description('A token that somebody renews by hand, kept in Key Vault.')
type StaticFleetAccess = {
  @description('The kind.')
  kind: 'static-token'

  @description('Name of the secret in the vault. The operator writes it; no template ever sees its value.')
  @minLength(1)
  @maxLength(127)
  secretName: string
}

@export()
@description('How the broker proves to sessionhosts who it is.')
@discriminator('kind')
type FleetAccess = IdentityFleetAccess | StaticFleetAccess

@export()
@description('Title at PlayFab and where its secret key is kept.')
type PlayFab = {
  @description('Title id, as Game Manager shows it: letters and digits, for instance A1B2C.')
  @minLength(1)
  @maxLength(32)
  titleId: string

  @description('Name of the secret in the vault that is a secret key of the title. The operator writes it; no template ever sees its value. Left out: there is a vault to write it into, and nothing reads it yet.')
  @minLength(1)
  @maxLength(127)
  secretName: string?

  @description('What clients connect to: the server\'s domain name or its IPv4 address; left out: the domain name.')
  hostName: ('fqdn' | 'ipv4')?
}

@export()
@description('A storage account that is there already and holds the ledger: another region\'s broker made it.')
type TablesAccount = {
  @description('Name of the account.')
  @minLength(3)
  @maxLength(24)
  name: string

  @description('Resource group of the account, in this subscription.')
  @minLength(1)
  @maxLength(90)
  resourceGroup: string
}

@export()
@description('Something that is reached by a private endpoint.')
type PrivateTarget = {
  @description('Which of its services: the endpoint\'s group id.')
  kind: ('blob' | 'table' | 'vault')

  @description('Resource id.')
  @minLength(1)
  @maxLength(2048)
  id: string

  @description('Zone that its private name is in.')
  @minLength(1)
  @maxLength(253)
  zone: string
}

@export()
@description('Host name of a broker in another region, without https://.')
@minLength(1)
@maxLength(253)
type HostName = string

@export()
@description('A host name of your own for clients, on the Front Door, whose certificate Azure makes and renews.')
@sealed()
type CustomDomain = {
  @description('The name, for instance broker.example.com.')
  hostName: HostName

  @description('Whether its records are in your DNS and its certificate is there: from then on it is the broker\'s address. Left out: not yet.')
  live: bool?
}

@export()
@description('When an alert fires.')
type AlertThresholds = {
  @description('Percentage of attempts that found no free server.')
  @minValue(1)
  @maxValue(100)
  noCapacityPercent: int

  @description('Percentage of attempts that failed at the fleet.')
  @minValue(1)
  @maxValue(100)
  upstreamFailedPercent: int

  @description('Percentage of a game mode\'s attempts that asked another fleet after one without a free server; left out: 20. Only where a mode lists several fleets.')
  @minValue(1)
  @maxValue(100)
  overflowPercent: int?

  @description('Requests in five minutes that the storage could not serve.')
  @minValue(1)
  @maxValue(100000)
  storageUnavailableCount: int

  @description('95th percentile of the time to a server, in milliseconds.')
  @minValue(100)
  @maxValue(60000)
  p95Ms: int

  @description('Attempts in the window below which a percentage says nothing.')
  @minValue(1)
  @maxValue(100000)
  minimumAttempts: int

  @description('Minutes without a run of the sweep. At least three of its intervals: raise it with sweepSchedule.')
  sweepSilentMinutes: (15 | 30 | 60 | 120 | 1440 | 2880)

  @description('Minutes without a run of prune, and half the window for three runs that did not finish: raise it with pruneSchedule.')
  pruneSilentMinutes: (120 | 180 | 720 | 1440 | 2880)

  @description('Calls in five minutes that ended in a 5xx which is not the broker\'s.')
  @minValue(1)
  @maxValue(100000)
  platformFailureCount: int
}
