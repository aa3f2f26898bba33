/**
 * What of a host's address is believed, whichever fleet sends it. It is somebody else's text on its way to game
 * clients, so every string is bounded and of a narrow alphabet.
 */
export const hostNameSchema = {
  type: 'string',
  // RFC 1035, section 2.3.4: a name has at most 253 characters of text, a label at most 63.
  maxLength: 253,
  anyOf: [
    {
      description: 'A DNS name (underscores occur in practice) or an IPv4 literal.',
      pattern:
        '^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$',
    },
    { description: 'An IPv6 literal, without a zone.', pattern: '^(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]{2,45}$' },
  ],
} as const;

export const portNumberSchema = { type: 'integer', minimum: 1, maximum: 65535 } as const;

export const portNameSchema = {
  type: 'string',
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N} ._:()-]{0,63}$',
} as const;

export const regionSchema = {
  type: 'string',
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N} ._()-]{0,63}$',
} as const;

/** More ports than any game server has. */
export const MOST_PORTS = 32;
