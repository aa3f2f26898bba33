import { quietTraffic } from '../../../../local/start/traffic.ts';

const event = (level: string, message: object): string =>
  JSON.stringify({ level, function: 'allocations', message: JSON.stringify(message) });
const request = (outcome: string, replayed = false): string =>
  event('information', { event: 'allocation.request', outcome, replayed });

function screen(isTTY: boolean): { text: () => string; isTTY: boolean; write: (text: string) => void } {
  let written = '';
  return { isTTY, text: () => written, write: (text) => void (written += text) };
}

test('counts by outcome, what is new and all; nothing while nothing comes', () => {
  const out = screen(false);
  const traffic = quietTraffic(out);
  traffic.print();
  for (const line of [request('allocated'), request('allocated', true), request('no-capacity')]) {
    traffic.line(line);
  }
  traffic.print();
  traffic.print();
  traffic.line(request('allocated'));
  traffic.print();
  expect(out.text()).toBe(
    'requests  3 in the last second (1 allocated, 1 replayed, 1 no-capacity), 3 in all\n' +
      'requests  1 in the last second (1 allocated), 4 in all\n',
  );
});

test('other events are not printed; the first warning of each kind is, and what is no JSON', () => {
  const out = screen(false);
  const traffic = quietTraffic(out);
  traffic.line(event('information', { event: 'allocation.attempt' }));
  traffic.line(event('warning', { event: 'hints.ignored', sessionId: '1' }));
  traffic.line(event('warning', { event: 'hints.ignored', sessionId: '2' }));
  traffic.line(event('error', { event: 'hints.ignored' }));
  traffic.line('Debugger listening');
  expect(out.text()).toBe(
    'warning  allocations  {"event":"hints.ignored","sessionId":"1"}  (all: --verbose)\n' +
      'error  allocations  {"event":"hints.ignored"}  (all: --verbose)\n' +
      'Debugger listening\n',
  );
});

test('on a terminal the counts stay in one line', () => {
  const out = screen(true);
  const traffic = quietTraffic(out);
  traffic.line(request('allocated'));
  traffic.print();
  traffic.line('a word');
  expect(out.text()).toBe(
    '\r\x1b[Krequests  1 in the last second (1 allocated), 1 in all' + '\r\x1b[Ka word\n',
  );
});

test('every event of the session that is followed is printed, and counted as the others are', () => {
  const out = screen(false);
  const traffic = quietTraffic(out, '3536d3e6-e85d-4f47-b898-9617d19dabcd');
  const of = (sessionId: string): void => {
    traffic.line(event('information', { event: 'allocation.attempt', sessionId }));
    traffic.line(event('information', { event: 'allocation.request', outcome: 'allocated', sessionId }));
    traffic.line(event('warning', { event: 'hints.ignored', sessionId }));
  };
  of('3536d3e6-e85d-4f47-b898-9617d19dabcd');
  of('0a4c2f0e-7a55-4a9b-9a0c-0c5d8a1a7c11');
  traffic.print();
  const followed = '"sessionId":"3536d3e6-e85d-4f47-b898-9617d19dabcd"}\n';
  expect(out.text()).toBe(
    `information  allocations  {"event":"allocation.attempt",${followed}` +
      `information  allocations  {"event":"allocation.request","outcome":"allocated",${followed}` +
      `warning  allocations  {"event":"hints.ignored",${followed}` +
      'warning  allocations  {"event":"hints.ignored","sessionId":"0a4c2f0e-7a55-4a9b-9a0c-0c5d8a1a7c11"}  (all: --verbose)\n' +
      'requests  2 in the last second (2 allocated), 2 in all\n',
  );
});
