const NAME = 'history-key';

/** The key lives as long as the tab, at most: in sessionStorage, and nowhere where storage is switched off. */
export const keyStore = {
  read: (): string | undefined => attempt(() => sessionStorage.getItem(NAME) ?? undefined),
  write: (key: string): void => attempt(() => sessionStorage.setItem(NAME, key)),
  forget: (): void => attempt(() => sessionStorage.removeItem(NAME)),
};

/** Browsers that refuse storage throw; the key is then asked for again after a reload, and nothing else is lost. */
function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
