/**
 * A studio's own matchmaker as token issuer: makes its key pair, and tokens for single sessions.
 *
 *     node docs/examples/matchmaker.mjs keys ./keys
 *     node docs/examples/matchmaker.mjs token ./keys <issuer> <sessionId> <gameMode> <playerId>
 *
 * `keys` writes `private.json`, which stays with the matchmaker, and `jwks.json`, which anybody may read: serve it as
 * a static file over https and name its address in BROKER_AUTH as `jwksUri`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';

const ALGORITHM = 'ES256';
const AUDIENCE = 'allocation-broker';
/** Long enough for a player to load the game and to repeat the request; a stolen token is of no use soon after. */
const LIFETIME = '10 minutes';

async function makeKeys(folder) {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  // The key's own hash for a name: a new key gets a new one, and brokers fetch the list again when they meet it.
  const about = { kid: await calculateJwkThumbprint(publicJwk), alg: ALGORITHM, use: 'sig' };
  mkdirSync(folder, { recursive: true });
  const secret = JSON.stringify({ ...(await exportJWK(privateKey)), ...about });
  writeFileSync(join(folder, 'private.json'), secret, { mode: 0o600 });
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [{ ...publicJwk, ...about }] }));
}

async function makeToken(folder, issuer, sessionId, gameMode, playerId) {
  const jwk = JSON.parse(readFileSync(join(folder, 'private.json'), 'utf8'));
  return new SignJWT({ session: sessionId, mode: gameMode })
    .setProtectedHeader({ alg: ALGORITHM, kid: jwk.kid })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setSubject(playerId)
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(await importJWK(jwk, ALGORITHM));
}

const [command, ...given] = process.argv.slice(2);
if (command === 'keys' && given.length === 1) {
  await makeKeys(...given);
} else if (command === 'token' && given.length === 5) {
  console.log(await makeToken(...given));
} else {
  console.error('Usage: matchmaker.mjs keys <folder>');
  console.error('       matchmaker.mjs token <folder> <issuer> <sessionId> <gameMode> <playerId>');
  process.exitCode = 2;
}
