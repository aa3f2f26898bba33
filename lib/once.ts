/**
 * What is loaded or built when it is first needed, and then kept: no cold start pays for it. Callers that come while it
 * is being loaded share that one load. A failure is not kept, so the next call loads again.
 *
 * @param load gets what the caller that starts it gave
 */
export function onceSuccessful<Given extends readonly unknown[], T>(
  load: (...given: Given) => Promise<T>,
): (...given: Given) => Promise<T> {
  let kept: Promise<T> | undefined;
  // Begun in a later turn: a load that throws at once must not be forgotten before it is kept.
  const loadOrForget = (given: Given): Promise<T> =>
    Promise.resolve(given)
      .then((all) => load(...all))
      .catch((error: unknown) => {
        kept = undefined;
        throw error;
      });
  return (...given) => (kept ??= loadOrForget(given));
}

/**
 * What is loaded when it is asked for, and then kept for some time from the beginning of its load: all who ask in
 * between get the same, a failure included.
 *
 * @param nowMs monotonic, in milliseconds
 * @param load gets what the caller that starts it gave
 */
export function rememberedFor<Given extends readonly unknown[], T>(
  keptMs: number,
  nowMs: () => number,
  load: (...given: Given) => Promise<T>,
): (...given: Given) => Promise<T> {
  let last: { readonly value: Promise<T>; readonly atMs: number } | undefined;
  return (...given) => {
    const atMs = nowMs();
    if (last === undefined || atMs - last.atMs >= keptMs) last = { value: load(...given), atMs };
    return last.value;
  };
}
