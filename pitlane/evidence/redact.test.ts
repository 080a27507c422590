import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineRedactor, redact } from './redact.ts';
import { isSecretName } from './secret-names.ts';

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
    ['DB_PW=hunter2 MAPS_KEY=a1B2c3D4e5F6g7H8', 'DB_PW=<redacted> MAPS_KEY=<redacted>'],
    ['Authorization: Custom opaquevalue', 'Authorization: Custom <redacted>'],
    ['Set-Cookie: <sid=abc; HttpOnly>', 'Set-Cookie: <<redacted>>'],
    ['set-cookie: ["sid=abc", "b=c"]', 'set-cookie: [<redacted>]'],
    ['{"password":{"value":"hunter2"}}', '{"password":{"value":"<redacted>"}}'],
    ["password='it''s hunter2'", "password='<redacted>'"],
    ['<input type="password" value="hunter2">', '<input type="password" value="<redacted>">'],
    ['PASSWORD_DB=hunter2 TOKEN_GITHUB=a1b2c3', 'PASSWORD_DB=<redacted> TOKEN_GITHUB=<redacted>'],
    ['DB_PASSWORD=correct horse battery', 'DB_PASSWORD=<redacted>'],
    ['Secret Access Key: abc/def, Unseal Key 1: abc', 'Secret Access Key: <redacted>, Unseal Key 1: <redacted>'],
    ['password: Some("hunter2"), b: 1', 'password: Some("<redacted>"), b: 1'],
    ['"passwords": ["one", "two"]', '"passwords": ["<redacted>", "<redacted>"]'],
    ['%22password%22%3A%22hunter2%22', '%22password%22%3A%22<redacted>%22'],
    ["('X-Api-Key', 'hunter2')", "('X-Api-Key', '<redacted>')"],
    ['Authorization: Foo abc123def', 'Authorization: Foo <redacted>'],
    ['postgres:\\/\\/ada:hunter2@db', 'postgres:\\/\\/ada:<redacted>@db'],
    ['postgres%3A%2F%2Fada%3Ahunter2%40db', 'postgres%3A%2F%2Fada%3A<redacted>%40db'],
    ['jdbc:oracle:thin:ada/hunter2@db:1521:x', 'jdbc:oracle:thin:ada/<redacted>@db:1521:x'],
    ['//registry.npmjs.org/:_authToken=hunter2', '//registry.npmjs.org/:_authToken=<redacted>'],
    ['db.example:5432:shop:ada:hunter2', 'db.example:5432:shop:ada:<redacted>'],
    ['machine db login ada password hunter2', 'machine db login ada password <redacted>'],
    ["ALTER USER ada WITH PASSWORD 'hunter2'", "ALTER USER ada WITH PASSWORD '<redacted>'"],
    ['your password is hunter2', 'your password is <redacted>'],
    ['12.3 [0 10.0.0.1:6379] "AUTH" "ada" "hunter"', '12.3 [0 10.0.0.1:6379] "AUTH" <redacted>'],
    ['12.3 [0 [::1]:6379] "hello" "3" "auth" "ada" "x"', '12.3 [0 [::1]:6379] "hello" "3" "auth" <redacted>'],
    ['12.3 [0 lua] "CONFIG" "SET" "requirepass" "x"', '12.3 [0 lua] "CONFIG" "SET" "requirepass" <redacted>'],
    [
      `{"auths":{"r.io":{"auth":"${Buffer.from('ada:hunter2').toString('base64')}"}}}`,
      '{"auths":{"r.io":{"auth":"<redacted>"}}}',
    ],
  ])('%s', (text, want) => {
    expect(redact(text)).toBe(want);
    expect(redact(want)).toBe(want);
  });
});

describe('redact strips terminal codes before it looks, from', () => {
  const [start, end] = ['AKIA', 'IOSFODNN7EXAMPLE'];
  test.each([
    ['a colour', `\u001b[31mkey ${start}\u001b[0m${end}`],
    ['a colour in one byte', `key ${start}\u009b0m${end}`],
    ['a colour in JSON', `key ${start}\\u001b[0;1m${end}`],
    ['a link', `key ${start}\u001b]8;;https://rng\u0007${end}\u001b]8;;\u001b\\`],
    ['a bell and a backspace', `key ${start}\u0007\b${end}`],
    ['a space without width', `key ${start}\u200b${end}`],
  ])('%s', (_, text) => {
    expect(redact(text)).toBe('key <redacted>');
  });

  test('the output of env -0, whose words stay apart', () => {
    expect(redact('A=1\0DB_PASSWORD=hunter2\0B=2')).toBe('A=1 DB_PASSWORD=<redacted> B=2');
  });
});

