import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { house } from '../../../functions/house.ts';
import { CONFINING_RESOURCES, confinePolicy } from '../../../infra/confine-policy.ts';
import { type RbacObject, rbacObjects } from '../../../infra/rbac-objects.ts';
import { connect } from '../../../pitlane/cluster/connect.ts';
import type { Connection } from '../../../pitlane/cluster/connection.ts';
import { beat } from '../../../pitlane/cluster/heartbeat.ts';
import { identityOf } from '../../../pitlane/cluster/identity.ts';
import { PODS } from '../../../pitlane/cluster/resource.ts';
import type { ChangeRequest, Request } from '../../../pitlane/command/request.ts';
import { parseConfig } from '../../../pitlane/config/file.ts';
import type { Reporter } from '../../../pitlane/operate/asker.ts';
import type { Outcome } from '../../../pitlane/operate/outcome.ts';
import type { Courier } from '../../../pitlane/operate/tick/courier.ts';
import type { TickReport } from '../../../pitlane/operate/use-case.ts';
import { carryOut } from '../../builders/carry-out.ts';
import { type ClusterSource, TestCluster } from '../../contract/cluster.ts';
import { nameOf } from '../../contract/objects.ts';
import type { Space } from '../../contract/space.ts';
import { until } from '../../contract/until.ts';
import type { Caller } from './caller.ts';
import { Recorder } from './recorder.ts';
import type { Scene } from './scenes.ts';

/** The name of the person, with a letter outside ASCII. */
export const PERSON = 'Zoë';

/** Much longer than any change takes. */
const CHANGE_MS = 90_000;

const TICK_MS = 5_000;

const reporter: Reporter = { keep: async () => {} };
const SILENT_COURIER: Courier = {
  reporterOf: () => reporter,
  reporterBeside: () => reporter,
  remind: async () => undefined,
  answered: async () => {},
  warn: async () => {},
  close: async () => {},
  scheduleFailed: async () => {},
  tellOfOutage: async () => {},
};

/** A scene in its namespace. */
interface Stage {
  readonly scene: Scene;
  readonly on: Space;
  readonly pods: readonly string[];
}

/** Pitlane as on Lambda, with only the rights that infra/ grants. */
export interface World {
  readonly cluster: TestCluster;
  readonly stages: readonly Stage[];
  readonly rbac: readonly RbacObject[];
  readonly recorder: Recorder;
  /** With the credentials of Pitlane, without impersonation. */
  readonly connection: Connection;
  /** Carries out a request and confirms it. */
  readonly ask: (request: Request, by: string, withinMs?: number) => Promise<Outcome>;
  /** Runs one tick. */
  readonly tick: () => Promise<TickReport>;
  /** Replaces an RBAC object in the cluster. */
  readonly replace: (object: RbacObject) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openWorld(
  source: ClusterSource,
  scenes: readonly Scene[],
  callerOf: (home: Space, folder: string) => Promise<Caller>,
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'pitlane-access-'));
  const cluster = await TestCluster.open(source);
  const home = await cluster.space();
  const caller = await callerOf(home, folder);
  const stages = await Promise.all(
    scenes.map(async (scene) => {
      const on = await cluster.space();
      return { scene, on, pods: (await scene.build(on)).map(nameOf) };
    }),
  );
  const path = join(folder, 'pitlane.yaml');
  const text = configOf(caller, stages);
  await writeFile(path, text);
  const parsed = parseConfig(text, path);
  if (parsed.kind !== 'config') throw new Error(JSON.stringify(parsed));
  const rbac = rbacObjects(parsed.config);
  const write = async (method: 'POST' | 'PUT', object: RbacObject) => {
    const body = caller.adapt(object) as RbacObject;
    const place = placeOf(body);
    await cluster.http.granted(method, method === 'PUT' ? `${place}/${body.metadata.name}` : place, { body });
  };
  for (const object of rbac) await write('POST', object);
  if (!source.isShared) await confine(cluster);

  const recorder = new Recorder();
  const [only] = Object.values(parsed.config.clusters);
  if (only === undefined) throw new Error('the configuration has no cluster');
  const connection = await connect(only, { env: {}, now: Date.now });
  // The authorizer learns of new bindings by a watch.
  await until(
    'pitlane may act',
    () => {
      const place = { resource: PODS, namespace: stages.at(-1)?.on.name ?? '' };
      return connection.as(identityOf({ by: PERSON, role: 'viewer' })).send({ verb: 'list', place });
    },
    () => true,
  );
  const { pitlane } = house({ PITLANE_CONFIG: path }, async (...how) => recorder.through(await connect(...how)));

  return {
    cluster,
    stages,
    rbac,
    recorder,
    connection,
    replace: (object) => write('PUT', object),
    async ask(request, by, withinMs = CHANGE_MS) {
      // Pitlane uses only the least role that the request needs.
      const asker = { by, role: 'admin', requestId: randomUUID() } as const;
      if (!isChange(request)) return pitlane.propose(request, asker);
      const options = { deadline: Date.now() + withinMs, reporter } as const;
      return (await carryOut(pitlane, request, asker, options)).outcome;
    },
    async tick() {
      // Otherwise it beats only in each tenth minute.
      const own = recorder.through(connection).as(identityOf(undefined));
      for (const { on } of stages) await beat(own, on.name, ['web'], Date.now());
      return pitlane.tick({ deadline: Date.now() + TICK_MS, courier: SILENT_COURIER });
    },
    async close() {
      const shared = source.isShared ? rbac.filter(({ metadata }) => metadata.namespace === undefined) : [];
      for (const object of shared) {
        const { metadata } = caller.adapt(object) as RbacObject;
        await cluster.http.exchange('DELETE', `${placeOf(object)}/${metadata.name}`);
      }
      for (const { scene, on, pods } of stages) await scene.leave?.(on, pods);
      for (const space of [home, ...stages.map(({ on }) => on)]) await cluster.remove(space);
      await cluster.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** On a cluster of its own: a policy is for the whole cluster. */
async function confine({ http }: TestCluster): Promise<void> {
  for (const object of await confinePolicy())
    await http.granted('POST', `/apis/admissionregistration.k8s.io/v1/${CONFINING_RESOURCES[object.kind]}`, {
      body: object,
    });
}

/** A configuration with the service of each scene. */
function configOf({ kubeconfig, context }: Caller, stages: readonly Stage[]): string {
  return JSON.stringify({
    clusters: { tested: { kubeconfig: { path: kubeconfig, ...(context !== undefined && { context }) } } },
    services: Object.fromEntries(
      stages.map(({ scene, on }) => [scene.name, { cluster: 'tested', namespace: on.name, service: 'web' }]),
    ),
  });
}

function placeOf({ apiVersion, kind, metadata: { namespace } }: RbacObject): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${base}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s`;
}

/** Only changes have `dryRun`. */
function isChange(request: Request): request is ChangeRequest {
  return 'dryRun' in request;
}
