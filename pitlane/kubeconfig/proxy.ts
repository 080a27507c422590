import { BlockList, isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** The proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY for a server, by Go's rules (golang.org/x/net/http/httpproxy). */
export function proxyFor(server: string, env: Environment): string | undefined {
  if (!/^https?:/.test(server) || !URL.canParse(server)) return undefined;
  const { protocol, hostname, port } = new URL(server);
  const proxy = variable(env, protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  const host = withoutBrackets(hostname);
  if (!proxy || host === 'localhost' || LOOPBACK.some((range) => isInRange(host, range))) return undefined;
  const exceptions = (variable(env, 'NO_PROXY') ?? '').split(',').map((each) => each.trim().toLowerCase());
  const actualPort = port || (protocol === 'https:' ? '443' : '80');
  if (exceptions.some((exception) => matches(exception, host, actualPort))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function variable(env: Environment, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()];
}

function matches(exception: string, host: string, port: string): boolean {
  if (exception === '' || exception === '*') return exception === '*';
  if (exception.includes('/')) return isInRange(host, exception);
  const [, named = exception, only = port] = exception.match(/^(\[.+\]|[^:]+):(\d+)$/) ?? [];
  if (only !== port) return false;
  const name = withoutBrackets(named).replace(/^\*\./, '.');
  return host === name || (!isIP(host) && host.endsWith(name.startsWith('.') ? name : `.${name}`));
}

function isInRange(host: string, range: string): boolean {
  const [network = '', prefix = ''] = range.split('/');
  if (!isIP(host) || isIP(host) !== isIP(network) || !/^\d+$/.test(prefix)) return false;
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  if (Number(prefix) > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(host, family);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
