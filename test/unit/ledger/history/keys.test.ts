import { cookieFits, sealCookie } from '../../../../lib/ledger/sessions/cookieSeal.ts';
import { historyHour, historyKey } from '../../../../lib/ledger/history/historyKey.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';

describe('historyKey', () => {
  it('is the UTC hour, then the milliseconds counted down, the session and the attempt', () => {
    expect(historyKey(Date.parse('2026-11-22T08:15:30.250Z'), SESSION, 'attempt')).toEqual({
      partitionKey: '2026-11-22T08',
      rowKey: '998204664669749_3536d3e6-e85d-4f47-b898-9617d19dabcd_attempt',
    });
  });

  it('sorts newest first as text, in which tables sort', () => {
    const older = historyKey(Date.parse('2026-11-22T08:15:30.250Z'), SESSION, 'a').rowKey;
    const newer = historyKey(Date.parse('2026-11-22T08:15:30.251Z'), SESSION, 'a').rowKey;
    expect([older, newer].sort()).toEqual([newer, older]);
  });

  it.each([
    ['2026-11-22T08:59:59.999Z', '2026-11-22T08'],
    ['2026-11-22T09:00:00.000Z', '2026-11-22T09'],
    ['2026-11-22T23:30:00.000-02:00', '2026-11-23T01'],
  ])('puts %s into the hour %s', (instant, hour) => {
    expect(historyHour(Date.parse(instant))).toBe(hour);
  });
});

describe('sealCookie', () => {
  it('hashes the salt and then the cookie as UTF-8', () => {
    // printf 'saltcöökie' | openssl dgst -sha256 -binary | basenc --base64url | tr -d =
    expect(sealCookie('cöökie', 'salt').hash).toBe('q2bbU8vuHyt_LBHUoLD-Ekqvx02fK1VZ9tLAzcY-GQ8');
  });

  it('fits the same cookie and a cookie left out, and no other', () => {
    const seal = sealCookie('first');
    expect([cookieFits(seal, 'first'), cookieFits(seal, undefined), cookieFits(seal, 'second')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('of a session without a cookie fits no cookie: the game server would never see it', () => {
    const seal = sealCookie(undefined);
    expect([cookieFits(seal, undefined), cookieFits(seal, 'late')]).toEqual([true, false]);
  });

  it('is salted afresh each time', () => {
    expect(sealCookie('same').hash).not.toBe(sealCookie('same').hash);
  });
});
