import type { Kubelet } from '@pitlane/embedded-cluster/kubelet';
import type { Apps } from '@pitlane/embedded-cluster/kubelet/app';
import { type Caller, type CallerOptions, serviceCaller } from '../traffic/call.ts';
import { dockerCoinsApps } from './apps.ts';

/**
 * DockerCoins for a cluster that is not started yet: its kubelet needs the apps, and the apps need the cluster to call
 * each other's Services. Before `connect` they find no endpoint and retry.
 */
export class ConnectedApps {
  #caller: Caller | undefined;

  readonly apps: Apps = dockerCoinsApps({
    call: async (...call) => (this.#caller ? this.#caller.call(...call) : { cause: 'noEndpoint' }),
    stop: () => this.stop(),
  });

  connect(kubeConfig: CallerOptions['kubeConfig'], { endpoint }: Pick<Kubelet, 'endpoint'>): void {
    this.#caller = serviceCaller({ kubeConfig, findServer: endpoint });
  }

  stop(): void {
    this.#caller?.stop();
  }
}
