/** A word that names a secret, also at the end of another word: `PGPASSWORD`, `authtoken`. */
const SECRET_WORD =
  /(?:passwords?|passwort|kennwort|passwds?|passphrases?|passcode|pwd|secret|token|credentials?|creds|(?:api|access|secret|private|account|auth|sign(?:ing)?|encryption|master|shared|subscription|session)key|(?:db|user|usr|store|key|ssh|smtp|root|admin|auth|bind|mail|ftp|my|sql|pg|redis|app|login|proxy|require|http|sa|svc)pass|(?:master|require)auth|j?sessionid|phpsessid|dockerconfigjson|dockercfg|requirepass)$/;

/** `<word>Key` is a secret, `primaryKey` or `routing_key` is not. */
const SECRET_KEYS = new Set(
  (
    'access account admin aes api app application auth cipher client consumer crypt deploy encryption function functions ' +
    'hmac ingestion integration jwt license licence live master private recovery root rsa secret security server ' +
    'service session shared sign signing ssh storage subscription unseal webhook write x509 wallet pgp gpg tls ssl'
  ).split(' '),
);

/** They follow the word that matters: `password_hash`, `TOKEN_2`, `tls-key-data`, `secretKeyBase`. */
const QUALIFIERS = new Set(
  'value val hash base64 b64 plain plaintext raw encoded encrypted enc old new prev previous current prod production dev development stage staging test live base data primary secondary default override backup pem hex ro rw readonly'.split(
    ' ',
  ),
);

/** A name that ends in one of these is about a secret, but does not hold it: `tokenUrl`, `PASSWORD_FILE`. */
const ABOUT_SECRETS = new Set(
  (
    'file files filename path dir directory folder name names ref refs reference id ids uri url urls endpoint type types kind length ' +
    'len size count counts limit limits max min ttl age expiry expires expiration expired expire seconds minutes hours days ms timeout ' +
    'interval at since until in on by from to for enabled disabled enable disable required optional missing present exists found valid ' +
    'invalid policy policies rule rules store manager provider providers version versions rotation strategy format algorithm alg method ' +
    'mode mount mounted source status state error errors attempts attempt retries field fields column index key keys prefix suffix ' +
    'parameter param header bucket class issuer audience usage used uses generator generation validator validation review reviews ' +
    'request requests response protection reset resets change changed changes authentication auth login stdin prompt env var ' +
    'variable group groups namespace role roles scope scopes server service expirationseconds ca cert certificate hint label digest'
  ).split(' '),
);

/** An environment variable for a key of any provider. */
const OTHER_KEY = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|PAT)$/;
const PUBLIC_KEY = /(?:PUBLIC|PUB|CACHE|IDEMPOTENCY|PARTITION|SORT|PRIMARY|FOREIGN|ROUTING|OBJECT|S3)_KEY$/;
/** Their keys have no format of their own. */
const PROVIDERS =
  /adafruit|airtable|algolia|asana|atlassian|beamer|bitbucket|bittrex|cloudflare|codecov|cohere|coinbase|confluent|contentful|datadog|discord|droneci|drone_ci|dropbox|etsy|fastly|finicity|finnhub|flickr|freshbooks|gitter|heroku|intercom|jfrog|kraken|kucoin|launchdarkly|linkedin|lob_|mailchimp|mailgun|mapbox|mattermost|meraki|messagebird|netlify|newyorktimes|nytimes|okta|opsgenie|pagerduty|plaid|privateai|rapidapi|scalr|segment|sendbird|snyk|splunk|squarespace|sumologic|travis|trello|twilio|twitch|twitter|typeform|yandex|zendesk/i;

/** True if a field, flag or annotation with this name holds a secret. */
export function isSecretName(name: string): boolean {
  return secrecyOf(name) === 'secret';
}

/**
 * `secret`: the name ends with a word for a secret. `mentions`: such a word is in it, so its value is a secret unless it is
 * a number, a path or the like. `login`: it may hold a login, `auth` for example. `provider`: what looks random is a key.
 */
export function secrecyOf(name: string): 'secret' | 'mentions' | 'login' | 'provider' | 'none' {
  // Of npm: a login in base64.
  if (/(?:^|[:/])_auth$/.test(name)) return 'secret';
  const words = wordsOf(name);
  while (words.length > 1 && isQualifier(words.at(-1) ?? '')) words.pop();
  const [last = ''] = words.slice(-1);
  if (endsSecret(words)) return 'secret';
  if (words.length === 1 && last === 'pass') return 'mentions';
  if (OTHER_KEY.test(name) && !PUBLIC_KEY.test(name)) return 'provider';
  if (ABOUT_SECRETS.has(last) && !/^(?:auth|key)$/.test(last)) return 'none';
  const mentions = words.slice(0, -1).some((_, index) => endsSecret(words.slice(0, index + 1)));
  if (mentions) return ABOUT_SECRETS.has(last) || last.endsWith('s') ? 'none' : 'mentions';
  if (/^(?:auth|jwt|bearer|otp|cookie)$/.test(last)) return 'login';
  return PROVIDERS.test(name) ? 'provider' : 'none';
}

/** `DBPassword_2` -> db, password, 2 */
function wordsOf(name: string): string[] {
  return name
    .slice(-128)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function isQualifier(word: string): boolean {
  return QUALIFIERS.has(word) || /^(?:[0-9]{1,3}|v[0-9])$/.test(word);
}

function endsSecret(words: readonly string[]): boolean {
  const [before = '', last = ''] = [words.at(-2), words.at(-1)];
  if (last === 'key') return SECRET_KEYS.has(before);
  if (last === 'id') return before === 'secret';
  if (last === 'pass' || last === 'pw') return words.length > 1;
  if (last === 'string') return before === 'connection' || before === 'secret';
  // Of an assembly, and of a list that continues.
  if (/^(?:publickey|continue|next|page|pagination|unexpected|sync|resume)token$/.test(before + last)) return false;
  if (last === 'token' && words.at(-3) === 'public') return false;
  return SECRET_WORD.test(last);
}
