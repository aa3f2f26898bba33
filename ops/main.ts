/** The operators' page: asks for the key where one is needed, then loads, shows and keeps up to date. */
import { hashOf, readView, type View } from './address.ts';
import { HistoryError, WrongKeyError } from './api.ts';
import { AttemptDialog } from './attemptDialog.ts';
import { Dashboard } from './dashboard.ts';
import { byId, h, section, showText } from './dom.ts';
import { load as loadRange, readSession, type Shown } from './feed.ts';
import { clockTime, counted, moment } from './format.ts';
import { keyStore } from './keyStore.ts';

const range = byId('range', HTMLSelectElement);
const interval = byId('interval', HTMLSelectElement);
const hold = byId('hold', HTMLButtonElement);
const keyInput = byId('key', HTMLInputElement);
const keyError = section('key-error');
const status = section('status');
const forget = byId('forget', HTMLButtonElement);

let key = keyStore.read();
let view = readView(location.hash);
let shown: Shown | undefined;
let running: AbortController | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

const dialog = new AttemptDialog(
  (session) => go({ ...withoutDialog(view), session }, 'push'),
  (attemptId) => {
    // Closed by the operator, and not because the address has changed.
    if (view.session !== undefined) go(withoutDialog(view), 'replace');
    dashboard.table.focus(attemptId);
  },
);
const dashboard = new Dashboard({
  onItem: ({ sessionId, attemptId }) => go({ ...view, session: sessionId, attempt: attemptId }, 'push'),
  onSession: (session) => go({ ...withoutDialog(view), session }, 'push'),
  onFilter: () => record({ ...view, filter: dashboard.filters.value() }, 'replace'),
});

byId('controls', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void load('asked');
});
range.addEventListener('change', () => go({ ...view, minutes: Number(range.value) }, 'push'));
hold.addEventListener('click', () => {
  const { untilMs, ...others } = view;
  go(untilMs === undefined ? { ...view, untilMs: shown?.nowMs ?? Date.now() } : others, 'push');
});
interval.addEventListener('change', schedule);
window.addEventListener('popstate', () => {
  const before = view;
  view = readView(location.hash);
  dashboard.filters.set(view.filter);
  dashboard.narrow();
  follow(before);
});
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
  if (!document.hidden && shown !== undefined && view.untilMs === undefined) void load('by-itself');
});
showControls();
dashboard.filters.set(view.filter);
void load('asked').then(showDialog);

function withoutDialog({ session: _session, attempt: _attempt, ...others }: View): View {
  return others;
}

/** Somebody has chosen something: the address says so. */
function record(next: View, how: 'push' | 'replace'): void {
  const url = `${location.pathname}${location.search}${hashOf(next)}`;
  if (how === 'push') history.pushState(null, '', url);
  else history.replaceState(null, '', url);
  view = next;
}

/** … and the page follows. */
function go(next: View, how: 'push' | 'replace'): void {
  const before = view;
  record(next, how);
  follow(before);
}

function follow(before: View): void {
  showControls();
  if (before.session !== view.session || before.attempt !== view.attempt) void showDialog();
  if (before.minutes !== view.minutes || before.untilMs !== view.untilMs) void load('asked');
}

function showControls(): void {
  if (![...range.options].some(({ value }) => value === String(view.minutes))) {
    range.append(h('option', { value: String(view.minutes) }, `last ${counted(view.minutes, 'minute')}`));
  }
  range.value = String(view.minutes);
  const { untilMs } = view;
  hold.textContent = untilMs === undefined ? 'Hold' : 'Go on';
  hold.title =
    untilMs === undefined ? 'Let the range end at this moment, for a link to it' : 'Up to now again';
  interval.disabled = untilMs !== undefined;
}

/** `by-itself`: an update that nobody asked for is not announced, and its failure leaves the page as it is. */
async function load(why: 'asked' | 'by-itself'): Promise<void> {
  running?.abort();
  clearTimeout(timer);
  const controller = new AbortController();
  running = controller;
  const { minutes, untilMs } = view;
  if (shown?.range.minutes !== minutes || shown.range.untilMs !== untilMs) shown = undefined;
  if (shown === undefined) show('loading-view');
  if (why === 'asked') announce('Loading …', why);
  const onProgress = (count: number): void => {
    if (why === 'asked') announce(`Loading: ${counted(count, 'attempt')} so far`, why);
  };
  try {
    shown = await loadRange({ minutes, untilMs }, shown, { key, signal: controller.signal }, onProgress);
    opened();
    dashboard.show(shown);
    announce(`${readText(shown)} read, ${timeOf(shown)}`, why);
  } catch (error) {
    if (controller.signal.aborted) return;
    failed(error);
  }
  schedule();
}

function readText({ attempts, endings }: Shown): string {
  const ended = endings.length === 0 ? '' : ` and ${counted(endings.length, 'ending')}`;
  return `${counted(attempts.length, 'attempt')}${ended}`;
}

function timeOf({ range: { untilMs }, nowMs }: Shown): string {
  return untilMs === undefined ? `updated at ${clockTime(nowMs)} UTC` : `up to ${moment(nowMs)} UTC`;
}

async function showDialog(): Promise<void> {
  const { session, attempt } = view;
  if (session === undefined) {
    dialog.close();
    return;
  }
  const known = attempt === undefined ? undefined : dashboard.find(attempt);
  if (known !== undefined) {
    dialog.showItem(known);
    return;
  }
  try {
    const attempts = await readSession(session, { key });
    // The operator has gone elsewhere meanwhile.
    if (view.session !== session || view.attempt !== attempt) return;
    const one = attempts.find(({ attemptId }) => attemptId === attempt);
    if (one !== undefined) dialog.showItem(one);
    else if (attempts.length > 0) dialog.showSession(session, [...attempts].reverse());
    else {
      go(withoutDialog(view), 'replace');
      dashboard.filters.fail('The history knows no attempt of this session in the last 3 days.');
    }
  } catch (error) {
    failed(error);
  }
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
  const stale = shown === undefined ? '' : ` What is shown is of ${clockTime(shown.nowMs)} UTC.`;
  showText(section('problem'), `The history could not be loaded. ${reason}${stale}`);
  status.textContent = '';
  if (shown === undefined) show(undefined);
  else dashboard.now.stale();
  if (!(error instanceof HistoryError)) console.error(error);
}

function askForKey(message: string): void {
  running?.abort();
  clearTimeout(timer);
  shown = undefined;
  status.textContent = '';
  showText(section('problem'), '');
  show('key-view');
  keyError.textContent = message;
  keyInput.setAttribute('aria-invalid', String(message !== ''));
  keyInput.focus();
}

function show(visible: 'key-view' | 'loading-view' | 'data-view' | undefined): void {
  for (const id of [
    'key-view',
    'loading-view',
    'data-view',
    'empty-view',
    'sampled',
    'overdue',
    'now',
    'requests-alone',
    'stock-view',
  ])
    section(id).hidden = id !== visible;
  section('controls').hidden = visible === 'key-view';
}

/** Read out by screen readers only where somebody has asked for it. */
function announce(text: string, why: 'asked' | 'by-itself'): void {
  status.setAttribute('aria-live', why === 'asked' ? 'polite' : 'off');
  status.textContent = text;
}

function schedule(): void {
  clearTimeout(timer);
  const seconds = Number(interval.value);
  if (seconds === 0 || view.untilMs !== undefined || !section('key-view').hidden) return;
  timer = setTimeout(() => {
    // Nobody looks: the page updates when it is looked at again.
    if (document.hidden) schedule();
    else void load('by-itself');
  }, seconds * 1_000);
}
