import * as z from 'zod';
import type { DeployConfig } from './config.ts';
import { hasFunctionUrls } from './partition.ts';
import { flag, oneOf, scalar, text } from './scalar.ts';

export const awsRegion = text(
  'expected an AWS region, such as eu-west-1',
  /^[a-z]{2,4}(-[a-z]+)+-\d$/,
  'The AWS region.',
);

/** With Slack's secrets, or with a kubeconfig. It has no "*" or "?", as it becomes a resource in an IAM policy. */
export const secretName = text(
  'expected the name of a secret, such as pitlane/slack, or of an SSM parameter, such as ssm:/pitlane/slack, or its whole ARN',
  /^(arn:aws[-a-z]*:secretsmanager:[-a-z\d]+:\d{12}:secret:[-\w/+=.@]{1,512}-[a-zA-Z\d]{6}|arn:aws[-a-z]*:ssm:[-a-z\d]+:\d{12}:parameter\/[-\w./]{1,1011}|ssm:[-\w./]{1,1011}|[-\w/+=.@]{1,512})$/,
  'A secret in AWS Secrets Manager (pitlane/slack), an SSM parameter (ssm:/pitlane/slack), or its whole ARN.',
);

export const roleArn = text(
  'expected the ARN of a role, such as arn:aws:iam::123456789012:role/pitlane',
  /^arn:aws[-a-z]*:iam::\d{12}:role\/[-\w+=,.@/]{1,512}$/,
  'A role that Pitlane assumes, for a cluster in another account.',
);

const RESERVED_BY_DEFAULT = 20;

/** Undefined: nothing is reserved. */
const concurrency = scalar(
  'expected a whole number from 1 to 1000, or none',
  {
    type: ['integer', 'string'],
    pattern: '^none$',
    minimum: 1,
    maximum: 1000,
    description: `How many instances the function slack, and the function worker, may have at most; as many are reserved. Default: ${RESERVED_BY_DEFAULT}.`,
  },
  (value): { readonly reserved?: number } | undefined => {
    if (value === 'none') return {};
    const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
    return number >= 1 && number <= 1000 ? { reserved: number } : undefined;
  },
);

const list = (expected: string, pattern: RegExp, description: string, most: number) =>
  z
    .array(text(expected, pattern, description))
    .min(1, { error: expected })
    .max(most, { error: `expected at most ${most}` });

const vpcSchema = z.strictObject({
  subnets: list('expected subnets, such as subnet-0a1b2c3d', /^subnet-[0-9a-f]{8,17}$/, 'The ID of a subnet.', 16),
  securityGroups: list(
    'expected security groups, such as sg-0a1b2c3d',
    /^sg-[0-9a-f]{8,17}$/,
    'The ID of a security group.',
    5,
  ),
});

const alarmsSchema = z.strictObject({
  email: text('expected an email address', /^[^\s@]+@[^\s@]+$/, 'AWS asks this address to confirm.').optional(),
  topic: text(
    'expected the ARN of an SNS topic',
    /^arn:aws[-a-z]*:sns:[-a-z\d]+:\d{12}:[-\w]{1,256}$/,
    'The ARN of an SNS topic.',
  ).optional(),
});

/** rules.ts checks what involves several fields. */
export const deploySchema = z.strictObject({
  region: awsRegion,
  stage: text(
    'expected up to 16 lower-case letters, digits and "-"',
    /^[a-z][-a-z0-9]{0,15}$/,
    'Part of the names of the functions, so that several Pitlanes fit into an account. Default: prod.',
  ).optional(),
  account: text(
    'expected an AWS account ID of 12 digits',
    /^\d{12}$/,
    'The AWS account: npm run deploy refuses every other.',
  ).optional(),
  secrets: secretName,
  kmsKey: text(
    'expected the ARN of a KMS key',
    /^arn:aws[-a-z]*:kms:[-a-z\d]+:\d{12}:key\/[-\w]+$/,
    'The ARN of the KMS key that encrypts the secrets. Default: the key of AWS.',
  ).optional(),
  door: oneOf(
    ['url', 'api'],
    "How Slack reaches Pitlane: the function's own URL, or API Gateway. Default: url, and api in regions without function URLs.",
  ).optional(),
  vpc: vpcSchema
    .meta({
      description: 'The network of the functions that call clusters. They need a way to Slack and AWS from there.',
    })
    .optional(),
  alarms: alarmsSchema.meta({ description: 'Who hears of alarms.' }).optional(),
  concurrency: concurrency.optional(),
  fips: flag('The functions call the FIPS endpoints of AWS.').optional(),
});

export function deployOf(file: z.output<typeof deploySchema>): DeployConfig {
  const { concurrency = { reserved: RESERVED_BY_DEFAULT }, ...rest } = file;
  return {
    ...rest,
    stage: file.stage ?? 'prod',
    door: file.door ?? (hasFunctionUrls(file.region) ? 'url' : 'api'),
    fips: file.fips ?? false,
    concurrency: concurrency.reserved,
  };
}
