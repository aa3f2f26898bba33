import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { AnswerAction } from './faults.ts';
import { encoded } from './coding.ts';
import type { Answer } from './protocol.ts';

/** An answer as it will go over the wire, faults included. */
export interface Wire {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The content codings of the body, as the header lists them. */
  readonly coding?: { readonly names: string; readonly zeros?: number | undefined };
  readonly delivery: 'whole' | 'half' | { readonly slowMs: number; readonly pieces: number };
}

/** Not JSON, not text: what a broken proxy or a wrong port may send. */
const GARBAGE = '\u0000\u001f{"hostName": <html>]]\ufffd';

export function toWire(answer: Answer): Wire {
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  const headers = { 'content-type': 'application/json; charset=utf-8', ...answer.headers };
  return { status: answer.status, headers, body, delivery: 'whole' };
}

/** The answer after one more fault. */
export function misbehave(wire: Wire, action: AnswerAction): Wire {
  switch (action.type) {
    case 'garbage':
      return { ...wire, status: 200, body: GARBAGE };
    case 'body':
      return withType(
        { ...wire, status: action.status ?? wire.status, body: action.text },
        action.contentType,
      );
    case 'override':
      // Later members of the same name win in a spread; a literal "__proto__" member is for the `body` fault.
      return { ...wire, body: JSON.stringify(overridden(JSON.parse(wire.body) as Members, action)) };
    case 'content-type':
      return withType(wire, action.contentType);
    case 'coding':
      return {
        ...wire,
        headers: { ...wire.headers, 'content-encoding': action.coding },
        coding: { names: action.coding, zeros: action.zeros },
      };
    case 'half-body':
      return { ...wire, delivery: 'half' };
    case 'slow-body':
      return { ...wire, delivery: { slowMs: action.ms, pieces: action.pieces ?? 10 } };
  }
}

type Members = Readonly<Record<string, unknown>>;

function overridden(told: Members, { members, deep }: { members: Members; deep?: boolean }): Members {
  if (deep !== true) return { ...told, ...members };
  const merged = Object.entries(members).map(([name, value]) => [
    name,
    isObject(value) && isObject(told[name]) ? { ...told[name], ...value } : value,
  ]);
  return { ...told, ...(Object.fromEntries(merged) as Members) };
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withType(wire: Wire, contentType: string | undefined): Wire {
  return contentType === undefined
    ? wire
    : { ...wire, headers: { ...wire.headers, 'content-type': contentType } };
}

/**
 * Sends the answer. `beforeLastByte` is called just before its end is handed over: then the caller's next call never
 * seems to have arrived during this one. Resolves to true when the connection is to be broken off there and then.
 */
export async function deliver(
  response: ServerResponse,
  wire: Wire,
  ended: AbortSignal,
  beforeLastByte: () => void,
): Promise<boolean> {
  const body = wire.coding === undefined ? Buffer.from(wire.body) : encoded(wire.body, wire.coding);
  response.writeHead(wire.status, { ...wire.headers, 'content-length': body.length });
  if (wire.delivery === 'half') {
    await written(response, body.subarray(0, body.length / 2));
    return true;
  }
  let at = 0;
  if (wire.delivery !== 'whole') {
    const { slowMs, pieces } = wire.delivery;
    const size = Math.ceil(body.length / pieces);
    for (; at + size < body.length; at += size) {
      response.write(body.subarray(at, at + size));
      await sleep(slowMs / (pieces - 1), undefined, { signal: ended });
      // The caller has left in the middle of it.
      if (response.destroyed) return false;
    }
  }
  beforeLastByte();
  response.end(body.subarray(at));
  return false;
}

/** Breaks the connection off with a RST where TCP is at hand; node:tls can only destroy its socket. */
export function breakOff(response: ServerResponse): void {
  const { socket } = response;
  if (socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else response.destroy();
}

/** Resolves once the piece was handed to the kernel, or can no longer be. */
function written(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(piece, () => resolve());
  });
}
