import { createHash } from 'node:crypto';
import { clientOf, type HttpApp } from '@pitlane/embedded-cluster/kubelet/app';
import { sinatraLine } from './access-log.ts';

const maxBody = 1_000_000;

/** DockerCoins' hasher: answers a POST with the SHA-256 of its body, in hex. */
export const hasher: HttpApp = {
  kind: 'http',
  ports: [80],
  onStart: ({ log }) => log('== Sinatra (v2.0.1) has taken the stage on 80 for production with backup from Thin'),

  async answer(request, response, { log, now, pod }) {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length <= maxBody) hash.update(chunk as Buffer);
    }
    const { method = '', url: path = '' } = request;
    const text = method === 'POST' ? hash.digest('hex') : `HASHER running on ${pod.metadata.name}\n`;
    const status = length > maxBody ? 413 : 200;
    log(sinatraLine({ at: now(), client: clientOf(request), method, path, status }, text.length));
    response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? text : 'too much to hash\n');
  },

  errorLog(request, { now }) {
    const { method = '', url: path = '' } = request;
    const line = sinatraLine({ at: now(), client: clientOf(request), method, path, status: 500 }, 30);
    return `RuntimeError - can't create Thread: Resource temporarily unavailable:\n\thasher.rb:12:in \`block in <main>'\n${line}`;
  },
};
