/** A beacon's host without the brackets in which some write an IPv6 address. */
export const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
