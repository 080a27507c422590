import { isIP } from 'node:net';

/** Kubernetes' rules for names and values. Each function returns the error messages. */

/** `message`: what Kubernetes says of a text that does not match. */
function pattern(rule: string, expression: string, examples: readonly string[]) {
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  const message = `${rule} (e.g. ${quoted}regex used for validation is '${expression}')`;
  return { regex: new RegExp(`^${expression}$`), message };
}

function lengthErrors(text: string, maxBytes: number): string[] {
  return Buffer.byteLength(text) > maxBytes ? [`must be no more than ${maxBytes} bytes`] : [];
}

function rule(maxBytes: number, { regex, message }: ReturnType<typeof pattern>): (text: string) => string[] {
  return (text) => [...lengthErrors(text, maxBytes), ...(regex.test(text) ? [] : [message])];
}

const labelName = pattern(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]',
  ['MyName', 'my.name', '123-abc'],
);
const labelValue = pattern(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
  ['MyValue', 'my_value', '12345'],
);
const subdomain = pattern(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*',
  ['example.com'],
);
const dnsLabel = pattern(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  '[a-z0-9]([-a-z0-9]*[a-z0-9])?',
  ['my-name', '123-abc'],
);
const configKey = pattern(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  '[-._a-zA-Z0-9]+',
  ['key.name', 'KEY_NAME', 'key-name'],
);

const labelNameErrors = rule(63, labelName);
const plainLabelErrors = rule(63, dnsLabel);
export const labelValueErrors = rule(63, labelValue);
export const subdomainErrors = rule(253, subdomain);
export const configKeyErrors = rule(253, configKey);

export function qualifiedNameErrors(key: string): string[] {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  if (more.length > 0) {
    return [
      `a valid label key ${labelName.message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const empty = 'must be non-empty';
  const ofName = [...(name === '' ? [empty] : []), ...labelNameErrors(name)].map((error) => `name part ${error}`);
  if (prefix === undefined) return ofName;
  const ofPrefix = prefix === '' ? [empty] : subdomainErrors(prefix);
  return [...ofPrefix.map((error) => `prefix part ${error}`), ...ofName];
}

export function dnsLabelErrors(name: string): string[] {
  const isOfSeveral = name.includes('.') && subdomain.regex.test(name);
  return isOfSeveral ? [...lengthErrors(name, 63), 'must not contain dots'] : plainLabelErrors(name);
}

/** The rule for names without one of their own: they must fit in a URL. */
export function pathSegmentErrors(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%']
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`);
}

export function ipErrors(address: string): string[] {
  return isIP(address) > 0 ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
}

export function portNumberErrors(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

/** Port names that match have the error. */
const wrongPortNames: readonly (readonly [RegExp, string])[] = [
  [/^$|[^-a-z0-9]/, 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'],
  [/^[^a-z]*$/, 'must contain at least one letter (a-z)'],
  [/--/, 'must not contain consecutive hyphens'],
  [/^-|-$/, 'must not begin or end with a hyphen'],
];

export function portNameErrors(name: string): string[] {
  const broken = wrongPortNames.filter(([wrong]) => wrong.test(name));
  return [...lengthErrors(name, 15), ...broken.map(([, error]) => error)];
}
