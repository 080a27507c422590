import type { Api, ApiEvent } from '../api/api.ts';
import { clusterRoleAggregation } from './cluster-role-aggregation.ts';
import { controlLoops, type OnBug } from './common/control-loop.ts';
import type { Environment } from './common/controller.ts';
import { eventRecorder } from './common/event-recorder.ts';
import { Informers, storedResources } from './common/informers.ts';
import { cronJobController } from './cron-job/cron-job.ts';
import { daemonSetController } from './daemon-set/daemon-set.ts';
import { deploymentController } from './deployment/deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceController } from './endpoints/endpoint-slices.ts';
import { endpointsController } from './endpoints/endpoints.ts';
import { endpointMirrorController } from './endpoints/mirror.ts';
import { garbageCollector } from './garbage-collector.ts';
import { jobController } from './job/job.ts';
import { namespaceController } from './namespaces.ts';
import { nodeLifecycleController, podGarbageCollector, taintEvictionController } from './nodes.ts';
import { replicaSetController } from './replica-set.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { scheduler } from './scheduler/scheduler.ts';
import { statefulSetController } from './stateful-set/stateful-set.ts';
import { volumeController } from './volumes.ts';

export type RunningControllers = ReturnType<typeof startControllers>;

const printBug: OnBug = (controller, key, error) => console.error(`controller ${controller} failed at ${key}:`, error);

/** Starts the controllers of kube-controller-manager and kube-scheduler. `onBug` gets their bugs. */
export function startControllers(api: Api, onBug: OnBug = printBug) {
  const informers = new Informers();
  const environment: Environment = { api, informers, events: eventRecorder(api) };
  const loops = controlLoops(
    [
      namespaceController(environment),
      garbageCollector(environment),
      nodeLifecycleController(environment),
      taintEvictionController(environment),
      deploymentController(environment),
      replicaSetController(environment, 'ReplicaSet'),
      replicaSetController(environment, 'ReplicationController'),
      daemonSetController(environment),
      statefulSetController(environment),
      jobController(environment),
      cronJobController(environment),
      volumeController(environment),
      scheduler(environment),
      endpointSliceController(environment),
      endpointsController(environment),
      endpointMirrorController(environment),
      disruptionController(environment),
      resourceQuotaController(environment),
      podGarbageCollector(environment),
      clusterRoleAggregation(environment),
    ],
    () => api.now(),
    onBug,
  );

  const existing = storedResources.flatMap((resource) =>
    api.list(resource).map((object): ApiEvent => ({ type: 'ADDED', resource, object })),
  );
  for (const event of existing) informers.apply(event);
  for (const event of existing) loops.dispatch(event);
  const unsubscribe = api.subscribe((event) => {
    informers.apply(event);
    if (event.type === 'DELETED') environment.events.forget(event.object.metadata.uid);
    loops.dispatch(event);
  });

  function stop(): void {
    unsubscribe();
    loops.stop();
  }

  return { settled: loops.settled, wake: loops.wake, stop };
}
