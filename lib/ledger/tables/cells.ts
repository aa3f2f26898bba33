import { StorageFault } from '../storageFault.ts';
import type { Cell, Row } from './entityTable.ts';

/** The cells of one row by name, each checked. `…OrNone` gives `undefined` where the row has no such cell. */
export interface Cells {
  text(name: string): string;
  textOrNone(name: string): string | undefined;
  number(name: string): number;
  numberOrNone(name: string): number | undefined;
  flag(name: string): boolean;
  flagOrNone(name: string): boolean | undefined;
  time(name: string): Date;
  timeOrNone(name: string): Date | undefined;
}

/**
 * Reads a row cell by cell. Each method throws a {@link StorageFault} that names the row and the cell where the cell is
 * missing, empty or of another type: other versions and people write into these tables, too.
 *
 * @param table as faults name it
 */
export function cellsOf(table: string, row: Row): Cells {
  const optional = <T extends Cell>(name: string, is: (value: Cell) => value is T): T | undefined => {
    const value = row[name];
    if (value === undefined) return undefined;
    if (!is(value)) throw unreadableRow(table, row.partitionKey, name);
    return value;
  };
  const required = <T extends Cell>(name: string, is: (value: Cell) => value is T): T => {
    const value = optional(name, is);
    if (value === undefined || value === '') throw unreadableRow(table, row.partitionKey, name);
    return value;
  };
  return {
    text: (name) => required(name, isText),
    textOrNone: (name) => optional(name, isText),
    number: (name) => required(name, isNumber),
    numberOrNone: (name) => optional(name, isNumber),
    flag: (name) => required(name, isFlag),
    flagOrNone: (name) => optional(name, isFlag),
    time: (name) => required(name, isTime),
    timeOrNone: (name) => optional(name, isTime),
  };
}

/** A row that cannot be read answers nothing. @param row the keys that name it */
export function unreadableRow(table: string, row: string, cell: string): StorageFault {
  return new StorageFault('read', table, `row ${row} holds no usable ${cell}`);
}

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber = (value: unknown): value is number => Number.isFinite(value);
export const isTime = (value: Cell | undefined): value is Date =>
  value instanceof Date && !Number.isNaN(value.getTime());
const isFlag = (value: Cell): value is boolean => typeof value === 'boolean';
