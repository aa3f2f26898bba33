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
