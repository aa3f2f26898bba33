/** The servers of one location that a fleet has. */
export interface StockLocation {
  /** As `BROKER_LOCATIONS` spells it, else as the fleet does. */
  readonly region: string;
  /** Absent: the fleet has no figures for the location. */
  readonly servers?: { readonly standingBy: number; readonly active: number; readonly propping: number };
}

/** What one fleet says of the servers of some game modes, which share them. */
export type StockEntry = {
  readonly fleet: string;
  readonly gameModes: readonly string[];
} & (
  | { readonly status: 'known'; readonly locations: readonly StockLocation[] }
  /** The fleet's API cannot say. */
  | { readonly status: 'not-offered' }
  | { readonly status: 'failed'; readonly reason: string }
);

/** What `GET /api/v1/history/stock` answers. */
export interface Stock {
  /** When the fleets were asked, ISO 8601. */
  readonly at: string;
  readonly entries: readonly StockEntry[];
}
