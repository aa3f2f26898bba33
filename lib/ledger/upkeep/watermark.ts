import { randomUUID } from 'node:crypto';
import { hourLater, isHistoryHour } from '../history/historyKey.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { type RowRange, isRowRange, keepable } from './rowRanges.ts';

/**
 * Where a timer goes on in its next run: a row of the history table in a partition that is no hour, so that queries by
 * hour never meet it.
 */
export const WATERMARK_PARTITION = 'watermark';

/** Sorts before every hour. */
export const FIRST_PARTITION = '0';

/** The timers; the rest of what `prune` keeps there is in pass.ts. */
export type Work = 'sweep' | 'prune';

/** How far a timer has come. */
export interface Progress {
  /** Everything before this hour is done, except `again`. */
  readonly hour: string;
  /** Rows before, which must be looked at again: storage failed, or it was too early. */
  readonly again: readonly RowRange[];
  /** Of `prune`, which reads an hour from its newest row on: the last row of the hour that is done. */
  readonly row?: string | undefined;
  /** Of `sweep`, which comes on with the time: the attempts of the hour that began before this are done. */
  readonly claimedBeforeMs?: number | undefined;
  /** Of `sweep`: when it last looked at all of the newest rows. */
  readonly newestAtMs?: number | undefined;
}

export interface Watermark {
  /** `undefined`: nothing has been looked at yet, as far as the row says. */
  readonly progress: Progress | undefined;
  readonly etag: string | undefined;
}

/** How a run left things, for operators. */
export interface RunEnd {
  readonly behindHours: number;
  readonly atMs: number;
}

/**
 * A row that holds no hour, or one that lies ahead, says nothing: the run then looks at everything and writes the row
 * anew. Believed, it would end every run early, or keep it from looking at anything.
 *
 * The cell `hour` alone says all that a version needs that knows no other: everything before it is done. The cell
 * `progress` says it more finely. It counts only where it agrees with `hour`: people turn the hour back, and a version
 * that knows only hours removes the other cell when it writes.
 *
 * @param nowHour no run has come further
 * @throws StorageFault
 */
export async function readWatermark(history: EntityTable, name: Work, nowHour: string): Promise<Watermark> {
  const stored = await history.read(WATERMARK_PARTITION, name);
  const hour = stored?.row['hour'];
  // The clock of the instance that wrote it may have been ahead.
  const last = hourLater(nowHour, 1);
  const isUsable = typeof hour === 'string' && isHistoryHour(hour) && hour <= last;
  if (!isUsable) return { progress: undefined, etag: stored?.etag };
  const progress = progressIn(stored?.row['progress']);
  const agrees = progress !== undefined && oldestHour(progress) === hour && progress.hour <= last;
  return { progress: agrees ? progress : { hour, again: [] }, etag: stored?.etag };
}

/** The first hour that a run still has to look at. */
export function oldestHour({ hour, again }: Progress): string {
  return again.reduce((oldest, range) => (range.hour < oldest ? range.hour : oldest), hour);
}

/**
 * Writes how far a run has come. Where another run has written meanwhile, its row stands: it looked at everything that
 * its own row passes.
 *
 * @returns `undefined`: another run has written
 * @throws StorageFault
 */
export async function moveWatermark(
  history: EntityTable,
  name: Work,
  seen: Watermark,
  progress: Progress,
  { behindHours, atMs }: RunEnd,
): Promise<Watermark | undefined> {
  const kept = { ...progress, again: keepable(progress.again) };
  const row = {
    partitionKey: WATERMARK_PARTITION,
    rowKey: name,
    writeId: randomUUID(),
    hour: oldestHour(kept),
    progress: JSON.stringify(kept),
    behindHours,
    movedAt: new Date(atMs),
  };
  const written = await ownWrite(history, row, seen.etag);
  return written.ok ? { progress: kept, etag: written.etag } : undefined;
}

/** What the last run of a timer left, as its row says. */
export async function lastRun(history: Pick<EntityTable, 'read'>, name: Work): Promise<Partial<RunEnd>> {
  const stored = await history.read(WATERMARK_PARTITION, name);
  if (stored === undefined) return {};
  const { behindHours, movedAt } = stored.row;
  return {
    ...(typeof behindHours === 'number' ? { behindHours } : {}),
    ...(movedAt instanceof Date ? { atMs: movedAt.getTime() } : {}),
  };
}

function progressIn(cell: unknown): Progress | undefined {
  if (typeof cell !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(cell);
  } catch {
    return undefined;
  }
  return isProgress(value) ? value : undefined;
}

function isProgress(value: unknown): value is Progress {
  if (typeof value !== 'object' || value === null) return false;
  const { hour, again, row, claimedBeforeMs, newestAtMs } = value as Record<string, unknown>;
  const isTime = (time: unknown): boolean => time === undefined || Number.isFinite(time);
  return (
    typeof hour === 'string' &&
    isHistoryHour(hour) &&
    Array.isArray(again) &&
    again.every(isRowRange) &&
    (row === undefined || typeof row === 'string') &&
    isTime(claimedBeforeMs) &&
    isTime(newestAtMs)
  );
}

/**
 * The hours of the history that have rows, oldest first. Partitions that are no hours are passed over.
 *
 * @param from inclusive
 * @param before exclusive
 * @throws StorageFault
 */
export async function* hoursOf(
  scan: Pick<PartitionScan, 'nextPartition'>,
  from: string,
  before: string,
): AsyncGenerator<string, void> {
  let partition = await scan.nextPartition(from, before);
  while (partition !== undefined) {
    const isHour = isHistoryHour(partition);
    if (isHour) yield partition;
    // `!` sorts before digits and letters: no hour is passed over.
    partition = await scan.nextPartition(isHour ? hourLater(partition, 1) : `${partition}!`, before);
  }
}
