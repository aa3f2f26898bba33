import { randomUUID } from 'node:crypto';
import { isHistoryHour } from '../history/historyKey.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import { WATERMARK_PARTITION } from './watermark.ts';

/** Whose rows a pass through a whole table looks for. */
export type PassName = 'quotas' | 'strays';

/** A pass through a whole table, in the order of its keys, in as many runs as it takes. */
export interface Pass {
  /** In which it began. */
  readonly hour: string;
  /** What it looks for: the same for all of its runs. */
  readonly olderThan: Date;
  /** Where its next run goes on, as the service names it; absent: it has come to the end. */
  readonly continuation?: string | undefined;
}

export interface SeenPass {
  /** `undefined`: none has been made, as far as the row says. */
  readonly pass: Pass | undefined;
  readonly etag: string | undefined;
}

/**
 * The last pass, ended or not, from a row beside the watermarks. One that holds no hour, or one that lies ahead, says
 * nothing.
 *
 * @throws StorageFault
 */
export async function readPass(history: EntityTable, name: PassName, nowHour: string): Promise<SeenPass> {
  const stored = await history.read(WATERMARK_PARTITION, name);
  if (stored === undefined) return { pass: undefined, etag: undefined };
  const { etag, row } = stored;
  const { hour, olderThan, continuation } = row;
  if (typeof hour !== 'string' || !isHistoryHour(hour) || hour > nowHour) return { pass: undefined, etag };
  const goesOn = typeof continuation === 'string' && olderThan instanceof Date;
  if (!goesOn) return { pass: { hour, olderThan: new Date(0) }, etag };
  return { pass: { hour, olderThan, continuation }, etag };
}

/**
 * Where another run has written meanwhile, its row stands: at worst, some of the table is looked at twice.
 *
 * @throws StorageFault
 */
export async function writePass(
  history: EntityTable,
  name: PassName,
  { etag }: SeenPass,
  { hour, olderThan, continuation }: Pass,
  nowMs: number,
): Promise<void> {
  const cells = { hour, olderThan, continuation, movedAt: new Date(nowMs) };
  const row = { partitionKey: WATERMARK_PARTITION, rowKey: name, writeId: randomUUID(), ...cells };
  await ownWrite(history, row, etag);
}
