import { checkedEndpoint } from '../../../lib/http/endpoint.ts';

describe('an endpoint for a token', () => {
  it.each([
    ['https://gameserverms.xboxlive.com', 'https://gameserverms.xboxlive.com'],
    ['https://a.example/base/', 'https://a.example/base'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['http://127.9.9.9', 'http://127.9.9.9'],
    ['http://localhost:4000/', 'http://localhost:4000'],
    ['http://[::1]:4000', 'http://[::1]:4000'],
  ])('%s is accepted', (endpoint, checked) => {
    expect(checkedEndpoint(endpoint, 'THE_SETTING')).toBe(checked);
  });

  it.each([
    'http://a.example',
    'http://127.0.0.1.a.example',
    'http://127.a.example',
    'http://localhost.a.example',
    'http://[::2]',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'ftp://127.0.0.1',
    'file:///etc/hosts',
    'https://user:secret@a.example',
    'https://a.example/?query',
    'https://a.example/#hash',
    'a.example',
    '',
  ])('%s is refused, by the name of the setting', (endpoint) => {
    expect(() => checkedEndpoint(endpoint, 'THE_SETTING')).toThrow(/^THE_SETTING (is|must)/);
    expect(() => checkedEndpoint(endpoint, 'THE_SETTING')).not.toThrow(/secret/);
  });
});
