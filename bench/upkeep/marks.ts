/** Which attempts of which hours something has happened to: a bit for each, and only for hours that have any. */
export class Marks {
  readonly #hours = new Map<string, { readonly bits: Uint8Array; count: number }>();
  readonly #anHour: number;

  constructor(anHour: number) {
    this.#anHour = anHour;
  }

  has(hour: string, number: number): boolean {
    const bits = this.#hours.get(hour)?.bits;
    return bits !== undefined && ((bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
  }

  /** @returns false: it was marked already */
  add(hour: string, number: number): boolean {
    if (this.has(hour, number)) return false;
    let marked = this.#hours.get(hour);
    if (marked === undefined) {
      marked = { bits: new Uint8Array(Math.ceil(this.#anHour / 8)), count: 0 };
      this.#hours.set(hour, marked);
    }
    marked.bits[number >> 3] = (marked.bits[number >> 3] ?? 0) | (1 << (number & 7));
    marked.count += 1;
    return true;
  }

  count(hour: string): number {
    return this.#hours.get(hour)?.count ?? 0;
  }

  get total(): number {
    return [...this.#hours.values()].reduce((sum, { count }) => sum + count, 0);
  }
}
