import { expect, test } from 'vitest';
import { redact } from './redact.ts';
import { SECRET_SHAPES } from './secret-shapes.ts';

/** Built here, so that no file contains a text that looks like a secret. */
const from = (alphabet: string) => (length: number) =>
  Array.from({ length }, (_, index) => alphabet[(index * 7 + 3) % alphabet.length]).join('');
const hex = from('0123456789abcdef');
const mixed = from('A1b2C3d4E5f6G7h8J9k0MnPqRsTuVwXyZ');
const small = from('a1b2c3d4e5f6g7h8j9k0');
const big = from('A1B2C3D4E5F6G7H8J9K0');
const uuid = [hex(8), hex(4), hex(4), hex(4), hex(12)].join('-');
const join = (...parts: readonly string[]) => parts.join('');

/** An example of each shape, and a text that is nearly one. */
const EXAMPLES: Readonly<Record<string, readonly [example: string, nearMiss: string]>> = {
  'AWS access key': [join('AK', 'IA', big(16)), join('AK', 'IA', big(15))],
  'AWS session token': [join('IQ', 'oJb3JpZ2lu', mixed(60)), join('IQ', 'oJb3JpZ2lu', mixed(20))],
  'AWS session token, legacy': [join('Fwo', 'GZXIv', mixed(80)), join('Fwo', 'GZXIv', mixed(20))],
  'AWS Bedrock': [join('AB', 'SK', mixed(120)), join('AB', 'SK', mixed(30))],
  'Amazon MWS': [join('amzn.', 'mws.', uuid), join('amzn.', 'mws.', uuid.slice(1))],
  'EKS token': [join('k8s-', 'aws-v1.', mixed(30)), join('k8s-', 'aws-v1.', mixed(9))],
  'Google API key': [join('AI', 'za', mixed(35)), join('AI', 'za', mixed(20))],
  'Google OAuth client': [join('GOC', 'SPX-', mixed(28)), join('GOC', 'SPX-', mixed(10))],
  'Google access token': [join('ya', '29.', mixed(40)), join('ya', '29.', mixed(10))],
  'Google refresh token': [join('1/', '/0', mixed(40)), join('1/', '/0', mixed(20))],
  'Azure client secret': [join('a1~', '8Q', '~', mixed(34)), join('a1~', '8Q', '~', mixed(20))],
  'Azure key': [join(mixed(86), '=', '='), join('sha512-', mixed(86), '==')],
  'Azure DevOps': [join(mixed(76), 'AZ', 'DO', mixed(4)), join(mixed(20), 'AZ', 'DO', mixed(4))],
  'Alibaba access key': [join('LT', 'AI', mixed(20)), join('LT', 'AI', mixed(8))],
  DigitalOcean: [join('dop', '_v1_', hex(64)), join('dop', '_v1_', hex(20))],
  Yandex: [join('AQ', 'VN', mixed(36)), join('AQ', 'VN', mixed(20))],
  'Yandex IAM': [join('t1', '.', mixed(40), '.', mixed(86)), join('t1', '.', mixed(40), '.', mixed(20))],
  'Yandex OAuth': [join('y0', '_', mixed(55)), join('y0', '_', mixed(20))],
  'Cloudflare origin CA': [join('v1.', '0-', hex(24), '-', hex(146)), join('v1.', '0-', hex(24), '-', hex(20))],
  Cloudflare: [join('cfu', 't_', mixed(48)), join('cfu', 't_', mixed(20))],
  'Fly.io': [join('fo', '1_', mixed(43)), join('fo', '1_', mixed(20))],
  'Fly.io macaroon': [join('fm', '2_', mixed(100)), join('fm', '2_', mixed(20))],
  Heroku: [join('HR', 'KU-', mixed(58)), join('HR', 'KU-', mixed(20))],
  Netlify: [join('nf', 'p_', mixed(36)), join('nf', 'p_', mixed(20))],
  Vercel: [join('vc', 'p_', mixed(32)), join('vc', 'p_', mixed(12))],
  Render: [join('rn', 'd_', mixed(32)), join('rn', 'd_', mixed(12))],
  Scalingo: [join('tk-', 'us-', mixed(48)), join('tk-', 'us-', mixed(20))],
  Supabase: [join('sb', 'p_', hex(40)), join('sb', 'p_', hex(12))],
  Neon: [join('na', 'pi_', small(64)), join('na', 'pi_', small(20))],
  PlanetScale: [join('pscale', '_pw_', mixed(43)), join('pscale', '_db_', mixed(43))],
  OpenShift: [join('sha', '256~', mixed(43)), join('sha', '256:', hex(64))],
  Rancher: [join('token', '-', small(5), ':', small(54)), join('token', '-', small(5), ':', small(12))],
  Vault: [join('hv', 's.', mixed(24)), join('hv', 's.', mixed(10))],
  'Vault, legacy': [join('s', '.', mixed(24)), join('s', '.', mixed(23))],
  'Terraform Cloud': [join(mixed(14), '.atlas', 'v1.', mixed(67)), join(mixed(14), '.atlas', 'v1.', mixed(20))],
  Pulumi: [join('pu', 'l-', hex(40)), join('pu', 'l-', hex(20))],
  Doppler: [join('dp', '.pt.', mixed(43)), join('dp', '.xx.', mixed(43))],
  Infisical: [join('st', '.', hex(24), '.', hex(32), '.', hex(32)), join('st', '.', hex(24), '.', hex(32))],
  Infracost: [join('ic', 'o-', mixed(32)), join('ic', 'o-', mixed(20))],
  '1Password secret key': [
    join('A3', '-', big(6), '-', big(6), '-', big(5), '-', big(5), '-', big(5)),
    join('A3', '-', big(6), '-', big(6)),
  ],
  '1Password service account': [join('ops', '_ey', 'J', mixed(250)), join('ops', '_ey', 'J', mixed(20))],
  age: [join('AGE-SECRET', '-KEY-1', 'Q'.repeat(58)), join('AGE-SECRET', '-KEY-1', 'Q'.repeat(8))],
  Tailscale: [join('tskey', '-auth-', mixed(12), '-', mixed(32)), join('tskey', '-auth-', mixed(4))],
  'Defined Networking': [join('dn', 'key-', mixed(26), '-', mixed(52)), join('dn', 'key-', mixed(26))],
  'Octopus Deploy': [join('AP', 'I-', big(26)), join('AP', 'I-', big(20))],
  Harness: [join('pa', 't.', mixed(22), '.', mixed(24), '.', mixed(20)), join('pa', 't.', mixed(22), '.', mixed(24))],
  Prefect: [join('pn', 'u_', mixed(36)), join('pn', 'u_', mixed(20))],
  Grafana: [join('gl', 'sa_', mixed(32), '_', hex(8)), join('gl', 'sa_', mixed(8))],
  'Grafana, legacy': [join('eyJr', 'Ijoi', mixed(70)), join('eyJr', 'Ijoi', mixed(20))],
  'New Relic': [join('NR', 'AK-', big(27)), join('NR', 'AK-', big(9))],
  'New Relic licence': [join(hex(36), 'NR', 'AL'), join(hex(20), 'NR', 'AL')],
  Sentry: [join('sntr', 'ys_', mixed(60)), join('sntr', 'ys_', mixed(20))],
  Dynatrace: [join('dt0', 'c01.', big(24), '.', big(64)), join('dt0', 'c01.', big(24), '.', big(20))],
  Honeycomb: [join('hca', 'ik_', small(58)), join('hca', 'ik_', small(20))],
  Axiom: [join('xa', 'at-', uuid), join('xa', 'at-', uuid.slice(1))],
  SonarQube: [join('sq', 'p_', hex(40)), join('sq', 'p_', hex(20))],
  LaunchDarkly: [join('sd', 'k-', uuid), join('sd', 'k-', uuid.slice(1))],
  PostHog: [join('ph', 'x_', mixed(43)), join('ph', 'x_', mixed(20))],
  Databricks: [join('da', 'pi', hex(32)), join('da', 'pi', hex(20))],
  'ClickHouse Cloud': [join('4b', '1d', mixed(38)), join('4b', '1d', mixed(20))],
  Adafruit: [join('ai', 'o_', mixed(28)), join('ai', 'o_', mixed(20))],
  MaxMind: [join(mixed(6), '_', mixed(29), '_m', 'mk'), join(mixed(6), '_', mixed(20), '_m', 'mk')],
  Mapbox: [join('sk', '.eyJ', mixed(60), '.', mixed(22)), join('sk', '.eyJ', mixed(20))],
  GitHub: [join('gh', 'p_', mixed(36)), join('gh', 'p_', mixed(10))],
  'GitHub, fine-grained': [join('github', '_pat_', mixed(82)), join('github', '_pat_', mixed(10))],
  GitLab: [join('gl', 'pat-', mixed(20)), join('gl', 'pat-', mixed(10))],
  'GitLab runner': [join('GR134', '8941', mixed(20)), join('GR134', '8941', mixed(10))],
  Bitbucket: [join('AT', 'BB', mixed(32)), join('AT', 'BB', mixed(10))],
  Atlassian: [join('ATA', 'TT3', mixed(186)), join('ATA', 'TT3', mixed(20))],
  npm: [join('np', 'm_', mixed(36)), join('np', 'm_', mixed(20))],
  PyPI: [join('py', 'pi-', mixed(80)), join('py', 'pi-', mixed(10))],
  RubyGems: [join('ruby', 'gems_', hex(48)), join('ruby', 'gems_', hex(20))],
  NuGet: [join('oy', '2', small(43)), join('oy', '2', small(20))],
  'crates.io': [join('ci', 'o', mixed(32)), join('ci', 'o', mixed(20))],
  Clojars: [join('CLOJ', 'ARS_', small(60)), join('CLOJ', 'ARS_', small(20))],
  'Docker Hub': [join('dckr', '_pat_', mixed(27)), join('dckr', '_pat_', mixed(10))],
  'Artifactory API key': [join('AK', 'Cp', mixed(69)), join('AK', 'Cp', mixed(20))],
  'Artifactory reference': [join('cm', 'Vmd', mixed(59)), join('cm', 'Vmd', mixed(20))],
  CircleCI: [join('CCI', 'PAT_', mixed(22), '_', hex(40)), join('CCI', 'PAT_', mixed(8))],
  Buildkite: [join('bk', 'ua_', hex(40)), join('bk', 'ua_', hex(20))],
  Sourcegraph: [join('sg', 'p_', hex(40)), join('sg', 'p_', hex(20))],
  Readme: [join('rd', 'me_', small(70)), join('rd', 'me_', small(20))],
  Postman: [join('PM', 'AK-', hex(24), '-', hex(34)), join('PM', 'AK-', hex(24))],
  Authress: [
    join('sc', '_', small(10), '.', small(5), '.acc_', small(12), '.', mixed(40)),
    join('sc', '_', small(10), '.', small(5), '.acc_', small(12)),
  ],
  'OpenAI and others': [join('s', 'k-', 'proj-', mixed(40)), join('s', 'k-', 'learn-contrib-of-many-words')],
  'Hugging Face': [join('h', 'f_', mixed(34)), join('h', 'f_', mixed(10))],
  'Hugging Face organisation': [join('api', '_org_', mixed(34)), join('api', '_org_', mixed(10))],
  Groq: [join('gs', 'k_', mixed(52)), join('gs', 'k_', mixed(20))],
  xAI: [join('xa', 'i-', mixed(80)), join('xa', 'i-', mixed(20))],
  Perplexity: [join('pp', 'lx-', mixed(48)), join('pp', 'lx-', mixed(20))],
  Replicate: [join('r', '8_', mixed(37)), join('r', '8_', mixed(20))],
  NVIDIA: [join('nv', 'api-', mixed(64)), join('nv', 'api-', mixed(20))],
  Pinecone: [join('pc', 'sk_', mixed(64)), join('pc', 'sk_', mixed(20))],
  LangSmith: [join('ls', 'v2_pt_', hex(32), '_', hex(10)), join('ls', 'v2_pt_', hex(32))],
  ElevenLabs: [join('s', 'k_', hex(48)), join('s', 'k_', hex(20))],
  Slack: [join('xo', 'xb-', '12345678901-', mixed(24)), join('xo', 'xb', '12345678901')],
  'Slack app': [join('xa', 'pp-', '1-A0123-', mixed(20)), join('xa', 'pp-', 'x')],
  'Slack webhook': [`https://hooks.${'slack'}.com/services/T0/B0/${mixed(24)}`, `https://hooks.${'slack'}.com/docs`],
  'Discord bot': [
    join('M', mixed(23), '.', mixed(6), '.', mixed(38)),
    join('M', mixed(23), '.', mixed(6), '.', mixed(8)),
  ],
  'Discord webhook': [
    `https://discord.com/api/webhooks/${'123456789'}/${mixed(68)}`,
    'https://discord.com/api/webhooks/123456789',
  ],
  'Teams webhook': [`https://x.webhook.office.com/webhookb2/${uuid}`, 'https://x.webhook.office.com/help'],
  Telegram: [join('123456789', ':A', 'A', mixed(33)), join('123456789', ':A', 'A', mixed(20))],
  'Twilio API key': [join('S', 'K', hex(32)), join('S', 'K', hex(31))],
  'Twilio auth token': [join('A', 'C', hex(32), ':', 'fedcba98'.repeat(4)), join('A', 'C', hex(32), ':', hex(31))],
  SendGrid: [join('S', 'G.', mixed(22), '.', mixed(43)), join('S', 'G.', mixed(8), '.', mixed(8))],
  Mailgun: [join('k', 'ey-', hex(32)), join('k', 'ey-', hex(20))],
  'Mailgun signing key': [join(hex(32), '-', hex(8), '-', hex(8)), join(hex(30), '-', hex(8), '-', hex(8))],
  Mailchimp: [join(hex(32), '-u', 's12'), join(hex(30), '-u', 's12')],
  Brevo: [join('xkey', 'sib-', hex(64), '-', mixed(16)), join('xkey', 'sib-', hex(64))],
  Resend: [join('r', 'e_', mixed(8), '_', mixed(24)), join('r', 'e_', mixed(8), '_', mixed(8))],
  MailerSend: [join('ml', 'sn.', hex(64)), join('ml', 'sn.', hex(20))],
  Facebook: [join('EA', 'A', mixed(120)), join('EA', 'A', mixed(20))],
  Twitter: [join('A'.repeat(21), mixed(80)), join('A'.repeat(21), mixed(20))],
  Stripe: [join('s', 'k_', 'live_', mixed(24)), join('p', 'k_', 'live_', mixed(24))],
  'Stripe webhook': [join('wh', 'sec_', mixed(32)), join('wh', 'sec_', mixed(8))],
  Square: [join('sq', '0csp-', mixed(43)), join('sq', '0csp-', mixed(10))],
  'Square access token': [join('EA', 'AA', mixed(60)), join('EA', 'AA', mixed(20))],
  Shopify: [join('shp', 'at_', hex(32)), join('shp', 'at_', hex(20))],
  Braintree: [
    join('access_token', '$production$', small(16), '$', hex(32)),
    join('access_token', '$production$', small(8)),
  ],
  Flutterwave: [join('FLW', 'SECK_TEST-', hex(32), '-X'), join('FLW', 'SECK_TEST-', hex(8))],
  'GoCardless and Mollie': [join('li', 've_', mixed(40)), join('te', 'st_', 'that_all_pods_of_a_service_2_are_ready')],
  Plaid: [join('access-', 'sandbox-', uuid), join('access-', 'sandbox-', uuid.slice(1))],
  Duffel: [join('duffel', '_test_', mixed(43)), join('duffel', '_test_', mixed(20))],
  EasyPost: [join('EZ', 'AK', mixed(54)), join('EZ', 'AK', mixed(20))],
  Shippo: [join('ship', 'po_live_', hex(40)), join('ship', 'po_live_', hex(20))],
  'Frame.io': [join('fio', '-u-', mixed(64)), join('fio', '-u-', mixed(20))],
  SettleMint: [join('sm', '_pat_', mixed(16)), join('sm', '_pat_', mixed(10))],
  Airtable: [join('pa', 't', mixed(14), '.', hex(64)), join('pa', 't', mixed(14), '.', hex(20))],
  Notion: [join('nt', 'n_', mixed(46)), join('nt', 'n_', mixed(20))],
  'Notion, legacy': [join('sec', 'ret_', mixed(43)), join('sec', 'ret_', mixed(20))],
  Linear: [join('lin', '_api_', mixed(40)), join('lin', '_api_', mixed(20))],
  Dropbox: [join('sl', '.', mixed(135)), join('sl', '.', mixed(20))],
  Typeform: [join('tf', 'p_', mixed(59)), join('tf', 'p_', mixed(20))],
  HubSpot: [join('pa', 't-', 'na1-', uuid), join('pa', 't-', 'na1-', uuid.slice(1))],
  Contentful: [join('CF', 'PAT-', mixed(43)), join('CF', 'PAT-', mixed(20))],
  Intra42: [join('s-', 's4t2ud-', hex(64)), join('s-', 's4t2ud-', hex(20))],
  Freemius: [join('"s', 'k_', mixed(29), '"'), join('"s', 'k_', mixed(20), '"')],
  Adobe: [join('p8', 'e-', mixed(32)), join('p8', 'e-', mixed(20))],
  'Zapier webhook': [
    `https://hooks.zapier.com/hooks/catch/${'123456'}/${small(17)}/`,
    'https://hooks.zapier.com/hooks',
  ],
  'JSON Web Token': [join('ey', 'J', mixed(20), '.', mixed(30), '.', mixed(43)), join('ey', 'J', mixed(20))],
  'private key in base64': [
    Buffer.from(`-----BEGIN ${'PRIVATE'} KEY-----\n${mixed(64)}`).toString('base64'),
    Buffer.from(`-----BEGIN CERTIFICATE-----\n${mixed(64)}`).toString('base64'),
  ],
  'registry login in base64': [
    Buffer.from(JSON.stringify({ auths: { 'r.io': { auth: 'x' } } })).toString('base64'),
    Buffer.from(JSON.stringify({ author: { 'r.io': { name: 'x' } } })).toString('base64'),
  ],
  'password hash': [join('$2', 'y$10$', mixed(53)), join('$2', 'y$10$', mixed(8))],
  'Django password hash': [
    join('pbkdf2', '_sha256$600000$', mixed(22), '$', mixed(43)),
    join('pbkdf2', '_sha256$6$', mixed(8)),
  ],
  'LDAP password hash': [join('{SS', 'HA}', mixed(32)), join('{SS', 'HA}', mixed(8))],
  'SCRAM verifier': [
    join('SCRAM', '-SHA-256$4096:', mixed(24), '$', mixed(44)),
    join('SCRAM', '-SHA-256$4096:', mixed(8)),
  ],
  'extended private key': [join('xp', 'rv', mixed(107)), join('xp', 'ub', mixed(107))],
};

test('every shape has an example', () => {
  expect(Object.keys(EXAMPLES)).toEqual(SECRET_SHAPES.map(({ name }) => name));
});

test.each(SECRET_SHAPES)(
  '$name: redacts the example by itself, and keeps the near miss',
  ({ name, keyword, pattern }) => {
    const [example, nearMiss] = EXAMPLES[name] ?? ['', ''];
    expect(example).toContain(keyword);
    expect(example.replace(pattern, '')).not.toBe(example);
    expect(nearMiss.replace(pattern, '')).toBe(nearMiss);
    for (const text of [
      `before ${example} after`,
      JSON.stringify({ text: `line\n${example}` }),
      `a=1&b%3D${example}`,
    ]) {
      expect(redact(text)).not.toContain(example.replace(/\W+$/, '').slice(-16));
    }
    expect(redact(`before ${nearMiss} after`)).toBe(`before ${nearMiss} after`);
  },
);
