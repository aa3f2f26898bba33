import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** Passes bytes on to a broker; breaks connections when their answer is about to arrive, for as long as it is told to. */
export interface LosingProxy {
  readonly url: string;
  /** Answers still to be lost. The request has been carried out by then. */
  answersToLose: number;
  close(): Promise<void>;
}

export async function startLosingProxy(targetPort: number): Promise<LosingProxy> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    const broker = connect(targetPort, '127.0.0.1');
    client.pipe(broker);
    client.on('error', () => broker.destroy());
    client.on('close', () => {
      clients.delete(client);
      broker.destroy();
    });
    broker.on('error', () => client.destroy());
    broker.on('end', () => client.end());
    broker.on('data', (data) => {
      if (proxy.answersToLose > 0) {
        proxy.answersToLose -= 1;
        client.resetAndDestroy();
      } else {
        client.write(data);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: LosingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answersToLose: 0,
    async close() {
      server.close();
      for (const client of clients) client.destroy();
      await once(server, 'close');
    },
  };
  return proxy;
}
