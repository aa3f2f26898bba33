/**
 * Checks that a file names the version that is released.
 *
 * @throws Error which file says what
 */
export function requireVersion(
  version: string,
  { file, text, pattern }: { readonly file: string; readonly text: string; readonly pattern: RegExp },
): void {
  const found = pattern.exec(text)?.[1];
  if (found !== version) throw new Error(`${file} has the version ${found}, and the tag says ${version}.`);
}

/**
 * The changelog's section of a version (keepachangelog.com), without its heading.
 *
 * @throws Error when there is none, or nothing in it
 */
export function notesOf(changelog: string, version: string): string {
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((text) => text.startsWith(`[${version}]`));
  const notes = section?.slice(section.indexOf('\n')).trim() ?? '';
  if (notes === '')
    throw new Error(`CHANGELOG.md has no section [${version}]: move what is under [Unreleased] into it.`);
  return `${notes}\n`;
}
