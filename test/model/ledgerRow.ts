import { isDeepStrictEqual } from 'node:util';
import { EXPIRY_MARGIN_MS } from '../../lib/ledger/sessions/session.ts';
import { StorageFault } from '../../lib/ledger/storageFault.ts';
import type { Abstract, Model, Real } from './ledgerModel.ts';

/** Every command leaves the row as the model says; `allowed` are the ways in which it may, after a fault. */
export async function mustBe(model: Model, real: Real, allowed: readonly Abstract[]): Promise<void> {
  const row = await real.row(model.nowMs);
  const plain = (one: Abstract) => ({ ...one, sinceMs: 0, expiresMs: 0, cookie: undefined, etag: undefined });
  expect(allowed.map(plain)).toContainEqual(plain(row));
  if (etagOf(row) === etagOf(model.row)) return;
  const same = allowed.find((one) => isDeepStrictEqual(plain(one), plain(row)));
  model.row = 'cookie' in row ? { ...row, cookie: cookieOf(same) } : row;
}

export function etagOf(row: Abstract): string | undefined {
  return 'etag' in row ? row.etag : undefined;
}

export function cookieOf(row: Abstract | undefined): string | undefined {
  return row !== undefined && 'cookie' in row ? row.cookie : undefined;
}

/** Runs one operation; a fault is excused by losses that were asked for, and by nothing else. */
export async function faulty<T>(real: Real, process: number, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    expect(error).toBeInstanceOf(StorageFault);
    expect(real.losses[process]).toBeGreaterThan(0);
    real.reached('fault');
    return undefined;
  }
}

export function isExpired(row: Abstract, nowMs: number): boolean {
  return row.state !== 'absent' && nowMs > row.expiresMs + EXPIRY_MARGIN_MS;
}
