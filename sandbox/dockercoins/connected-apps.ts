import type { Kubelet } from '@pitlane/embedded-cluster/kubelet';
import type { Apps } from '@pitlane/embedded-cluster/kubelet/app';
import { type Caller, type CallerOptions, serviceCaller } from '../traffic/call.ts';
import { dockerCoinsApps } from './apps.ts';

/**
 * DockerCoins for a cluster that is yet to be started: its kubelet needs the apps, and the apps, which call each other
 * through Services, need the cluster. Until `connect` they find no endpoint, and try again.
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
