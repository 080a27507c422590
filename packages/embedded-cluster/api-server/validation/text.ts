import { isIP } from 'node:net';

/** Kubernetes' rules for names and values. Each function returns the error messages. */

const labelName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelText = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const portName = /^[-a-z0-9]+$/;
const configKey = /^[-._a-zA-Z0-9]+$/;

function pattern(message: string, expression: string, ...examples: string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${quoted}regex used for validation is '${expression}')`;
}

function tooLong(max: number): string {
  return `must be no more than ${max} bytes`;
}

/** The length in bytes, which the limits count. */
function length(text: string): number {
  return Buffer.byteLength(text);
}

export function qualifiedNameErrors(key: string): string[] {
  const errors: string[] = [];
  const namePattern = pattern(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]',
    'MyName',
    'my.name',
    '123-abc',
  );
  const parts = key.split('/');
  const name = parts.at(-1) as string;
  if (parts.length > 2) {
    return [
      `a valid label key ${namePattern} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    if (prefix === '') errors.push('prefix part must be non-empty');
    else errors.push(...subdomainErrors(prefix).map((error) => `prefix part ${error}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (length(name) > 63) errors.push(`name part ${tooLong(63)}`);
  if (!labelName.test(name)) errors.push(`name part ${namePattern}`);
  return errors;
}

export function labelValueErrors(value: string): string[] {
  const errors: string[] = [];
  if (length(value) > 63) errors.push(tooLong(63));
  if (!labelText.test(value)) {
    errors.push(
      pattern(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

export function subdomainErrors(name: string): string[] {
  const errors: string[] = [];
  if (length(name) > 253) errors.push(tooLong(253));
  if (!dnsSubdomain.test(name)) {
    errors.push(
      pattern(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*',
        'example.com',
      ),
    );
  }
  return errors;
}

export function dnsLabelErrors(name: string): string[] {
  const errors: string[] = [];
  if (length(name) > 63) errors.push(tooLong(63));
  if (dnsLabel.test(name)) return errors;
  if (dnsSubdomain.test(name)) return [...errors, 'must not contain dots'];
  errors.push(
    pattern(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      '[a-z0-9]([-a-z0-9]*[a-z0-9])?',
      'my-name',
      '123-abc',
    ),
  );
  return errors;
}

export function configKeyErrors(key: string): string[] {
  const errors: string[] = [];
  if (length(key) > 253) errors.push(tooLong(253));
  if (!configKey.test(key)) {
    errors.push(
      pattern(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  return errors;
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

export function portNameErrors(name: string): string[] {
  const errors: string[] = [];
  if (length(name) > 15) errors.push(tooLong(15));
  if (!portName.test(name)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}
