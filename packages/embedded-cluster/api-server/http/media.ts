import { ApiError } from '../../api/api-error.ts';

/** The representation that the client asks for. */
export interface Wanted {
  /** kubectl prints Tables; PartialObjectMetadata is for clients that need only metadata. */
  as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  isYaml: boolean;
}

const accepted = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
].join(', ');

/** The first supported clause of the Accept header; throws 406 when there is none. */
export function wantedOf(accept: string | undefined): Wanted {
  if (accept === undefined || accept === '') return { as: 'object', isYaml: false };
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    if (!['application/json', 'application/yaml', '*/*', 'application/*'].includes(type)) continue;
    const isYaml = type === 'application/yaml';
    const given = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
    const as = given.get('as');
    if (as === undefined) return { as: 'object', isYaml };
    if (given.get('g') !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(given.get('v') ?? '')) continue;
    if (as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { as, isYaml };
  }
  throw new ApiError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${accepted}`, {});
}

export function unsupportedMediaType(types: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`;
  return new ApiError(415, 'UnsupportedMediaType', message);
}
