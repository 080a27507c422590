import { parse } from 'yaml';
import { ApiError, badRequest, invalidOptions } from '../../api/api-error.ts';
import { isMap, type Json } from '../../api/json.ts';
import { type Access, decide, refusal } from '../authorization/rbac.ts';
import { anonymous, type User } from '../authorization/user.ts';
import type { Cluster } from '../cluster.ts';
import { fromProtobuf } from '../protobuf/decode.ts';
import { notSupported } from '../validation/field.ts';
import type { ApiRequest, ApiResponse } from './messages.ts';

const maxBytes = 3 * 1024 * 1024;

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';

const optionKinds: Record<string, string> = { POST: 'CreateOptions', PUT: 'UpdateOptions', PATCH: 'PatchOptions' };

function decoded(type: string, bytes: Buffer, kind: string): Json {
  const text = bytes.toString('utf8');
  try {
    if (type === protobuf) return fromProtobuf(bytes);
    return type === yaml ? parse(text) : JSON.parse(text);
  } catch (error) {
    const why = type === json ? jsonMistake(text) : (error as Error).message;
    const wrong = `couldn't get version/kind; json parse error: ${why} (${text.slice(0, 30)})`;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${wrong}`);
  }
}

/** Go's message for malformed JSON, as far as the position of the error tells it. */
export function jsonMistake(text: string): string {
  const first = text.trimStart()[0];
  if (first === undefined || '{["'.includes(first)) return 'unexpected end of JSON input';
  return `invalid character '${first}' looking for beginning of value`;
}

/** One request and its answer. */
export class Exchange {
  readonly cluster: Cluster;
  readonly request: ApiRequest;
  readonly response: ApiResponse;
  readonly path: string;
  readonly params: URLSearchParams;
  /** Until the request is authenticated. */
  user: User = anonymous;
  readonly #warnings: string[] = [];
  /** The body as it was sent, if it is JSON. */
  sentText = '';

  constructor(cluster: Cluster, request: ApiRequest, response: ApiResponse) {
    this.cluster = cluster;
    this.request = request;
    this.response = response;
    const url = new URL(request.url ?? '/', 'http://localhost');
    this.path = url.pathname;
    this.params = url.searchParams;
  }

  /** True for `?watch=true`, `?watch=1` and `?watch`. */
  isSet(parameter: string): boolean {
    const value = this.params.get(parameter);
    return value !== null && !['false', '0', 'False', 'FALSE', 'f', 'F'].includes(value);
  }

  /** A parameter that is a non-negative whole number. */
  number(parameter: string): number | undefined {
    const text = this.params.get(parameter);
    if (text === null || text === '') return undefined;
    if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(text);
  }

  /** The kind of a write's query in messages. */
  get optionsKind(): string {
    return optionKinds[this.request.method ?? ''] ?? 'DeleteOptions';
  }

  get isDryRun(): boolean {
    const values = this.params.getAll('dryRun').filter((value) => value !== '');
    if (values.some((value) => value !== 'All')) {
      throw invalidOptions(this.optionsKind, notSupported('dryRun', values, ['All']));
    }
    return values.includes('All');
  }

  /** Throws 403 when the user may not do this. */
  check(access: Access): void {
    const { allowed, reason } = decide(this.cluster, this.user, access);
    if (!allowed) throw refusal(this.user, access, reason);
  }

  /** kubectl prints it as `Warning: …`. */
  warn(message: string): void {
    this.#warnings.push(`299 - ${JSON.stringify(message)}`);
  }

  async text(): Promise<string> {
    this.sentText = (await this.#bytes()).toString('utf8');
    return this.sentText;
  }

  async #bytes(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.request) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) {
        throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBytes}`);
      }
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
  }

  /** The body, sent as JSON, YAML or protobuf; undefined when there is none. `kind` is the expected kind. */
  async body(kind = 'DeleteOptions'): Promise<Json> {
    const type = (this.request.headers['content-type'] ?? json).split(';')[0]?.trim() as string;
    if (![json, yaml, protobuf, '', '*/*'].includes(type)) {
      const why = 'the body of the request was in an unknown format - accepted media types include';
      throw new ApiError(415, 'UnsupportedMediaType', `${why}: ${json}, ${yaml}, ${protobuf}`);
    }
    const bytes = await this.#bytes();
    if (bytes.length === 0) return undefined;
    if (type !== protobuf && type !== yaml) this.sentText = bytes.toString('utf8');
    const body = decoded(type, bytes, kind);
    if (!isMap(body)) throw badRequest("couldn't get version/kind; json parse error: the body is not an object");
    return body;
  }

  /** Answers with serialized JSON. */
  send(code: number, text: string, type = 'application/json'): void {
    if (this.response.headersSent) return;
    const headers = {
      'Content-Type': type,
      'Cache-Control': 'no-cache, private',
      'Content-Length': Buffer.byteLength(text),
      ...(this.#warnings.length > 0 && { Warning: this.#warnings }),
    };
    this.response.writeHead(code, headers);
    this.response.end(this.request.method === 'HEAD' ? undefined : text);
  }

  sendJson(code: number, body: object): void {
    this.send(code, `${JSON.stringify(body)}\n`);
  }

  sendError(error: ApiError): void {
    const after = error.details?.retryAfterSeconds;
    if (after !== undefined && !this.response.headersSent) this.response.setHeader('Retry-After', after);
    this.sendJson(error.code, error.status());
  }
}
