import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { curlLine, endLine } from '../../../../local/start/curlLine.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const URL = 'http://127.0.0.1:7071/api/v1/allocations';
const BODY = { sessionId: 's', gameMode: 'duel' };

test('in a POSIX shell it is all in the line', () => {
  expect(curlLine(URL, { 'x-functions-key': 'k' }, BODY, { platform: 'linux', folder: '/f' })).toEqual({
    line: `curl -i ${URL} -H 'Content-Type: application/json' -H 'x-functions-key: k' -d '{"sessionId":"s","gameMode":"duel"}'`,
  });
});

test('on Windows one line does for PowerShell and cmd: no JSON, no single quote, not the alias curl', () => {
  const place = { platform: 'win32', folder: 'C:\\My broker\\.local' } as const;
  const { line, file } = curlLine(URL, { authorization: 'Bearer t' }, BODY, place);
  expect(line).toBe(
    `curl.exe -i ${URL} -H "Content-Type: application/json" -H "authorization: Bearer t" -d "@C:/My broker/.local/request.json"`,
  );
  expect(file?.text).toBe('{"sessionId":"s","gameMode":"duel"}');
});

test('the line for Windows sends the same request', async () => {
  using folder = temporaryFolder();
  const place = { platform: 'win32', folder: join(folder.path, 'my broker') } as const;
  mkdirSync(place.folder);
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push([request.headers['content-type'], request.headers['x-functions-key'], body]);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { line, file } = curlLine(url, { 'x-functions-key': 'k' }, BODY, place);
  writeFileSync(file?.path ?? '', file?.text ?? '');
  await promisify(execFile)('sh', ['-c', line.replace('curl.exe', 'curl')]);
  server.close();
  expect(seen).toEqual([['application/json', 'k', '{"sessionId":"s","gameMode":"duel"}']]);
});

test('one more line ends the session, in either shell', () => {
  expect(endLine(`${URL}/s`, {}, 'linux')).toBe(`curl -i -X DELETE ${URL}/s`);
  expect(endLine(`${URL}/s`, { 'x-functions-key': 'k' }, 'linux')).toBe(
    `curl -i -X DELETE ${URL}/s -H 'x-functions-key: k'`,
  );
  expect(endLine(`${URL}/s`, { 'x-functions-key': 'k' }, 'win32')).toBe(
    `curl.exe -i -X DELETE ${URL}/s -H "x-functions-key: k"`,
  );
});
