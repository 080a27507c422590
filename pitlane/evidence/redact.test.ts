import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSecretName, redact } from './redact.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';
const KEY =
  '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\nygWyF8PbnGy0AHB7\n-----END RSA PRIVATE KEY-----';

describe('redact removes the secret from', () => {
  test.each([
    [`token ${JWT} was refused`, 'token <redacted> was refused'],
    [`jwt:${JWT}.`, 'jwt:<redacted>'],
    [`Authorization: Bearer ${JWT}`, 'Authorization: Bearer <redacted>'],
    ['authorization: bearer onlyletters', 'authorization: bearer <redacted>'],
    ['Authorization: Basic YWRhOnNlY3JldA==', 'Authorization: Basic <redacted>'],
    ['Authorization: 8f14e45fceea167a', 'Authorization: <redacted>'],
    ['"authorization":"Bearer abc.def","host":"rng"', '"authorization":"Bearer <redacted>","host":"rng"'],
    ['map[Authorization:[Bearer abc123] Host:[rng]]', 'map[Authorization:[Bearer <redacted>] Host:[rng]]'],
    ['sent Bearer 0123456789abcdef to rng', 'sent Bearer <redacted> to rng'],
    [
      'Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124, Signature=fe5f80',
      'Authorization: AWS4-HMAC-SHA256 <redacted>',
    ],
    ['key AKIAIOSFODNN7EXAMPLE of ada', 'key <redacted> of ada'],
    ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'aws_secret_access_key = <redacted>'],
    ['"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG"', '"SecretAccessKey": "<redacted>"'],
    [`SLACK=${'xoxb'}-12345678901-abcdefGHIJKL ok`, 'SLACK=<redacted> ok'],
    [`${'xapp'}-1-A012345-678-abcdef`, '<redacted>'],
    [`ghp_${'a1B2'.repeat(9)}`, '<redacted>'],
    [`github_pat_${'11ABC_'.repeat(8)}`, '<redacted>'],
    [`before\n${KEY}\nafter`, 'before\n<redacted>\nafter'],
    [JSON.stringify({ key: KEY, user: 'ada' }), '{"key":"<redacted>","user":"ada"}'],
    ['MIIEpAIBAAKCAQEA0Z3VS5JJ\nygWyF8PbnGy0AHB7\n-----END PRIVATE KEY-----\nafter', '<redacted>\nafter'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJ\n12:00 next line', '<redacted>\n12:00 next line'],
    ['password=hunter2', 'password=<redacted>'],
    ['password: hunter2, user: ada', 'password: <redacted>, user: ada'],
    ['{"password":"hunter2","user":"ada"}', '{"password":"<redacted>","user":"ada"}'],
    ['{"dbPassword" : "hun\\"ter 2", "n": 1}', '{"dbPassword" : "<redacted>", "n": 1}'],
    ['{\\"password\\":\\"hunter2\\",\\"n\\":1}', '{\\"password\\":\\"<redacted>\\",\\"n\\":1}'],
    ["passwd='correct horse' user=ada", "passwd='<redacted>' user=ada"],
    ['DB_PASSWORD=hunter2 DB=rng', 'DB_PASSWORD=<redacted> DB=rng'],
    ['Server=db;Pwd=hunter2;Uid=ada', 'Server=db;Pwd=<redacted>;Uid=ada'],
    ['client_secret => "s3cr3t"', 'client_secret => "<redacted>"'],
    ['GET /rng?token=abc123&n=32', 'GET /rng?token=<redacted>&n=32'],
    ['X-Api-Key: abc', 'X-Api-Key: <redacted>'],
    ['apiKey=12345', 'apiKey=<redacted>'],
    ['credentials: ada', 'credentials: <redacted>'],
    ['rng --password hunter2 --port 80', 'rng --password <redacted> --port 80'],
    ['rng --db-password=hunter2', 'rng --db-password=<redacted>'],
    ['postgres://ada:hunter2@db:5432/rng', 'postgres://ada:<redacted>@db:5432/rng'],
    ['redis://:p@ss@redis:6379', 'redis://:<redacted>@redis:6379'],
    ['Cookie: session=abc; theme=dark', 'Cookie: <redacted>'],
    ['set-cookie: sid=abc; HttpOnly\nHost: rng', 'set-cookie: <redacted>\nHost: rng'],
    ['https://hooks.slack.com/services/T0/B0/abc', 'https://hooks.slack.com/services/<redacted>'],
    ['{"name":"DB_PASSWORD","value":"hunter2"}', '{"name":"DB_PASSWORD","value":"<redacted>"}'],
    ['{\\"name\\":\\"API_TOKEN\\",\\"value\\":\\"abc\\"}', '{\\"name\\":\\"API_TOKEN\\",\\"value\\":\\"<redacted>\\"}'],
    ['SECRET_KEY_BASE=0123456789', 'SECRET_KEY_BASE=<redacted>'],
    ['DB_PASS=hunter2 SIGNING_KEY=abc', 'DB_PASS=<redacted> SIGNING_KEY=<redacted>'],
    ['AccountName=rng;AccountKey=Zm9vYmFy;', 'AccountName=rng;AccountKey=<redacted>;'],
    ['ada:hunter2@tcp(db:3306)/shop', 'ada:<redacted>@tcp(db:3306)/shop'],
    [`cloning https://${'a1B2'.repeat(8)}@git.example/rng`, 'cloning https://<redacted>@git.example/rng'],
    [`vault ${'hvs'}.${'CAESIJ'.repeat(5)}`, 'vault <redacted>'],
    [`${'glsa'}_${'a1B2'.repeat(8)}_0f1e2d3c`, '<redacted>'],
    ['GET /file?X-Amz-Signature=fe5f80&n=1', 'GET /file?X-Amz-Signature=<redacted>&n=1'],
  ])('%s', (text, want) => {
    expect(redact(text)).toBe(want);
    expect(redact(want)).toBe(want);
  });
});

