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
  const all = Object.entries({ 'Content-Type': 'application/json', ...headers });
  const quoted = (mark: string): string =>
    all.map(([name, value]) => `-H ${mark}${name}: ${value}${mark}`).join(' ');
  if (platform !== 'win32') return { line: `curl -i ${url} ${quoted("'")} -d '${text}'` };
  const path = join(folder, 'request.json');
  // Forward slashes serve as well there, and no shell takes them for anything else.
  return {
    line: `curl.exe -i ${url} ${quoted('"')} -d "@${path.replaceAll('\\', '/')}"`,
    file: { path, text },
  };
}