/** The texts as a whole, and line by line as `logs --follow` reads them. */
function bothWays(text: string): readonly string[] {
  const lines = new LineRedactor();
  const followed = text.split('\n').flatMap((line) => lines.line(line) ?? []);
  return [redact(text), followed.join('\n')];
}

describe('redacts over several lines', () => {
  const BODY = 'MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfnygWyF8PbnGy0AHB7'.padEnd(64, 'Z');
  const key = (prefix: string, last: readonly string[]) =>
    ['-----BEGIN RSA PRIVATE KEY-----', BODY, BODY, 'ygWyF8Pb==', ...last].map((line) => prefix + line).join('\n');
  const KEY_END = '-----END RSA PRIVATE KEY-----';
  const STDERR = '2026-11-24T03:12:07.123456789Z stderr F ';
  test.each([
    ['a key', `${key('', [KEY_END])}\nafter it`, '<redacted>\nafter it'],
    ['a key behind prefixes', `${key(STDERR, [KEY_END])}\nafter it`, `${STDERR}<redacted>\nafter it`],
    ['a key behind the name of a pod', `${key('[rng] ', [KEY_END])}\nafter it`, '[rng] <redacted>\nafter it'],
    ['a key without an end', key(STDERR, ['GET /32 200']), `${STDERR}<redacted>\n${STDERR}GET /32 200`],
    ['a key between other lines', key('', ['12:00 other line', BODY]), '<redacted>\n12:00 other line\n<redacted>'],
    ['a key without a start', `${BODY}\n${BODY}\nGET /32 200`, '<redacted>\nGET /32 200'],
    [
      'a key with headers',
      `-----BEGIN PRIVATE KEY-----\nDEK-Info: A,B\n\n${BODY}\n-----END PRIVATE KEY-----`,
      '<redacted>',
    ],
    [
      'a pair in YAML',
      '- name: DB_PASSWORD\n  value: hunter2\n- name: A\n  value: b',
      '- name: DB_PASSWORD\n  value: <redacted>\n- name: A\n  value: b',
    ],
    [
      'a pair with the value first',
      '- value: hunter2\n  name: DB_PASSWORD',
      '- value: <redacted>\n  name: DB_PASSWORD',
    ],
    [
      'a pair in JSON',
      '{\n  "name": "TOKEN",\n  "value": "hunter2"\n}',
      '{\n  "name": "TOKEN",\n  "value": "<redacted>"\n}',
    ],
    [
      'a pair behind prefixes',
      `${STDERR}- name: TOKEN\n${STDERR}  value: a1`,
      `${STDERR}- name: TOKEN\n${STDERR}  value: <redacted>`,
    ],
    [
      'a pair with a block',
      '- name: TOKEN\n  value: |\n    one\n    two\n- name: A',
      '- name: TOKEN\n  value: |\n    <redacted>\n- name: A',
    ],
    ['a pair in XML', '<name>TOKEN</name>\n<value>hunter2</value>', '<name>TOKEN</name>\n<value><redacted></value>'],
    ['an element', '<password>\n  hunter2\n</password>', '<password>\n  <redacted>\n</password>'],
    ['a value on the next line', 'password:\n  hunter2\nuser: ada', 'password:\n  <redacted>\nuser: ada'],
    ['a list of values', 'passwords:\n- one\n- two\nuser: ada', 'passwords:\n- <redacted>\n- <redacted>\nuser: ada'],
    [
      'arguments in YAML',
      'args:\n- --password\n- hunter2\n- --port\n- "80"',
      'args:\n- --password\n- <redacted>\n- --port\n- "80"',
    ],
    ['arguments in JSON', '[\n  "--token",\n  "a1",\n  "--port"\n]', '[\n  "--token",\n  "<redacted>",\n  "--port"\n]'],
    ['a netrc file', 'machine db\nlogin ada\npassword letters', 'machine db\nlogin ada\npassword <redacted>'],
    [
      'a machine of netrc',
      'machine db login ada\n  password x\nGET /',
      'machine db login ada\n  password <redacted>\nGET /',
    ],
    ['arguments of a program', 'command:\n- mysql\nargs:\n- -phunter2', 'command:\n- mysql\nargs:\n- -p<redacted>'],
    ['a command line that continues', 'rng --token \\\n  a1 --port 80', 'rng --token \\\n  <redacted> --port 80'],
    [
      'a Secret',
      'apiVersion: v1\nkind: Secret\ndata:\n  user: YWRh\ntype: Opaque',
      'apiVersion: v1\nkind: Secret\ndata:\n  user: <redacted>\ntype: Opaque',
    ],
    [
      'a Secret as kubectl prints it',
      'apiVersion: v1\ndata:\n  user: YWRh\nkind: Secret',
      'apiVersion: v1\ndata:\n  user: <redacted>\nkind: Secret',
    ],
  ])('%s', (_, text, want) => {
    expect(bothWays(text)).toEqual([want, want]);
  });

  test('the lines of a text that is a string in JSON', () => {
    const text = JSON.stringify({ a: '- name: TOKEN\n  value: hunter2\n', b: 'password: |\n  hunter2\nuser: ada' });
    for (const shown of [...bothWays(text), ...bothWays(JSON.stringify(text))]) {
      expect(shown).not.toContain('hunter2');
      expect(shown).toContain('ada');
    }
  });

  test('a key that is logged as one JSON object a line', () => {
    const text = key('', [])
      .split('\n')
      .map((msg) => JSON.stringify({ level: 'info', msg }))
      .join('\n');
    for (const shown of bothWays(text)) expect(shown).not.toContain(BODY.slice(0, 40));
  });
});

