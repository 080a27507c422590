/** By the beginning of the region, as in the endpoint data of the AWS SDKs. */
const PARTITIONS = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
] as const;

/** The partition of a region, as in its ARNs: accounts and credentials of one are unknown in the others. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

/** "Creating and managing Lambda function URLs" in the Lambda guide, and the CloudFormation resources of each region. */
const WITHOUT_FUNCTION_URLS = new Set([
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'cn-northwest-1',
  'eu-central-2',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'mx-central-1',
  'us-gov-east-1',
  'us-gov-west-1',
]);

/** False: a function there needs API Gateway for requests from the internet. */
export function hasFunctionUrls(region: string): boolean {
  return !WITHOUT_FUNCTION_URLS.has(region);
}
