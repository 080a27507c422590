import { expect } from 'vitest';
import { configMap } from './manifests.ts';
import { isTerminating } from './objects.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/**
 * What a namespace has, and how it ends. A real controller needs seconds for each namespace and takes one after the other,
 * so on a real control plane these cases do not run beside hundreds of others that leave theirs.
 */
export const namespaces: Theme = (rule) => {
  rule('a deleted namespace keeps its other objects until its pods are gone, and says what holds it', async (on) => {
    const pod = await on.idlePod();
    await on.addFinalizer(pod);
    await on.create('configmaps', configMap({ metadata: { finalizers: ['example.com/keep'] } }));
    const path = `/api/v1/namespaces/${on.name}`;
    await on.cluster.http.granted('DELETE', path);
    const told = (what: string, isTold: (text: string) => boolean) =>
      until(
        what,
        async () => conditionsOf(await on.cluster.http.granted<Told>('GET', path)),
        (conditions) => isTold(conditions.join('\n')),
      );
    expect(await told('conditions', (text) => text !== '')).toEqual([
      'NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered',
      'NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed',
      'NamespaceDeletionContentFailure False ContentDeleted: All content successfully deleted, may be waiting on finalization',
      'NamespaceContentRemaining False ContentRemoved: All content successfully removed',
      'NamespaceFinalizersRemaining False ContentHasNoFinalizers: All content-preserving finalizers finished',
    ]);
    expect(isTerminating(await on.get('configmaps', 'settings'))).toBe(false);
    await on.removeFinalizers(pod);
    const held = await told('a remaining ConfigMap', (text) => text.includes('configmaps'));
    expect(held.slice(3)).toEqual([
      'NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances',
      'NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances',
    ]);
    await on.patch('configmaps', 'settings', { metadata: { finalizers: null } });
    await until(
      'gone',
      () => on.cluster.http.exchange('GET', path),
      ({ status }) => status === 404,
    );
  });

  rule('the root certificates of a namespace are put back', async (on) => {
    const before = await until(
      'root certificates',
      () => on.ask<Certificates>('GET', 'configmaps', 'kube-root-ca.crt'),
      ({ status }) => status === 200,
    );
    const { annotations } = before.body.metadata;
    expect(Object.keys(annotations)).toEqual(['kubernetes.io/description']);
    await on.patch('configmaps', 'kube-root-ca.crt', { metadata: { annotations: null }, data: { 'ca.crt': 'mine' } });
    const after = await until(
      'put back',
      () => on.get<Certificates>('configmaps', 'kube-root-ca.crt'),
      ({ data }) => data['ca.crt'] === before.body.data['ca.crt'],
    );
    expect(after.metadata.annotations).toEqual(annotations);
  });
};

interface Certificates {
  metadata: { annotations: Record<string, string> };
  data: Record<string, string>;
}

interface Told {
  status: { conditions?: { type: string; status: string; reason: string; message: string }[] };
}

function conditionsOf({ status: { conditions = [] } }: Told): string[] {
  return conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);
}
