import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse, stringify } from 'yaml';
import { ApiError, badRequest, invalid } from '../../api/api-error.ts';
import { isMap, type Json } from '../../api/json.ts';
import type { Cluster } from '../cluster.ts';
import { fromProtobuf } from '../protobuf/decode.ts';
import { notSupported } from '../validation/field-error.ts';
import { unsupportedMediaType, type Wanted, wantedOf } from './media.ts';
import type { Authorize, User } from './user.ts';

const mostBytes = 3 * 1024 * 1024;

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';

const optionKinds: Record<string, string> = { POST: 'CreateOptions', PUT: 'UpdateOptions', PATCH: 'PatchOptions' };

function decoded(type: string, bytes: Buffer, kind: string): Json {
  try {
    if (type === protobuf) return fromProtobuf(bytes);
    return type === yaml ? parse(bytes.toString('utf8')) : JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    const why = type === json ? jsonMistake(bytes.toString('utf8')) : (error as Error).message;
    const seen = bytes.toString('utf8').slice(0, 30);
    const wrong = `couldn't get version/kind; json parse error: ${why} (${seen})`;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${wrong}`);
  }
}

/** What Go's decoder says of text that is no JSON, as far as it can be told from where the text goes wrong. */
export function jsonMistake(text: string): string {
  const first = text.trimStart()[0];
  if (first === undefined || '{["'.includes(first)) return 'unexpected end of JSON input';
  return `invalid character '${first}' looking for beginning of value`;
}

/** One request and the answer to it. */
export class Exchange {
  readonly cluster: Cluster;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly params: URLSearchParams;
  readonly user: User;
  readonly authorize: Authorize | undefined;
  readonly #warnings: string[] = [];
  #sentText = '';

  constructor(given: Pick<Exchange, 'cluster' | 'request' | 'response' | 'user' | 'authorize'>) {
    this.cluster = given.cluster;
    this.request = given.request;
    this.response = given.response;
    this.user = given.user;
    this.authorize = given.authorize;
    const url = new URL(given.request.url ?? '/', 'http://localhost');
    this.path = url.pathname;
    this.params = url.searchParams;
  }

  get wanted(): Wanted {
    return wantedOf(this.request.headers.accept);
  }

  /** `?watch=true`, `=1` and plain `?watch` are all yes. */
  isSet(parameter: string): boolean {
    const value = this.params.get(parameter);
    return value !== null && !['false', '0', 'False', 'FALSE', 'f', 'F'].includes(value);
  }

  /** A non-negative whole number among the parameters. */
  number(parameter: string): number | undefined {
    const text = this.params.get(parameter);
    if (text === null || text === '') return undefined;
    if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(text);
  }

  /** The kind that the query of a write is, in messages. */
  get optionsKind(): string {
    return optionKinds[this.request.method ?? ''] ?? 'DeleteOptions';
  }

  get isDryRun(): boolean {
    const values = this.params.getAll('dryRun').filter((value) => value !== '');
    if (values.some((value) => value !== 'All')) {
      const cause = notSupported('dryRun', values, ['All']);
      throw invalid({ group: 'meta.k8s.io', kind: optionKinds[this.request.method ?? ''] ?? 'DeleteOptions' }, '', [
        cause,
      ]);
    }
    return values.includes('All');
  }

  /** Shown by kubectl as `Warning: …`. */
  warn(message: string): void {
    this.#warnings.push(`299 - ${JSON.stringify(message)}`);
  }

  async text(): Promise<string> {
    this.#sentText = (await this.#bytes()).toString('utf8');
    return this.#sentText;
  }

  /** The body that was read, if it was JSON. */
  get sentText(): string {
    return this.#sentText;
  }

  async #bytes(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.request) {
      bytes += (chunk as Buffer).length;
      if (bytes > mostBytes) {
        throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${mostBytes}`);
      }
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
  }

  /** The body as JSON, whatever form it came in; undefined when there is none. `kind` is what it should be. */
  async body(kind = 'DeleteOptions'): Promise<Json> {
    const type = (this.request.headers['content-type'] ?? json).split(';')[0]?.trim() as string;
    if (![json, yaml, protobuf, '', '*/*'].includes(type)) throw unsupportedMediaType([json, yaml, protobuf]);
    const bytes = await this.#bytes();
    if (bytes.length === 0) return undefined;
    if (type !== protobuf && type !== yaml) this.#sentText = bytes.toString('utf8');
    const body = decoded(type, bytes, kind);
    if (!isMap(body)) throw badRequest("couldn't get version/kind; json parse error: the body is no object");
    return body;
  }

  /** Answers with JSON text that is ready. */
  send(code: number, text: string, type = 'application/json'): void {
    if (this.response.headersSent) return;
    const headers = {
      'Content-Type': type,
      'Cache-Control': 'no-cache, private',
      'Content-Length': Buffer.byteLength(text),
    };
    this.response.writeHead(code, { ...headers, ...(this.#warnings.length > 0 && { Warning: this.#warnings }) });
    this.response.end(this.request.method === 'HEAD' ? undefined : text);
  }

  sendJson(code: number, body: object): void {
    this.send(code, `${JSON.stringify(body)}\n`);
  }

  /** As JSON or YAML, as the client asked. */
  sendWanted(code: number, text: string): void {
    if (this.wanted.isYaml) this.send(code, stringify(JSON.parse(text)), 'application/yaml');
    else this.send(code, `${text}\n`);
  }

  sendError(error: ApiError): void {
    const after = error.details?.retryAfterSeconds;
    if (after !== undefined && !this.response.headersSent) this.response.setHeader('Retry-After', after);
    this.sendJson(error.code, error.status());
  }
}