describe('redact keeps', () => {
  test.each([
    '10.1.0.7 - - [24/Nov/2026:03:12:07 +0000] "GET /32 HTTP/1.1" 200 32',
    'pulled dockercoins/rng@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'rng-5f69c6b7d8-b85tm uid 0d9c7a52-2f44-4d0a-9b5e-3f6b1c1a7a11 pod-template-hash=5f69c6b7d8',
    'commit 9fceb02d0ae598e95dc970b74767f19372d61af8, operation 4f1c2d3e5a',
    'MountVolume.SetUp failed for volume "db-secret" : secret "db" not found',
    'volume "kube-api-access-x7k2p" and secretName: rng-tls, imagePullSecrets: [registry]',
    'token: true, password: null, passwordless=true, secret: ""',
    'used tokens: 512, tokenizer=bpe, tokens=7',
    'authorization: denied by the webhook; Basic authentication failed; bearer of news',
    'PWD=/app OLDPWD=/ HOME=/root',
    'System.Core, Version=4.0.0.0, PublicKeyToken=b77a5c561934e089',
    'http://10.0.0.1:8080/32 and ada@example.com, time 12:00:01',
    '{"level":"info","msg":"listening","port":80,"url":"http://rng:80","owner":"ada@example.com"}',
    'expected the end of the token',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'eyJ is not enough, nor is xoxb, ghp_ or AKIA',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

test.each([
  ['DB_PASSWORD', true],
  ['vault.example.com/token', true],
  ['--api-key', true],
  ['secretName', false],
  ['pod-template-hash', false],
  ['pitlane.dev/drain', false],
])('isSecretName(%s) is %j', (name, want) => {
  expect(isSecretName(name)).toBe(want);
});

const names = fc.constantFrom(
  'password',
  'DB_PASSWORD',
  'clientSecret',
  'api_key',
  'access-token',
  'aws_session_token',
);
const secrets = fc.stringMatching(/^[a-z0-9]{4}[A-Za-z0-9+/_.-]{4,60}[A-Za-z0-9]$/);
const surroundings = fc.string({ maxLength: 40 });
const FORMS: readonly ((name: string, secret: string) => string)[] = [
  (name, secret) => `${name}=${secret}`,
  (name, secret) => ` ${name}: ${secret}`,
  (name, secret) => JSON.stringify({ [name]: secret }),
  (name, secret) => JSON.stringify(JSON.stringify({ [name]: secret })),
  (name, secret) => ` --${name} ${secret}`,
  (_, secret) => `Authorization: Bearer ${secret}`,
  (_, secret) => `https://ada:${secret.replaceAll('/', '')}@rng:80/`,
];

test('redacts every named secret in any surrounding text', () => {
  fc.assert(
    fc.property(
      surroundings,
      names,
      secrets,
      fc.constantFrom(...FORMS),
      surroundings,
      (before, name, secret, form, after) => {
        expect(redact(`${before}\n${form(name, secret)}\n${after}`)).not.toContain(secret);
      },
    ),
  );
});

test('redacting twice changes nothing', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.tuple(surroundings, names, fc.constantFrom(...'=:" \''), surroundings).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const once = redact(text);
      expect(redact(once)).toBe(once);
    }),
  );
});

describe('redacts a megabyte within 3 s', () => {
  const MEGABYTE = 1024 * 1024;
  test.each([
    'a',
    ' ',
    ':',
    '"',
    '\\',
    '-----BEGIN PRIVATE KEY-----',
    '-----END PRIVATE KEY-----',
    'QUJDREVGR0g=\n',
    'eyJ',
    'eyJ-',
    'eyJaaaaaaaaa.',
    '://',
    '://a:',
    'a:@',
    'password=',
    'password="',
    '\\"password\\":\\"',
    'token\\\\',
    '--a-',
    '--password ',
    'authorization: ',
    'Bearer ',
    'cookie:',
    'xoxb-',
    'AKIA',
    '&sig=',
    'secret_',
    'api-',
  ])('of %j', (piece) => {
    const text = piece.repeat(Math.ceil(MEGABYTE / piece.length));
    // Tens of milliseconds: with time that grows with the square of the length, it would not end before the test's limit.
    expect(redact(`token:"${text}`).length).toBeGreaterThan(0);
    expect(redact(text).length).toBeGreaterThan(0);
  });
});
