import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../control-plane/start.ts';
import { normalise } from './answers/normalise.ts';
import { budgetsAndLeases, eventsOfBothApis, mapsAndDeletion, servicesAndSlices } from './answers/other-requests.ts';
import { changingPods, creatingPods, readingPods } from './answers/pod-requests.ts';
import { core, namespace, type Request } from './answers/request.ts';
import { workloads } from './answers/workload-requests.ts';

let real: ControlPlane;
let embedded: EmbeddedCluster;
let clusters: KubeConfig[];
let subjects = 0;

beforeAll(async () => {
  real = await startControlPlane();
  embedded = await startEmbeddedCluster({ kubelet: false, controllers: false });
  const config = new KubeConfig();
  config.loadFromFile(real.kubeconfig);
  clusters = [config, embedded.kubeConfig];
});

afterAll(async () => {
  await embedded?.stop();
  await real?.stop();
});

interface Answer {
  request: string;
  code: number | undefined;
  warning: string | undefined;
  body: unknown;
}

function send(config: KubeConfig, [method, path, body, headers]: Request): Promise<Answer> {
  const url = new URL(path, config.getCurrentCluster()?.server);
  const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const isPlain = url.protocol === 'http:';
    const call = (isPlain ? httpRequest : httpsRequest)(url, {
      method,
      headers: {
        'content-type': 'application/json',
        // Node does not set it for the body of a DELETE.
        'content-length': Buffer.byteLength(text),
        authorization: `Bearer ${config.getCurrentUser()?.token}`,
        ...headers,
      },
      // The real server has a self-signed certificate.
      ...(!isPlain && { agent: new Agent({ rejectUnauthorized: false }) }),
    });
    call.on('error', reject);
    call.on('response', async (response) => {
      let answer = '';
      for await (const chunk of response) answer += chunk;
      resolve({
        request: `${method} ${path} ${JSON.stringify(body ?? '')}`,
        code: response.statusCode,
        warning: response.headers.warning,
        body: normalise(parsed(answer)),
      });
    });
    call.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Sends the requests in the namespace `own`, and answers as if it were `namespace`, which is the same on both clusters. */
async function conversation(config: KubeConfig, requests: readonly Request[], own: string): Promise<Answer[]> {
  const moved = <T>(value: T, from: string, to: string): T =>
    value === undefined ? value : JSON.parse(JSON.stringify(value).replaceAll(from, to));
  const opening: readonly Request[] = [
    ['POST', '/api/v1/namespaces', { metadata: { name: namespace } }],
    ['POST', `${core}/serviceaccounts`, { metadata: { name: 'default' } }],
  ];
  const answers: Answer[] = [];
  for (const request of [...opening, ...requests]) {
    answers.push(moved(await send(config, moved(request, namespace, own)), own, namespace));
  }
  return answers.slice(opening.length);
}

test.each([
  ['creating pods', creatingPods],
  ['patching, replacing and deleting pods', changingPods],
  ['lists, selectors, media types and users', readingPods],
  ['workloads', workloads],
  ['Services and EndpointSlices', servicesAndSlices],
  ['budgets and leases', budgetsAndLeases],
  ['events of both APIs', eventsOfBothApis],
  ['ConfigMaps, finalizers and deletion', mapsAndDeletion],
])('the embedded cluster answers requests like the real one: %s', async (_subject, requests) => {
  const [atReal, atEmbedded] = clusters as [KubeConfig, KubeConfig];
  const own = `${namespace}-${subjects++}`;
  const expected = await conversation(atReal, requests, own);
  expect(await conversation(atEmbedded, requests, own)).toEqual(expected);
});