describe('redacts the secret in', () => {
  test.each([
    'curl -u ada:hunter2 https://rng',
    'curl -sSu "ada:hunter2" https://rng',
    'wget --user=ada:hunter2 rng',
    'curl -u ada@example.com:hunter2 rng',
    'influx -username ada -password hunter2',
    'curl -b "session=hunter2" rng',
    "mysql -u root -p'hunter2' shop",
    '["mysql","-u","root","-phunter2"]',
    'mysqld_safe --port 3306 -phunter2',
    '{"cmd":"mysql -phunter2 -h db"}',
    'sh -c "mysqldump -phunter2 | gzip"',
    '["--password","hunter2"]',
    'args: [--db-password hunter2 --port 80]',
    '{\\"args\\":[\\"--token\\",\\"hunter2\\"]}',
    'rng --password "hunter2 or so"',
    'redis-cli -a hunter2 ping',
    'docker login -u ada -p hunter2 r.io',
    'sshpass -p hunter2 ssh rng',
    'ldapsearch -D cn=ada -w hunter2',
    'openssl rsa -passin pass:hunter2',
    'vault login hunter2',
    'smbclient -U ada%hunter2 //db/x',
    'htpasswd -bc users ada hunter2',
    'kubectl create secret generic db --from-literal=user=hunter2',
    'aws configure set aws_secret_access_key hunter2',
    'helm install rng --set db.password=hunter2',
    'ENV API_TOKEN hunter2',
    '<db:password type="x">hunter2</db:password>',
    '<user name="ada" password="hunter2"/>',
    '<add value="hunter2" key="ApiKey"/>',
    '<property name="db.password">hunter2</property>',
    '<password><![CDATA[hunter2]]></password>',
    '<key>apiKey</key><string>hunter2</string>',
    '"\\u003cpassword\\u003ehunter2\\u003c/password\\u003e"',
    '&lt;password&gt;hunter2&lt;/password&gt;',
    '{"name":"DB_PASSWORD","type":"text","value":"hunter2"}',
    '{"value":"hunter2","name":"DB_PASSWORD"}',
    '{Name:DB_PASSWORD Value:hunter2 ValueFrom:nil}',
    '{"apiVersion":"v1","data":{"user":"hunter2"},"kind":"Secret"}',
    '"{\\"kind\\":\\"Secret\\",\\"data\\":{\\"user\\":\\"hunter2\\"}}"',
  ])('%s', (text) => {
    for (const shown of bothWays(text)) {
      expect(shown).toContain('<redacted>');
      expect(shown).not.toContain('hunter2');
    }
  });
});

