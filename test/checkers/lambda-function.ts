import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, on, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { atExit } from '../control-plane/at-exit.ts';

/** How an invocation ended: with the handler's answer, or with its error. */
type Ended =
  | { readonly answer: unknown }
  | { readonly error: { readonly errorType: string; readonly errorMessage: string } };

/** A function in a process of AWS' runtime client, which takes one invocation after another. */
export interface LambdaFunction {
  invoke(event: unknown): Promise<Ended>;
  /** The lines that it wrote. */
  readonly logged: readonly string[];
  stop(): Promise<void>;
}

export interface FunctionOptions {
  /** Of AWS' runtime client. */
  readonly client: string;
  /** With the unpacked archive. */
  readonly folder: string;
  /** Such as `worker`. */
  readonly name: string;
  /** All that it gets besides the variables of Lambda itself. */
  readonly env: Readonly<Record<string, string>>;
}

const API = '/2018-06-01/runtime';
const TIMEOUT_MS = 60_000;

/** Starts a function with a stand-in of the runtime API ("Using the Lambda runtime API for custom runtimes"). */
export async function startFunction({ client, folder, name, env }: FunctionOptions): Promise<LambdaFunction> {
  const invocations = new EventEmitter();
  const queue = on(invocations, 'next');
  /** Those that have not ended, by their ID. */
  const open = new Map<string, (ended: Ended) => void>();
  const endAll = (ended: Ended) => {
    for (const end of open.values()) end(ended);
  };

  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    if (path === `${API}/invocation/next`) {
      const [id, event] = (await queue.next()).value ?? [];
      response.writeHead(200, headersOf(id, name)).end(JSON.stringify(event));
      return;
    }
    const body = JSON.parse(await text(request));
    const ended: Ended = path.endsWith('/response') ? { answer: body } : { error: body };
    const [, id = ''] = /\/invocation\/([^/]+)\//.exec(path) ?? [];
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (path === `${API}/init/error`) endAll(ended);
    else open.get(id)?.(ended);
    open.delete(id);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const child = spawn(process.execPath, [client, `dist/${name}/index.handler`], {
    cwd: folder,
    env: { ...variablesOf(name, folder, api), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forget = atExit(() => child.kill('SIGKILL'));
  const logged: string[] = [];
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => logged.push(line));
  const exited = once(child, 'close').then(([code]) => {
    forget();
    endAll({
      error: { errorType: 'Runtime.ExitError', errorMessage: `exit ${code}: ${logged.slice(-20).join('\n')}` },
    });
  });

  return {
    logged,
    invoke: (event) =>
      new Promise((end) => {
        const id = randomUUID();
        open.set(id, end);
        invocations.emit('next', id, event);
      }),
    async stop() {
      child.kill('SIGKILL');
      await exited;
      server.closeAllConnections();
      server.close();
    },
  };
}

function headersOf(id: string, name: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': id,
    'lambda-runtime-deadline-ms': String(Date.now() + TIMEOUT_MS),
    'lambda-runtime-invoked-function-arn': `arn:aws:lambda:eu-west-1:123456789012:function:pitlane-prod-${name}`,
    'lambda-runtime-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
  };
}

/** "Defined runtime environment variables" in the Lambda guide: a function has no others of this machine. */
function variablesOf(name: string, folder: string, api: string): Record<string, string> {
  return {
    _HANDLER: `dist/${name}/index.handler`,
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: `pitlane-prod-${name}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/pitlane-prod-${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/29/[$LATEST]0123456789abcdef',
    AWS_ACCESS_KEY_ID: 'ASIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
    AWS_LAMBDA_RUNTIME_API: api,
    LAMBDA_TASK_ROOT: folder,
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
  };
}
