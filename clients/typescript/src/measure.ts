import { member } from './answer.ts';
import { httpProbe } from './probes/http.ts';
import { udpProbe } from './probes/udp.ts';
import type { Latency, Location, Qos } from './types.ts';
import { fired, within } from './within.ts';

/** One round trip to a beacon, in milliseconds. Rejects when it cannot be measured; stops when the signal fires. */
export type Probe = (qos: Qos, signal: AbortSignal) => Promise<number>;

export interface MeasureOptions {
  /** Round trips per location, 1 or more; the median counts. Default 3. */
  readonly samples?: number;
  /** For one round trip. Default 1000. */
  readonly timeoutMs?: number;
  /** Instead of the built-in ones: UDP echo where there is Node, HTTP everywhere. */
  readonly probe?: Probe;
  readonly signal?: AbortSignal;
}

/** What is one of the entries that the broker lists; a proxy may have made something else of them. */
export function isLocation(entry: unknown): entry is Location {
  const qos = member(entry, 'qos');
  return (
    typeof member(entry, 'name') === 'string' &&
    (qos === undefined || typeof member(qos, 'host') === 'string')
  );
}

/**
 * Measures the latency to each location that says how. Takes `samples` times `timeoutMs` at most; what cannot be
 * measured is left out, so that the answer may be empty: the broker then uses its own order.
 */
export async function measureLatencies(
  locations: readonly Location[],
  { samples = 3, timeoutMs = 1_000, probe = builtInProbe, signal }: MeasureOptions = {},
): Promise<Latency[]> {
  const measured = await Promise.all(
    locations.map(async ({ name, qos }) => {
      if (qos === undefined) return [];
      const trips: number[] = [];
      for (let sample = 0; sample < samples && signal?.aborted !== true; sample += 1) {
        trips.push(...(await roundTrip(qos, { probe, timeoutMs, signal })));
      }
      const ms = median(trips);
      return ms === undefined ? [] : [{ location: name, ms: Math.round(ms * 10) / 10 }];
    }),
  );
  return measured.flat();
}

/** Empty when there was none: one lost datagram is nothing special, and a location without any is left out. */
async function roundTrip(
  qos: Qos,
  { probe, timeoutMs, signal }: { probe: Probe; timeoutMs: number; signal: AbortSignal | undefined },
): Promise<number[]> {
  try {
    return await within(timeoutMs, signal, (inner) =>
      Promise.race([probe(qos, inner).then((ms) => [ms]), fired(inner).then(() => [])]),
    );
  } catch {
    return [];
  }
}

function builtInProbe(qos: Qos, signal: AbortSignal): Promise<number> {
  switch (qos.protocol) {
    case 'udp':
      return udpProbe(qos, signal);
    case 'http':
    case 'https':
      return httpProbe(qos, signal);
    default:
      return Promise.reject(new Error(`no probe for ${qos.protocol}`));
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}
