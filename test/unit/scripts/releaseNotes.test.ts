import { notesOf, requireVersion } from '../../../scripts/releaseNotes.ts';

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- Tomorrow's.

## [0.2.0] - 2026-12-01

### Fixed

- A thing.

### Changed

- Another.

## [0.1.0] - 2026-11-01

- The first.
`;

test('the notes are the section of the version', () => {
  expect(notesOf(CHANGELOG, '0.2.0')).toBe('### Fixed\n\n- A thing.\n\n### Changed\n\n- Another.\n');
  expect(notesOf(CHANGELOG, '0.1.0')).toBe('- The first.\n');
});

test.each(['0.2', '0.3.0', '1'])('a version without a section has none: %s', (version) => {
  expect(() => notesOf(CHANGELOG, version)).toThrow(
    `CHANGELOG.md has no section [${version}]: move what is under [Unreleased] into it.`,
  );
});

test('a manifest with another version is named', () => {
  const manifest = {
    file: 'clients/x/package.json',
    text: '{ "version": "0.1.0" }',
    pattern: /"version": "([^"]+)"/,
  };
  expect(() => requireVersion('0.1.0', manifest)).not.toThrow();
  expect(() => requireVersion('0.2.0', manifest)).toThrow(
    'clients/x/package.json has the version 0.1.0, and the tag says 0.2.0.',
  );
});
