import { clientHostName } from '../../../lib/fleets/hostName.ts';

it.each([
  ['a.cloudapp.net', 'a.cloudapp.net'],
  ['dns1.westus.cloudapp.azure.com.', 'dns1.westus.cloudapp.azure.com'],
  ['xn--a_b-1.example', 'xn--a_b-1.example'],
  ['1host.example', '1host.example'],
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8::7', '2001:db8::7'],
  ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
])('a client connects to %s as %s', (text, name) => {
  expect(clientHostName(text)).toBe(name);
});

it.each([
  '999.1.1.1',
  '203.0.113',
  '7',
  '::::::::',
  '1:2',
  'fe80::1%eth0',
  '.',
  'a..example',
  'a.example..',
  '',
  7,
  null,
  undefined,
])('nobody can connect to %j', (text) => {
  expect(clientHostName(text)).toBeUndefined();
});
