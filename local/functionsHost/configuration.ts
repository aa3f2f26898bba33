import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartError } from './errors.ts';
import { parseLevel } from './logging.ts';
import type { LogLevel } from './rpc.ts';

export interface HostJson {
  /** Without slashes at its ends; '' for none. */
  readonly routePrefix: string;
  readonly logLevels: Readonly<Record<string, LogLevel>>;
}

export interface CorsSettings {
  readonly origins: readonly string[];
  readonly credentials: boolean;
}

export interface LocalSettings {
  readonly values: Readonly<Record<string, string>>;
  readonly cors: CorsSettings | undefined;
  readonly port: number | undefined;
}

type Json = Record<string, unknown>;

/** Reads and checks `<app>/host.json`. */
export function readHostJson(app: string): HostJson {
  const path = join(app, 'host.json');
  const json = readJsonObject(path);
  if (json['version'] !== '2.0') throw new StartError(`${path}: "version" must be "2.0"`);
  const routePrefix = section(section(json, 'extensions', path), 'http', path)['routePrefix'] ?? 'api';
  if (typeof routePrefix !== 'string') {
    throw new StartError(`${path}: extensions.http.routePrefix must be a string`);
  }
  const logLevels: Record<string, LogLevel> = {};
  for (const [category, value] of Object.entries(section(section(json, 'logging', path), 'logLevel', path))) {
    const level = parseLevel(value);
    if (level === undefined) {
      throw new StartError(
        `${path}: logging.logLevel.${category} must be Trace, Debug, Information, Warning, Error, Critical or None`,
      );
    }
    logLevels[category] = level;
  }
  return { routePrefix: routePrefix.replace(/^\/+|\/+$/g, ''), logLevels };
}

/** The file that package.json's `main` names, which the worker loads first. */
export function readEntry(app: string): string {
  const path = join(app, 'package.json');
  const main = readJsonObject(path)['main'];
  if (typeof main !== 'string') {
    throw new StartError(`${path}: "main" must name the app's entry, for example "dist/main.cjs"`);
  }
  return resolve(app, main);
}

/** Reads a Core Tools settings file. Its values are plain strings; numbers and objects are refused, as there. */
export function readLocalSettings(path: string): LocalSettings {
  const json = readJsonObject(path);
  if (json['IsEncrypted'] === true) {
    throw new StartError(`${path}: encrypted settings are not supported: run "func settings decrypt" first`);
  }
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(section(json, 'Values', path))) {
    if (typeof value !== 'string') throw new StartError(`${path}: Values.${name} must be a string`);
    values[name] = value;
  }
  const host = section(json, 'Host', path);
  const port = host['LocalHttpPort'];
  if (port !== undefined && typeof port !== 'number') {
    throw new StartError(`${path}: Host.LocalHttpPort must be a number`);
  }
  return { values, cors: cors(host, path), port };
}

function cors(host: Json, path: string): CorsSettings | undefined {
  const list = host['CORS'];
  if (list === undefined) return undefined;
  if (typeof list !== 'string') {
    throw new StartError(`${path}: Host.CORS must be a comma separated list of origins, or "*"`);
  }
  return { origins: originsOf(list), credentials: host['CORSCredentials'] === true };
}

/** Origins separated by commas; "*" stands for every one. */
export function originsOf(list: string): string[] {
  return list
    .split(',')
    .map((origin) => origin.trim().toLowerCase())
    .filter((origin) => origin !== '');
}

/**
 * Reads a JSON file whose top level is an object.
 *
 * @throws StartError with what is wrong with the file
 */
export function readJsonObject(path: string): Json {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new StartError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
  if (!isObject(json)) throw new StartError(`${path} must hold a JSON object`);
  return json;
}

function section(parent: Json, name: string, path: string): Json {
  const value = parent[name] ?? {};
  if (!isObject(value)) throw new StartError(`${path}: "${name}" must be an object`);
  return value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
