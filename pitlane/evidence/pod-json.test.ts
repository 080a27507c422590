import { describe, expect, test } from 'vitest';
import { podJson } from './pod-json.ts';

const shown = (pod: object) => JSON.parse(podJson(pod));

describe('pod.json', () => {
  test('hides the values of the environment and of headers, and keeps references to Secrets', () => {
    const env = [
      { name: 'A', value: 'hunter2' },
      { name: 'B', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
    ];
    expect(shown({ env, httpHeaders: [{ name: 'X', value: 'hunter2' }], secret: { secretName: 'db' } })).toEqual({
      env: [{ name: 'A', value: '<redacted>' }, env[1]],
      httpHeaders: [{ name: 'X', value: '<redacted>' }],
      secret: { secretName: 'db' },
    });
  });

  test.each([
    [
      ['--password', 'hunter2', '--port', '80'],
      ['--password', '<redacted>', '--port', '80'],
    ],
    [['--password=hunter2'], ['--password=<redacted>']],
    [
      ['curl', '-u', 'ada:hunter2', 'http://rng'],
      ['curl', '-u', 'ada:<redacted>', 'http://rng'],
    ],
    [
      ['mysql', '-uroot', '-phunter2', 'shop'],
      ['mysql', '-uroot', '-p<redacted>', 'shop'],
    ],
    [
      ['sh', '-c', 'exec mysql -phunter2'],
      ['sh', '-c', 'exec mysql -p<redacted>'],
    ],
    [
      ['-u', '1000:1000', '-p', '80:80'],
      ['-u', '1000:1000', '-p', '80:80'],
    ],
  ])('hides secrets in the command %j', (command, want) => {
    expect(shown({ command })).toEqual({ command: want });
    const [program = '', ...args] = command;
    expect(shown({ args, command: [program] })).toEqual({ args: want.slice(1), command: want.slice(0, 1) });
  });

  test('hides secrets in JSON in an annotation', () => {
    const pod = { spec: { containers: [{ env: [{ name: 'A', value: 'hunter2' }], args: ['--token', 'hunter2'] }] } };
    const secret = { kind: 'Secret', data: { user: 'hunter2' } };
    const annotations = {
      pod: JSON.stringify(pod),
      list: JSON.stringify([{ text: JSON.stringify(secret) }]),
      note: '{no JSON',
    };
    const { metadata } = shown({ metadata: { annotations } });
    expect(JSON.stringify(metadata)).not.toContain('hunter2');
    expect(metadata.annotations.note).toBe('{no JSON');
    expect(JSON.parse(metadata.annotations.pod).spec.containers[0].args).toEqual(['--token', '<redacted>']);
  });

  test('hides named values of any list, and leaves out copies of the pod', () => {
    const parameters = [
      { name: 'db-password', value: 'hunter2' },
      { name: 'level', value: 'debug' },
    ];
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2', token: 'hunter2' };
    expect(shown({ parameters, annotations, managedFields: [] })).toEqual({
      parameters: [
        { name: 'db-password', value: '<redacted>' },
        { name: 'level', value: 'debug' },
      ],
      annotations: { token: '<redacted>' },
    });
  });

  test('keeps what identifies the pod', () => {
    const pod = {
      metadata: {
        name: 'rng-5f69c6b7d8-b85tm',
        uid: '0d9c7a52-2f44-4d0a-9b5e-3f6b1c1a7a11',
        resourceVersion: '12345678',
      },
      spec: {
        serviceAccountName: 'rng',
        automountServiceAccountToken: false,
        volumes: [{ secret: { secretName: 'rng-tls' } }],
      },
      status: {
        containerStatuses: [
          { imageID: `rng@sha256:${'9f86d081'.repeat(8)}`, containerID: `containerd://${'0a'.repeat(32)}` },
        ],
      },
    };
    expect(shown(pod)).toEqual(pod);
  });
});
