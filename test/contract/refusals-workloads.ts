import { workload } from './manifests.ts';
import { invalid, patch, post, type Refusals, refusals, undecodable } from './refusals.ts';
import type { Theme } from './suite.ts';

const owner = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: name, controller: true });

const owners: Refusals = {
  'two controllers': [
    patch('pods', 'bare', { metadata: { ownerReferences: [owner('a'), owner('b')] } }),
    invalid(
      'Pod "bare"',
      'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"a","controller":true},{"apiVersion":"v1","kind":"ConfigMap","name":"b","uid":"b","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for ConfigMap/a and ConfigMap/b',
    ),
  ],
  'an owner without uid': [
    patch('pods', 'bare', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x' }] } }),
    invalid('Pod "bare"', 'metadata.ownerReferences.uid: Invalid value: "": must not be empty'),
  ],
};

const template = (added: object) => ({ spec: { template: { metadata: { labels: added } } } });
const created = (change: object) => post('deployments', workload('Deployment', { name: 'new', workload: change }, {}));

const selectors: Refusals = {
  'another selector for a Deployment': [
    patch('deployments', 'web', {
      spec: { selector: { matchLabels: { enabled: 'yes' } }, template: { metadata: { labels: { enabled: 'yes' } } } },
    }),
    invalid(
      'Deployment.apps "web"',
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","enabled":"yes"}}: field is immutable',
    ),
  ],
  'a template that the selector no longer matches': [
    patch('deployments', 'web', template({ app: 'else' })),
    invalid(
      'Deployment.apps "web"',
      'spec.template.metadata.labels: Invalid value: {"app":"else"}: `selector` does not match template `labels`',
    ),
  ],
  'a new template that the selector does not match': [
    created({ selector: { matchLabels: { app: 'else' } } }),
    invalid(
      'Deployment.apps "new"',
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ),
  ],
  'an empty selector': [
    created({ selector: {} }),
    invalid('Deployment.apps "new"', 'spec.selector: Invalid value: {}: empty selector is invalid for deployment'),
  ],
  'no selector': [
    created({ selector: null }),
    invalid(
      'Deployment.apps "new"',
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ),
  ],
  'a negative number of replicas': [
    created({ replicas: -1 }),
    invalid('Deployment.apps "new"', 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'),
  ],
  'a rolling update that cannot move': [
    created({ strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } }),
    invalid(
      'Deployment.apps "new"',
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ),
  ],
  'a deadline that comes before the pods are available': [
    created({ progressDeadlineSeconds: 10, minReadySeconds: 10 }),
    invalid(
      'Deployment.apps "new"',
      'spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds',
    ),
  ],
  'a DaemonSet whose update cannot move': [
    post(
      'daemonsets',
      workload(
        'DaemonSet',
        { name: 'new', workload: { updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } } },
        {},
      ),
    ),
    invalid(
      'DaemonSet.apps "new"',
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ),
  ],
  'replicas as text': [
    created({ replicas: '2' }),
    undecodable(
      'Deployment',
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ),
  ],
};

const newJob = (spec: object, podSpec: object = { restartPolicy: 'Never' }) =>
  post('jobs', {
    metadata: { name: 'new' },
    spec: { template: { spec: { containers: [{ name: 'app', image: 'a' }], ...podSpec } }, ...spec },
  });

const jobs: Refusals = {
  'no number of completions by index': [
    newJob({ completionMode: 'Indexed', parallelism: 1 }),
    invalid('Job.batch "new"', 'spec.completions: Required value: when completion mode is Indexed'),
  ],
  'limits by index without indexes': [
    newJob({ backoffLimitPerIndex: 1 }),
    invalid('Job.batch "new"', 'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'),
  ],
  'a policy for failures while pods restart': [
    newJob(
      { podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [0] } }] } },
      { restartPolicy: 'OnFailure' },
    ),
    invalid(
      'Job.batch "new"',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
      'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ),
  ],
  'a policy for success without rules': [
    newJob({ completionMode: 'Indexed', completions: 1, successPolicy: { rules: [] } }),
    invalid(
      'Job.batch "new"',
      'spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified',
    ),
  ],
};

/** How the server refuses owners, selectors, templates and Jobs. */
export const refusalsOfWorkloads: Theme = (rule) => {
  refusals(rule, 'owner references are refused if two are controllers or one has no uid', owners);
  refusals(rule, 'a workload is refused if its selector changes or does not match its template', selectors);
  refusals(rule, 'a Job is refused if its completions, limits and policies do not fit together', jobs);
};
