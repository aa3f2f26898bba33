import { createSocket, type Socket } from 'node:dgram';
import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import { measureLatencies, type Probe } from '../../../clients/typescript/src/index.ts';
import { answer, never, startScriptedServer } from './server.ts';

const at = (
  name: string,
  protocol: string,
  port: number,
): { name: string; qos: { protocol: string; host: string; port: number } } => ({
  name,
  qos: { protocol, host: '127.0.0.1', port },
});

async function beacon(
  onMessage: (this: Socket, datagram: Buffer, reply: (data: Buffer) => void) => void,
): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (datagram, { port, address }) => {
    onMessage.call(socket, datagram, (data) => socket.send(data, port, address));
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

async function measureWith(socket: Socket, timeoutMs = 5_000): Promise<string[]> {
  const measured = await measureLatencies([at('West US', 'udp', socket.address().port)], {
    timeoutMs,
    samples: 2,
  });
  socket.close();
  for (const { ms } of measured) expect(ms).toBeLessThan(timeoutMs);
  return measured.map(({ location }) => location);
}

describe('UDP', () => {
  test('a plain echo', async () => {
    await expect(measureWith(await beacon((datagram, reply) => reply(datagram)))).resolves.toEqual([
      'West US',
    ]);
  });

  test('a beacon that answers 0xFFFF with 0x0000', async () => {
    const socket = await beacon((datagram, reply) => {
      expect(datagram.readUInt16BE(0)).toBe(0xffff);
      datagram.writeUInt16BE(0, 0);
      reply(datagram);
    });
    await expect(measureWith(socket)).resolves.toEqual(['West US']);
  });

  test('over IPv6, with and without brackets', async () => {
    const socket = createSocket('udp6').on('message', (datagram, { port, address }) => {
      socket.send(datagram, port, address);
    });
    socket.bind(0, '::1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const measured = await measureLatencies(
      ['::1', '[::1]'].map((host) => ({ name: host, qos: { protocol: 'udp', host, port } })),
      { samples: 1, timeoutMs: 5_000 },
    );
    socket.close();
    expect(measured.map(({ location }) => location)).toEqual(['::1', '[::1]']);
  });

  test.each([
    ['IPv4', 'udp4', '127.0.0.1'],
    ['IPv6', 'udp6', '::1'],
  ] as const)(
    'a name with addresses of both kinds on a network that leads to %s alone',
    async (_kind, type, to) => {
      const addresses = [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ];
      const lookup = jest.spyOn(dns, 'lookup').mockResolvedValue(addresses as never);
      const socket = createSocket(type).on('message', (datagram, { port, address }) => {
        socket.send(datagram, port, address);
      });
      socket.bind(0, to);
      await once(socket, 'listening');
      const qos = { protocol: 'udp', host: 'beacon.example', port: socket.address().port };
      const measured = await measureLatencies([{ name: 'West US', qos }], { samples: 2, timeoutMs: 5_000 });
      lookup.mockRestore();
      socket.close();
      expect(measured.map(({ location }) => location)).toEqual(['West US']);
    },
  );

  test.each([
    ['an unknown name', 'beacon.invalid', 3075],
    ['an address without a route', '2001:db8::1', 3075],
    ['no name', '', 3075],
    ['no such port', '127.0.0.1', 70_000],
    ['port 0', '127.0.0.1', 0],
  ])('%s is left out, and ends nothing', async (_what, host, port) => {
    const echo = await beacon((datagram, reply) => reply(datagram));
    const bad = { name: 'Bad', qos: { protocol: 'udp', host, port } };
    const good = at('Good', 'udp', echo.address().port);
    const measured = await measureLatencies([bad, good], { samples: 1, timeoutMs: 2_000 });
    echo.close();
    expect(measured.map(({ location }) => location)).toEqual(['Good']);
  });

  test('one lost datagram does not matter', async () => {
    let count = 0;
    const socket = await beacon((datagram, reply) => {
      count += 1;
      if (count > 1) reply(datagram);
    });
    await expect(measureWith(socket, 2_000)).resolves.toEqual(['West US']);
  });

  test('another datagram than the one sent is none', async () => {
    const socket = await beacon((_datagram, reply) => reply(Buffer.alloc(16, 1)));
    await expect(measureWith(socket, 100)).resolves.toEqual([]);
  });
});

test('HTTP: a round trip, whatever the status; the first request only opens the connection', async () => {
  const server = await startScriptedServer();
  server.play(answer(404));
  const measured = await measureLatencies([at('West US', 'http', Number(new URL(server.url).port))], {
    samples: 1,
    timeoutMs: 5_000,
  });
  expect(measured).toEqual([{ location: 'West US', ms: expect.any(Number) as number }]);
  expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
  await server.close();
});

test('leaves out what cannot be measured, and keeps the order', async () => {
  const silentUdp = await beacon(() => undefined);
  const hanging = await startScriptedServer();
  hanging.play(never);
  const echo = await beacon((datagram, reply) => reply(datagram));
  const measured = await measureLatencies(
    [
      at('Silent', 'udp', silentUdp.address().port),
      at('Hanging', 'http', Number(new URL(hanging.url).port)),
      at('First', 'udp', echo.address().port),
      at('Unknown', 'carrier-pigeon', 1),
      { name: 'Without' },
      at('Refused', 'http', 1),
      at('Second', 'udp', echo.address().port),
    ],
    { samples: 1, timeoutMs: 2_000 },
  );
  expect(measured.map(({ location }) => location)).toEqual(['First', 'Second']);
  silentUdp.close();
  echo.close();
  await hanging.close();
});

describe('a probe of the caller', () => {
  const qos = at('West US', 'http', 80);
  const probing =
    (...trips: number[]): Probe =>
    () =>
      Promise.resolve(trips.shift() ?? NaN);

  test('the median counts, to a tenth of a millisecond', async () => {
    await expect(measureLatencies([qos], { probe: probing(90, 10.26, 30) })).resolves.toEqual([
      { location: 'West US', ms: 30 },
    ]);
    await expect(measureLatencies([qos], { samples: 2, probe: probing(10, 20.55) })).resolves.toEqual([
      { location: 'West US', ms: 15.3 },
    ]);
  });

  test('is cut off by the time-out even when it does not look at the signal', async () => {
    const deaf: Probe = () => new Promise(() => undefined);
    await expect(measureLatencies([qos], { probe: deaf, samples: 2, timeoutMs: 20 })).resolves.toEqual([]);
  });

  test('the caller can stop it', async () => {
    const controller = new AbortController();
    let calls = 0;
    const probe: Probe = (_qos, signal) =>
      new Promise((_resolve, reject) => {
        calls += 1;
        signal.addEventListener('abort', () => reject(new Error('stopped')));
        controller.abort();
      });
    await expect(
      measureLatencies([qos], { probe, signal: controller.signal, timeoutMs: 60_000 }),
    ).resolves.toEqual([]);
    expect(calls).toBe(1);
  });
});
