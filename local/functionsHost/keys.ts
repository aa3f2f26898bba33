import { createHash, timingSafeEqual } from 'node:crypto';
import { StartError } from './errors.ts';
import { readJsonObject } from './configuration.ts';

/** A function's `authLevel`, in lower case. */
export type AuthLevel = 'anonymous' | 'function' | 'admin';

export interface Keys {
  /** Whether a presented key (undefined: none) opens the function, by the runtime's scopes. */
  allows(level: AuthLevel, functionName: string, key: string | undefined): boolean;
  /** How the admin API answers to a presented key: 401 where it knows nobody by it, 403 where it knows an other than the master. */
  adminRefusal(key: string | undefined): 401 | 403 | undefined;
}

/** What Core Tools does: no key is asked for, whatever the function's level. */
export const NO_KEYS: Keys = { allows: () => true, adminRefusal: () => undefined };

/**
 * Reads a key file: `{"master": "...", "host": {"<name>": "..."}, "functions": {"<function>": {"<name>": "..."}}}`.
 * Scopes (Azure docs, "Work with access keys"): a function's own keys open that function, a host key every function,
 * and only the master key opens level admin and the admin API.
 */
export function readKeys(path: string): Keys {
  const json = readJsonObject(path);
  const master = json['master'];
  if (typeof master !== 'string' || master === '') throw new StartError(`${path}: "master" must be a key`);
  const host = namedKeys(json['host'], `${path}: "host"`);
  const functions = Object.entries(objectOf(json['functions'], `${path}: "functions"`)).map(
    ([name, keys]) => [name.toLowerCase(), namedKeys(keys, `${path}: functions.${name}`)] as const,
  );
  const own = new Map(functions);
  return {
    allows(level, functionName, key) {
      if (level === 'anonymous') return true;
      if (key === undefined) return false;
      if (level === 'admin') return equalsAny(key, [master]);
      return equalsAny(key, [master, ...host, ...(own.get(functionName.toLowerCase()) ?? [])]);
    },
    adminRefusal(key) {
      if (key === undefined || !equalsAny(key, [master, ...host])) return 401;
      return equalsAny(key, [master]) ? undefined : 403;
    },
  };
}

/** Constant in time: all candidates are compared, and their digests, so that not even a key's length shows. */
function equalsAny(key: string, candidates: readonly string[]): boolean {
  const presented = digest(key);
  return candidates.map((candidate) => timingSafeEqual(presented, digest(candidate))).includes(true);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function namedKeys(value: unknown, where: string): string[] {
  return Object.entries(objectOf(value, where)).map(([name, key]) => {
    if (typeof key !== 'string' || key === '') throw new StartError(`${where}: "${name}" must be a key`);
    return key;
  });
}

function objectOf(value: unknown, where: string): object {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) throw new StartError(`${where} must be an object`);
  return value;
}
