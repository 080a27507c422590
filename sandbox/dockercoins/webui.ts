import { clientOf, type HttpApp } from '@pitlane/embedded-cluster/kubelet/app';
import type { Wallet } from './wallet.ts';

/** Fetches the figures each second and sets them as text, not as markup. */
const page = `<!doctype html>
<title>DockerCoins</title>
<h1>DockerCoins Miner WebUI</h1>
<p>Current mining speed: <b id="speed">?</b> hashes/second, coins so far: <b id="coins">?</b></p>
<script>
setInterval(async () => {
  const figures = await (await fetch('json')).json();
  document.getElementById('speed').textContent = figures.hashesPerSecond.toFixed(1);
  document.getElementById('coins').textContent = figures.coins;
}, 1000);
</script>
`;

/** DockerCoins' page with the mining speed. */
export function webui(wallet: Wallet): HttpApp {
  return {
    kind: 'http',
    ports: [80],
    onStart: ({ log }) => log('WEBUI running on port 80'),
    answer(request, response, { log, now }) {
      const isFigures = request.url === '/json';
      const isPage = request.url === '/' || request.url === '/index.html';
      const status = isFigures || isPage ? 200 : 404;
      log(`${clientOf(request)} ${request.method} ${request.url} ${status}`);
      const { coins, hashes } = wallet;
      const figures = { coins, hashes, hashesPerSecond: wallet.hashesPerSecond(now()), now: now() / 1000 };
      response.writeHead(status, { 'content-type': isFigures ? 'application/json' : 'text/html; charset=utf-8' });
      if (isFigures) response.end(JSON.stringify(figures));
      else response.end(isPage ? page : 'Not Found\n');
    },
    errorLog: (request) =>
      `Redis error: connect ECONNREFUSED redis:6379\n${clientOf(request)} ${request.method} ${request.url} 500`,
  };
}
