import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasFunctionUrls } from '../../pitlane/config/partition.ts';
import { ensureMoto } from '../aws/moto.ts';
import { pack, TEMPLATE } from './packaged.ts';
import { checkersPython, installed } from './programs.ts';

const ROOT = join(import.meta.dirname, '../..');
const CONFIGS = [
  ['the example', join(ROOT, 'pitlane.example.yaml')],
  ['every field of the section deploy', join(import.meta.dirname, 'full.pitlane.yaml')],
] as const;

/** What a checker objects to, and in which resource, by its logical ID. */
interface Finding {
  readonly id: string;
  readonly resource: string;
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Properties: object }>>;
}

/** The output of a checker, whose exit code only says whether there are findings. */
async function output(python: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(python, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (stdout.trim() === '') reject(error ?? new Error(stderr));
      else resolve(stdout);
    });
  });
}

/** Errors and warnings. */
async function cfnLint(python: string): Promise<readonly (Finding & { readonly message: string })[]> {
  const lint = ['-c', 'from cfnlint.runner import main; main()', '--format', 'json', '--regions', 'ALL_REGIONS'];
  const matches: readonly CfnLintMatch[] = JSON.parse(await output(python, [...lint, '--template', TEMPLATE]));
  return matches.map(({ Rule, Location, Message }) => ({
    id: Rule.Id,
    resource: String(Location.Path[1]),
    message: Message,
  }));
}

interface CfnLintMatch {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

async function checkov(python: string): Promise<{ readonly checks: number; readonly findings: readonly Finding[] }> {
  const flags = ['--framework', 'cloudformation', '--output', 'json', '--skip-download'];
  const report: CheckovReport = JSON.parse(await output(python, ['-m', 'checkov.main', '--file', TEMPLATE, ...flags]));
  const findings = report.results.failed_checks.map(({ check_id, resource }) => ({
    id: check_id,
    resource: resource.replace(/^.*\./, ''),
  }));
  return { checks: report.summary.passed, findings };
}

interface CheckovReport {
  readonly summary: { readonly passed: number };
  readonly results: { readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[] };
}

/** The table of docs/security.md: the ID of a finding and a pattern of the logical IDs of its resources. */
const ANSWERED = [
  ...readFileSync(join(ROOT, 'docs/security.md'), 'utf8').matchAll(
    /^\| `((?:CKV|[EW]\d)\w*)` \| `([\w{},*]+)` \| \S/gm,
  ),
].map(([, id = '', resources = '']) => ({ id, resources }));

const isAnswered = ({ id, resource }: Finding) =>
  ANSWERED.some((answer) => answer.id === id && matchesGlob(resource, answer.resources));

const unanswered = (findings: readonly Finding[]) => findings.filter((finding) => !isAnswered(finding));

/** Pitlane refuses `door: url` in such a region. */
function isMissingUrl(message: string): boolean {
  const [, region] = /^Resource type 'AWS::Lambda::Url' does not exist in '(.+)'$/.exec(message) ?? [];
  return region !== undefined && !hasFunctionUrls(region);
}

const seen: Finding[] = [];

const withLint = await installed('cfn-lint', ensureMoto);
const withCheckov = await checkersPython('checkov');

describe.each(CONFIGS)('the template for %s', (_, config) => {
  beforeAll(() => {
    pack(config);
  });

  test.skipIf(withLint === undefined)('has no finding of cfn-lint in any region that is not answered', async () => {
    const findings = (await cfnLint(withLint ?? '')).filter(({ message }) => !isMissingUrl(message));
    seen.push(...findings);
    expect(unanswered(findings)).toEqual([]);
  });

  test.skipIf(withCheckov === undefined)('has no finding of checkov that is not answered', async () => {
    const { checks, findings } = await checkov(withCheckov ?? '');
    seen.push(...findings);
    expect(unanswered(findings)).toEqual([]);
    expect(checks).toBeGreaterThan(50);
  });
});

test.skipIf(withLint === undefined || withCheckov === undefined)('every answer belongs to a finding', () => {
  const isSeen = ({ id, resources }: (typeof ANSWERED)[number]) =>
    seen.some((finding) => finding.id === id && matchesGlob(finding.resource, resources));
  expect(ANSWERED.filter((answer) => !isSeen(answer))).toEqual([]);
});

test.skipIf(withLint === undefined)('cfn-lint objects to a property that does not exist', async () => {
  const template = JSON.parse(readFileSync(TEMPLATE, 'utf8')) as Template;
  Object.assign(template.Resources.TickLambdaFunction?.Properties ?? {}, { MemorySizes: 512 });
  writeFileSync(TEMPLATE, JSON.stringify(template));
  expect(await cfnLint(withLint ?? '')).toContainEqual(
    expect.objectContaining({ id: 'E3002', resource: 'TickLambdaFunction' }),
  );
});
