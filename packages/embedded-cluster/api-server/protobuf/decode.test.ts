import { describe, expect, test } from 'vitest';
import { decode } from '../decode/decode.ts';
import { fromProtobuf, ProtobufError } from './decode.ts';

/** The body of `kubectl create deployment rng --image=rng:1 --port=80 --replicas=0` (kubectl 1.32). */
const deployment =
  'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErYBCh8KA3JuZxIAGgAiACoAMgA4AEIAWgoKA2FwcBIDcm5nEoQBCAASDAoKCgNhcHASA3JuZxpqChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDcm5nEkoSLAoDcm5nEgVybmc6MSoAMgoKABAAGFAiACoAQgBqAHIAgAEAiAEAkAEAogEAGgAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBACICCgAoADgAGgwIABAAGAAgACgAOAAaACIA';

/** The body of `kubectl create quota q --hard=cpu=1500m,pods=3`. */
const quota =
  'azhzAAoTCgJ2MRINUmVzb3VyY2VRdW90YRI0ChEKAXESABoAIgAqADIAOABCABIdCg4KA2NwdRIHCgUxNTAwbQoLCgRwb2RzEgMKATMaABoAIgA=';

/** A SubjectAccessReview with `extra: {scopes: [a, b]}`. */
const review =
  'azhzAAouChdhdXRob3JpemF0aW9uLms4cy5pby92MRITU3ViamVjdEFjY2Vzc1JldmlldxIZEhcaA2FkYSoQCgZzY29wZXMSBgoBYQoBYg==';

const read = (base64: string) => fromProtobuf(Buffer.from(base64, 'base64'));

describe('the protobuf decoder', () => {
  test('reads a Deployment with 0 replicas and without unset fields', () => {
    const object = read(deployment);
    expect([object.apiVersion, object.kind]).toEqual(['apps/v1', 'Deployment']);
    expect(decode('V1Deployment', object)).toEqual({
      unknown: [],
      value: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'rng', labels: { app: 'rng' } },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'rng' } },
          template: {
            metadata: { labels: { app: 'rng' } },
            spec: {
              containers: [{ name: 'rng', image: 'rng:1', ports: [{ containerPort: 80 }], resources: {} }],
            },
          },
          strategy: {},
        },
        status: {},
      },
    });
  });

  test('reads quantities as they are written', () => {
    expect(read(quota).spec).toEqual({ hard: { cpu: '1500m', pods: '3' } });
  });

  test('reads the extra fields of a user as lists', () => {
    expect(read(review).spec).toEqual({ user: 'ada', extra: { scopes: ['a', 'b'] } });
  });

  test('refuses other bodies', () => {
    expect(() => fromProtobuf(Buffer.from('{}'))).toThrow(ProtobufError);
    expect(() => fromProtobuf(Buffer.from(deployment, 'base64').subarray(0, 60))).toThrow('unexpected EOF');
  });
});
