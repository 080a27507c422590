export type AwsEnvironment = Readonly<Record<string, string | undefined>>;

export type AwsService = 'cloudformation' | 'eks' | 'lambda' | 'secretsmanager' | 'ssm' | 'sts';

/** In the names of variables: AWS_ENDPOINT_URL_SECRETS_MANAGER. */
const VARIABLES: Readonly<Record<AwsService, string>> = {
  cloudformation: 'CLOUDFORMATION',
  eks: 'EKS',
  lambda: 'LAMBDA',
  secretsmanager: 'SECRETS_MANAGER',
  ssm: 'SSM',
  sts: 'STS',
};

/** By the beginning of the region, as in the partitions of the AWS SDKs. */
const SUFFIXES = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
] as const;
const COMMERCIAL = 'amazonaws.com';

/** Their normal endpoints in GovCloud are FIPS endpoints. */
const FIPS_IN_GOVCLOUD: ReadonlySet<AwsService> = new Set(['cloudformation', 'eks', 'ssm', 'sts']);

/**
 * The URL of a service in a region, as the AWS SDKs choose it: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, or else the
 * host in the region's partition; AWS_USE_FIPS_ENDPOINT asks for validated cryptography.
 */
export function endpointOf(service: AwsService, region: string, env: AwsEnvironment): URL {
  const configured = env[`AWS_ENDPOINT_URL_${VARIABLES[service]}`] || env.AWS_ENDPOINT_URL;
  if (configured && !isOn(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)) return new URL(configured);
  const suffix = SUFFIXES.find(([prefix]) => region.startsWith(prefix))?.[1] ?? COMMERCIAL;
  const host = isOn(env.AWS_USE_FIPS_ENDPOINT) ? fipsName(service, region, suffix) : service;
  return new URL(`https://${host}.${region}.${suffix}`);
}

function fipsName(service: AwsService, region: string, suffix: string): string {
  if (region.startsWith('us-gov-')) return FIPS_IN_GOVCLOUD.has(service) ? service : `${service}-fips`;
  return service === 'eks' && suffix === COMMERCIAL ? 'fips.eks' : `${service}-fips`;
}

function isOn(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}
