import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { Attach } from '@kubernetes/client-node/dist/attach.js';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { Cp } from '@kubernetes/client-node/dist/cp.js';
import { Exec } from '@kubernetes/client-node/dist/exec.js';
import { PortForward } from '@kubernetes/client-node/dist/portforward.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenCluster, Playground, podsPath, until } from './playground.ts';
import { SpdyClient } from './spdy-client.ts';

/** exec, attach, cp and port-forward, by WebSocket and by SPDY. */
export function podStreams(openCluster: OpenCluster): void {
  let on: Playground;
  let kubeConfig: KubeConfig;
  let namespace: string;
  beforeAll(async () => {
    on = await Playground.open(openCluster);
    const { kubeConfig: given } = on.cluster;
    kubeConfig = typeof given === 'string' ? new KubeConfig() : given;
    if (typeof given === 'string') kubeConfig.loadFromFile(given);
    namespace = await on.namespace();
    await on.readyPod(namespace, 'web', {
      container: { ports: [{ containerPort: 8080 }], env: [{ name: 'A', value: 'b' }] },
    });
  });
  afterAll(() => on.close());

  async function exec(command: string[], stdin?: Readable, isTerminal = false, pod = 'web') {
    const [out, err] = [sink(), sink()];
    const status = await new Promise<{
      status?: string;
      reason?: string;
      message?: string;
      details?: { causes?: { message?: string }[] };
    }>((resolve, reject) => {
      new Exec(kubeConfig)
        .exec(namespace, pod, 'app', command, out.stream, err.stream, stdin ?? null, isTerminal, resolve as never)
        .catch(reject);
    });
    return { status, out: out.text(), err: err.text() };
  }

  test('runs a command and returns its output and exit code', async () => {
    const { status, out, err } = await exec(['sh', '-c', 'echo $A; nope; exit 3']);
    expect({ out, err }).toEqual({ out: 'b\n', err: 'sh: nope: not found\n' });
    expect(status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ message: '3' }] },
    });
    expect((await exec(['true'])).status).toMatchObject({ status: 'Success' });
  });

  test('fails for an unknown program', async () => {
    const { status } = await exec(['nope']);
    expect(status).toMatchObject({ status: 'Failure', reason: 'InternalError' });
    expect(status.message).toBe(
      'Internal error occurred: Internal error occurred: error executing command in container: failed to exec in ' +
        'container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: ' +
        'exec: "nope": executable file not found in $PATH',
    );
  });

  test('fails in a container that does not run', async () => {
    await on.createPod(namespace, 'pending', { container: { image: 'registry.invalid/app' } });
    await on.untilPod('waiting for its image', namespace, 'pending', ({ status }) => status?.podIP !== undefined);
    const { status } = await exec(['ls'], undefined, false, 'pending');
    expect(status).toMatchObject({
      reason: 'InternalError',
      message: 'Internal error occurred: unable to upgrade connection: container not found ("app")',
    });
  });

  test('passes input until it ends', async () => {
    expect((await exec(['cat'], Readable.from([Buffer.from('one\n'), Buffer.from('two')]))).out).toBe('one\ntwo');
  });

  test('gives a terminal a prompt', async () => {
    const { status, out } = await exec(['sh'], Readable.from([Buffer.from('echo ok\rexit 4\r')]), true);
    expect(status.details?.causes).toMatchObject([{ message: '4' }]);
    expect(out).toContain('/ # ');
    expect(out).toContain('\r\nok\r\n');
  });

  test('reaches the ports of its own pod', async () => {
    expect((await exec(['wget', '-qO-', 'localhost:8080/x'])).out).toBe('web example/app:v1 GET /x\n');
    expect((await exec(['wget', '-qO-', 'localhost:81'])).status).toMatchObject({ status: 'Failure' });
  });

  test('copies files both ways', async () => {
    const [from, to] = [await mkdtemp(join(tmpdir(), 'cp-')), await mkdtemp(join(tmpdir(), 'cp-'))];
    try {
      const text = 'line\n'.repeat(20_000);
      await writeFile(join(from, 'a.txt'), text);
      const cp = new Cp(kubeConfig);
      await cp.cpToPod(namespace, 'web', 'app', from, '/tmp');
      await until(
        'copied',
        () => exec(['cat', '/tmp/a.txt']),
        ({ out }) => out === text,
      );
      await cp.cpFromPod(namespace, 'web', 'app', 'a.txt', to, '/tmp');
      const copy = () => readFile(join(to, 'a.txt'), 'utf8').catch(() => '');
      await until('copied back', copy, (copied) => copied === text);
    } finally {
      await Promise.all([from, to].map((path) => rm(path, { recursive: true })));
    }
  });

  test('attaches to the output of the app', async () => {
    const out = sink();
    const socket = await new Attach(kubeConfig).attach(namespace, 'web', 'app', out.stream, null, null, false);
    const ask = () => exec(['wget', '-qO-', 'localhost:8080/seen']).then(() => out.text());
    await until('attached', ask, (text) => text.includes('GET /seen 200'));
    socket.close();
  });

  test('forwards ports by WebSocket', async () => {
    const [out, err, input] = [sink(), sink(), new PassThrough()];
    const socket = await new PortForward(kubeConfig).portForward(
      namespace,
      'web',
      [8080],
      out.stream,
      err.stream,
      input,
    );
    input.write('GET /forwarded HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n');
    await until('answered', out.text, (text) => text.includes('web example/app:v1 GET /forwarded'));
    if (typeof socket !== 'function') socket.close();
  });

  test('forwards several connections at once by SPDY, and tells of refused ports', async () => {
    const client = await SpdyClient.open(kubeConfig, `${podsPath(namespace)}/web/portforward`, 'portforward.k8s.io');
    const ask = async (requestid: string, port: string) => {
      const error = await client.stream({ streamtype: 'error', port, requestid });
      error.send('', true);
      const data = await client.stream({ streamtype: 'data', port, requestid });
      data.send(`GET /${requestid} HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n`, true);
      return { data: await data.text, error: await error.text };
    };
    const [first, second, refused] = await Promise.all([ask('1', '8080'), ask('2', '8080'), ask('3', '81')]);
    expect(first.data).toContain('GET /1\n');
    expect(second.data).toContain('GET /2\n');
    expect(refused.error).toContain('connect: connection refused');
    client.close();
  });

  test('runs a command by SPDY', async () => {
    const query = new URLSearchParams({ container: 'app', stdout: 'true', stdin: 'true' });
    for (const word of ['sh', '-c', 'cat; exit 5']) query.append('command', word);
    const client = await SpdyClient.open(kubeConfig, `${podsPath(namespace)}/web/exec?${query}`, 'v4.channel.k8s.io');
    const error = await client.stream({ streamtype: 'error' });
    const stdin = await client.stream({ streamtype: 'stdin' });
    const stdout = await client.stream({ streamtype: 'stdout' });
    stdin.send('typed', true);
    expect(await stdout.text).toBe('typed');
    expect(JSON.parse(await error.text)).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ message: '5' }] },
    });
    client.close();
  });

  test('ends a command whose client has gone', async () => {
    const query = new URLSearchParams({ container: 'app', stdout: 'true' });
    for (const word of ['sleep', '4711']) query.append('command', word);
    const client = await SpdyClient.open(kubeConfig, `${podsPath(namespace)}/web/exec?${query}`, 'v4.channel.k8s.io');
    await client.stream({ streamtype: 'error' });
    await client.stream({ streamtype: 'stdout' });
    const processes = () => exec(['ps']).then(({ out }) => out);
    await until('running', processes, (text) => text.includes('sleep 4711'));
    client.close();
    await until('ended', processes, (text) => !text.includes('sleep 4711'));
  });

  test('gives a debugger a shell that sees the processes of its target', async () => {
    const debuggers = { name: 'debugger', image: 'busybox', stdin: true, tty: true, targetContainerName: 'app' };
    await on.api.patch(`${podsPath(namespace)}/web/ephemeralcontainers`, {
      spec: { ephemeralContainers: [debuggers] },
    });
    const isRunning = (pod: Awaited<ReturnType<typeof on.pod>>) =>
      pod.status?.ephemeralContainerStatuses?.[0]?.state?.running !== undefined;
    await on.untilPod('debugged', namespace, 'web', isRunning);
    const [out, keys] = [sink(), new PassThrough()];
    const attach = new Attach(kubeConfig);
    const socket = await attach.attach(namespace, 'web', 'debugger', out.stream, null, keys, true);
    keys.write('ps\r');
    await until('listed', out.text, (text) => /\b1 root .* app\r\n.*\b2 root .* sh\r\n/s.test(text));
    socket.close();
  });

  test('refuses unknown containers and requests without an upgrade', async () => {
    const path = `${podsPath(namespace)}/web/exec`;
    const ask = (query: Record<string, string>) => on.api.get(path, query).catch((error: Error) => error.message);
    expect(await ask({ container: 'side', command: 'ls', stdout: 'true' })).toContain(
      'container side is not valid for pod web',
    );
    expect(await ask({ container: 'app', command: 'ls', stdout: 'true' })).toContain('Upgrade request required');
  });
}

function sink() {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
