import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A GET request to an AWS service, without a body. */
export interface AwsRequest {
  readonly service: string;
  readonly region: string;
  readonly host: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Lower-case names; signed along. */
  readonly headers?: Readonly<Record<string, string>>;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The URL that is the request and its signature in one, valid for a time ("Authenticating Requests: Using Query Parameters", AWS General Reference). */
export function presignedUrl(
  request: AwsRequest,
  credentials: AwsCredentials,
  at: number,
  validSeconds: number,
): string {
  const { time, scope } = stamp(request, at);
  const headers = { host: request.host, ...request.headers };
  const query = {
    ...request.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(validSeconds),
    ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': names(headers),
  };
  const signature = sign(request, credentials, { time, scope, headers, query });
  return `https://${request.host}${request.path}?${encodeQuery({ ...query, 'X-Amz-Signature': signature })}`;
}

/** The headers that sign the request. */
export function signedHeaders(
  request: AwsRequest,
  credentials: AwsCredentials,
  at: number,
): Readonly<Record<string, string>> {
  const { time, scope } = stamp(request, at);
  const own = {
    ...request.headers,
    'x-amz-date': time,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const headers = { host: request.host, ...own };
  const signature = sign(request, credentials, { time, scope, headers, query: request.query ?? {} });
  const credential = `${credentials.accessKeyId}/${scope}`;
  return {
    ...own,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names(headers)}, Signature=${signature}`,
  };
}

interface Signing {
  /** `20261124T031207Z` */
  readonly time: string;
  readonly scope: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

function stamp({ region, service }: AwsRequest, at: number): { time: string; scope: string } {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
  return { time, scope: `${time.slice(0, 8)}/${region}/${service}/aws4_request` };
}

function sign(
  { path }: AwsRequest,
  { secretAccessKey }: AwsCredentials,
  { time, scope, headers, query }: Signing,
): string {
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = [
    'GET',
    path,
    encodeQuery(query),
    ...sorted.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    names(headers),
    sha256(''),
  ].join('\n');
  const text = [ALGORITHM, time, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secretAccessKey}`);
  return hmac(key, text).toString('hex');
}

function names(headers: Readonly<Record<string, string>>): string {
  return Object.keys(headers).sort().join(';');
}

function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** RFC 3986: encodeURIComponent leaves five characters more as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
