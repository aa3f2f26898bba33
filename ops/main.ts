/** The operators' page: asks for the key where one is needed, then loads, shows and keeps up to date. */
import { HistoryError, readHistory, WrongKeyError, type HistoryAnswer, type HistoryRequest } from './api.ts';
import { Dashboard } from './dashboard.ts';
import { byId, section, showText } from './dom.ts';
import { clockTime, counted } from './format.ts';
import { keyStore } from './keyStore.ts';
import { type Loaded, MOST_ATTEMPTS, updated, updateSinceMs } from './loaded.ts';
import { AttemptDialog } from './attemptDialog.ts';

const range = byId('range', HTMLSelectElement);
const interval = byId('interval', HTMLSelectElement);
const keyInput = byId('key', HTMLInputElement);
const keyError = section('key-error');
const status = section('status');
const forget = byId('forget', HTMLButtonElement);

/** The most attempts of one session that the dialog shows. */
const MOST_OF_A_SESSION = 200;

let key = keyStore.read();
let loaded: (Loaded & { readonly minutes: number }) | undefined;
let running: AbortController | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

const dialog = new AttemptDialog(
  (sessionId) => void showSession(sessionId),
  (attemptId) => dashboard.table.focus(attemptId),
);
const dashboard = new Dashboard({
  onAttempt: (attempt) => dialog.showAttempt(attempt),
  onSession: (sessionId) => void showSession(sessionId),
});

byId('controls', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void load('asked');
});
range.addEventListener('change', () => void load('asked'));
interval.addEventListener('change', schedule);
forget.addEventListener('click', () => {
  keyStore.forget();
  key = undefined;
  askForKey('');
});
byId('key-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  key = keyInput.value.trim();
  void load('asked');
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && loaded !== undefined) void load('by-itself');
});
void load('asked');

/** `by-itself`: an update that nobody asked for is not announced, and its failure leaves the page as it is. */
async function load(why: 'asked' | 'by-itself'): Promise<void> {
  running?.abort();
  clearTimeout(timer);
  const controller = new AbortController();
  running = controller;
  const minutes = Number(range.value);
  if (loaded?.minutes !== minutes) loaded = undefined;
  if (loaded === undefined) show('loading-view');
  try {
    const { fromMs, answer } = await fetchRange(minutes, controller.signal, why);
    const sinceMs = answer.nowMs - minutes * 60_000;
    loaded = {
      ...updated(loaded ?? { attempts: [], cut: false }, answer, fromMs ?? sinceMs, sinceMs),
      minutes,
    };
    opened();
    dashboard.show(loaded, sinceMs, answer.nowMs);
    announce(`${counted(loaded.attempts.length, 'attempt')}, updated at ${clockTime(answer.nowMs)} UTC`, why);
  } catch (error) {
    if (controller.signal.aborted) return;
    failed(error);
  }
  schedule();
}

async function fetchRange(
  minutes: number,
  signal: AbortSignal,
  why: 'asked' | 'by-itself',
): Promise<{ readonly fromMs: number | undefined; readonly answer: HistoryAnswer }> {
  const fromMs = loaded && updateSinceMs(loaded);
  const since = fromMs === undefined ? `${minutes}m` : new Date(fromMs).toISOString();
  const onProgress = (count: number): void => {
    if (why === 'asked') announce(`Loading: ${counted(count, 'attempt')} so far`, why);
  };
  if (why === 'asked') announce('Loading …', why);
  return { fromMs, answer: await read({ query: { since }, most: MOST_ATTEMPTS, signal, onProgress }) };
}

async function showSession(session: string): Promise<void> {
  try {
    const { attempts } = await read({ query: { session }, most: MOST_OF_A_SESSION });
    if (attempts.length > 0) dialog.showSession(session, [...attempts].reverse());
    else dashboard.filters.fail('The history knows no attempt of this session in the last 3 days.');
  } catch (error) {
    failed(error);
  }
}

function read(request: Omit<HistoryRequest, 'key'>): Promise<HistoryAnswer> {
  return readHistory({ ...request, key });
}

/** The key was right, or none is needed. */
function opened(): void {
  if (key !== undefined) keyStore.write(key);
  keyInput.value = '';
  keyError.textContent = '';
  forget.hidden = key === undefined;
  showText(section('problem'), '');
  show('data-view');
}

function failed(error: unknown): void {
  if (error instanceof WrongKeyError) {
    const tried = key !== undefined;
    keyStore.forget();
    key = undefined;
    askForKey(tried ? 'This key was not accepted. Is it a key of the function history?' : '');
    return;
  }
  const reason =
    error instanceof HistoryError ? error.message : 'The answer of the broker could not be read.';
  const stale = loaded === undefined ? '' : ' What is shown is older.';
  showText(section('problem'), `The history could not be loaded. ${reason}${stale}`);
  status.textContent = '';
  if (loaded === undefined) show(undefined);
  if (!(error instanceof HistoryError)) console.error(error);
}

function askForKey(message: string): void {
  running?.abort();
  clearTimeout(timer);
  loaded = undefined;
  status.textContent = '';
  showText(section('problem'), '');
  show('key-view');
  keyError.textContent = message;
  keyInput.setAttribute('aria-invalid', String(message !== ''));
  keyInput.focus();
}

function show(view: 'key-view' | 'loading-view' | 'data-view' | undefined): void {
  for (const id of ['key-view', 'loading-view', 'data-view', 'empty-view', 'cut'])
    section(id).hidden = id !== view;
  section('controls').hidden = view === 'key-view';
}

/** Read out by screen readers only where somebody has asked for it. */
function announce(text: string, why: 'asked' | 'by-itself'): void {
  status.setAttribute('aria-live', why === 'asked' ? 'polite' : 'off');
  status.textContent = text;
}

function schedule(): void {
  clearTimeout(timer);
  const seconds = Number(interval.value);
  if (seconds === 0 || !section('key-view').hidden) return;
  timer = setTimeout(() => {
    // Nobody looks: the page updates when it is looked at again.
    if (document.hidden) schedule();
    else void load('by-itself');
  }, seconds * 1_000);
}
