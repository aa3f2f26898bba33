import { join } from 'node:path';

export interface CurlLine {
  readonly line: string;
  /** The request's body, where the line reads it from a file. */
  readonly file?: { readonly path: string; readonly text: string };
}

/**
 * A line for a terminal that asks the broker for a server. On Windows one line must do for PowerShell and for cmd: no
 * JSON is quoted alike in both, so the body is in a file, and `curl` alone is another command in PowerShell.
 *
 * @param folder where that file is put
 */
export function curlLine(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: object,
  { platform, folder }: { readonly platform: NodeJS.Platform; readonly folder: string },
): CurlLine {
  const text = JSON.stringify(body);
  const begin = `${curl(platform)} ${url} ${flags({ 'Content-Type': 'application/json', ...headers }, platform)}`;
  if (platform !== 'win32') return { line: `${begin} -d '${text}'` };
  const path = join(folder, 'request.json');
  // Forward slashes serve as well there, and no shell takes them for anything else.
  return {
    line: `${begin} -d "@${path.replaceAll('\\', '/')}"`,
    file: { path, text },
  };
}

/** A line for the same terminals that ends the session at this address. */
export function endLine(
  url: string,
  headers: Readonly<Record<string, string>>,
  platform: NodeJS.Platform,
): string {
  return [curl(platform), '-X DELETE', url, flags(headers, platform)].filter((part) => part !== '').join(' ');
}

export const curl = (platform: NodeJS.Platform): string => `${platform === 'win32' ? 'curl.exe' : 'curl'} -i`;

function flags(headers: Readonly<Record<string, string>>, platform: NodeJS.Platform): string {
  const mark = platform === 'win32' ? '"' : "'";
  return Object.entries(headers)
    .map(([name, value]) => `-H ${mark}${name}: ${value}${mark}`)
    .join(' ');
}