describe('redact keeps', () => {
  test.each([
    'password authentication failed for user "ada"',
    'Access denied for user ada@10.0.0.1 (using password: YES)',
    'error validating token: token is expired by 5m; invalid token: signature has expired',
    'failed to fetch token: serviceaccounts "rng" is forbidden',
    'MountVolume.SetUp failed for volume "tls" : references non-existent secret key: tls.crt',
    "Error: couldn't find key password in Secret default/db; secret rng-tls-2 updated",
    'password must contain 8 characters, password_min_length: 8, PASSWORD_FILE=/run/secrets/db',
    'tokens_per_second: 33.2 token_type=bearer expires_in=3600 tokenUrl: https://rng/oauth/token',
    'serviceAccountToken:\n  expirationSeconds: 3607\n  path: token',
    'secret:\n  secretName: db\n  items:\n  - key: password\n    path: pw',
    'valueFrom:\n  secretKeyRef:\n    key: password\n    name: db\n- name: LOG_LEVEL\n  value: debug',
    '- value: debug\n  name: LOG_LEVEL',
    '{\n "value": "debug",\n "name": "LOG_LEVEL"\n}',
    'apiVersion: v1\nkind: ConfigMap\ndata:\n  mode: aW5mbw==',
    'docker run -u 1000:1000 -p 80:80 rng; mkdir -p /var/lib/rng; ssh -p 22 node-1; mysql -P 3306',
    'mysqld -P 3306 --user=ada; EHLO answered "AUTH" "PLAIN" "LOGIN"; 12.3 [0 10.0.0.1:6379] "GET" "auth" "ada"',
    'login ada: denied\npassword expired; GET /login\npassword reset',
    'Set-Cookie: <none>, cookie: <nil>',
    'args:\n- --port\n- "80"\n- --user\n- ada',
    'missing fields: ["password","email"], required: [username, password]',
    '<name>rng</name><value>5</value> <tokens>5</tokens> <p>Forgot your password?</p>',
    'password=$\u007bDB_PASSWORD} token: $(TOKEN) password: "{{ .Values.password }}" secret: ****',
    'UPDATE users SET password = $1 WHERE id = $2',
    'cache key=rng:5f69c6b7d8, routing_key=orders.created, keyspace: shop, monkey=banana, author: ada',
    'pass=12 fail=0, bypass=true, compass: north, auth: enabled, session_id=42, nextToken: abc123',
    'rate(http_requests_total{job="rng",code="200"}[5m]) le="0.5" 24054',
    'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'from:ada@example.com:25 npm:react@18.2.0 git@github.com:org/rng.git rng:v1@sha256:9f86',
    'fe80:0db8:85a3:0000:8a2e 00:11:22:33:44:55 /app/src/rng.ts:12:3: error TS2322',
    'No AWS credentials: set AWS_ACCESS_KEY_ID; export function signJob(job: Job, secret: string, now: number)',
    'PUBLIC_KEY=a1B2c3D4e5F6g7H8i9 CACHE_KEY=a1B2c3D4e5F6g7H8i9 {"type":"object","value":"x"}',
    'token-controller: started, auth-service-7d9f8-x2k4p: ready, SyntaxError: Unexpected token < in JSON',
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

// With a time that grows with the square of the length, none of these would end before the test's limit.
describe('redacts long lines', () => {
  const LENGTH = 96 * 1024;
  test.each([
    ...['a', '0', ' ', ':', '=', ',', '"', "'", '\\', '{', '\\n', '\u001b]', '\u001b[', '%3A', '\\u003c', '&quot;'],
    ...['-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----', 'QUJDREVGR0g=\n'],
    ...['eyJ', 'eyJ-', 'eyJaaaaaaaaa.', '://', '://a:', 'a:@', 'xoxb-', 'AKIA', '&sig=', 'Bearer ', 'cookie:'],
    ...[
      'password=',
      'password="',
      '\\"password\\":\\"',
      'token\\',
      'secret_',
      'api-',
      "token: '",
      'secret:&quot;',
      'passpass',
      'A_KEY=',
      'pwd=/a',
    ],
    ...['--a-', '--password ', ' -u ', 'mysql ', '"mysql" "-p" ', 'AUTH ', 'password is ', 'authorization: '],
    ...['<a>', '<password>', '<password ', '<![CDATA[', '"name":"token",', '"value":"x",', '["a",', '- name: x\n'],
  ])('of %j', (piece) => {
    const text = piece.repeat(Math.ceil(LENGTH / piece.length));
    expect(redact(`token:"${text}`).length).toBeGreaterThan(0);
  });

  test('of a megabyte of ordinary words', () => {
    const line = 'GET /32 200 user=ada token=hunter2 "note": "rng", '.repeat(20_000);
    expect(redact(line).split('<redacted>')).toHaveLength(20_001);
  });
});
