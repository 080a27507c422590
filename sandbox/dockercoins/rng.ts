import type { IncomingMessage } from 'node:http';
import { type AppContext, clientOf, type HttpApp } from '@pitlane/embedded-cluster/kubelet/app';
import { pause } from '@pitlane/embedded-cluster/pause';
import { flaskLine, pythonTime } from './access-log.ts';

const maxBytes = 1_000_000;

/**
 * DockerCoins' rng: GET /32 answers with 32 random bytes. The original takes 100 ms, this one 5 to 10 ms.
 */
export const rng: HttpApp = {
  kind: 'http',
  ports: [80],
  onStart: ({ log }) => log(' * Running on http://0.0.0.0:80/ (Press CTRL+C to quit)'),

  async answer(request, response, context) {
    const count = /^\/(\d+)$/.exec(request.url ?? '')?.[1];
    const isHome = request.url === '/';
    const status = isHome || (count !== undefined && Number(count) <= maxBytes) ? 200 : 404;
    context.log(accessLine(request, context, status));
    if (status === 404) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>\n');
    } else if (count === undefined) {
      response.end(`RNG running on ${context.pod.metadata.name}\n`);
    } else {
      if (!(await pause(5 + 5 * context.random(), context.signal))) return;
      const bytes = Buffer.from(Array.from({ length: Number(count) }, () => Math.floor(context.random() * 256)));
      response.setHeader('content-type', 'application/octet-stream');
      response.end(bytes);
    }
  },

  errorLog(request, context) {
    return [
      `[${pythonTime(context.now())}] ERROR in app: Exception on ${request.url} [${request.method}]`,
      'Traceback (most recent call last):',
      '  File "rng.py", line 18, in rng',
      '    return Response(os.read(urandom, how_many_bytes), content_type="application/octet-stream")',
      "OSError: [Errno 24] Too many open files: '/dev/urandom'",
      accessLine(request, context, 500),
    ].join('\n');
  },

  crashLog: () =>
    [
      'Traceback (most recent call last):',
      '  File "rng.py", line 32, in <module>',
      '    app.run(host="0.0.0.0", port=80)',
      "OSError: [Errno 24] Too many open files: '/dev/urandom'",
    ].join('\n'),
};

function accessLine(request: IncomingMessage, { now }: AppContext, status: number): string {
  const { method = '', url: path = '' } = request;
  return flaskLine({ at: now(), client: clientOf(request), method, path, status });
}
