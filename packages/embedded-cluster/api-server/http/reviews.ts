import { invalid } from '../../api/api-error.ts';
import { groupVersionOf } from '../../api/kinds.ts';
import { timestamp } from '../../api/time.ts';
import { invalidValue } from '../validation/field-error.ts';
import type { Exchange } from './exchange.ts';
import type { Target } from './target.ts';

const exactlyOne = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';

/** `kubectl auth whoami` and `kubectl auth can-i`: answered, never stored. */
export async function answerReview(exchange: Exchange, { kind }: Target): Promise<void> {
  const { user, authorize, cluster } = exchange;
  const body = (await exchange.body()) ?? {};
  const head = { kind: kind.kind, apiVersion: groupVersionOf(kind), metadata: {} };
  switch (kind.resource) {
    case 'selfsubjectreviews': {
      const { name: username, groups, extra } = user;
      const userInfo = { username, groups, ...(Object.keys(extra).length > 0 && { extra }) };
      const metadata = { creationTimestamp: timestamp(cluster.now()) };
      exchange.sendJson(201, { ...head, metadata, status: { userInfo } });
      return;
    }
    case 'selfsubjectaccessreviews': {
      const { resourceAttributes: of, nonResourceAttributes: path } = body.spec ?? {};
      if (!of === !path) {
        const cause = invalidValue('spec.resourceAttributes', of ?? null, exactlyOne);
        throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', [cause]);
      }
      const { verb, group = '', resource = '', subresource, namespace, name } = of ?? { verb: path.verb };
      const access = { verb, group, resource, subresource, namespace, name, path: path?.path };
      const allowed = authorize?.(user, access) ?? true;
      exchange.sendJson(201, { ...head, spec: body.spec, status: { allowed } });
      return;
    }
    default: {
      // An authorize function has no rules to list; without one everything is allowed.
      const rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
      const path = { verbs: ['*'], nonResourceURLs: ['*'] };
      const rules = authorize
        ? { resourceRules: [], nonResourceRules: [] }
        : { resourceRules: [rule], nonResourceRules: [path] };
      const status = { ...rules, incomplete: authorize !== undefined };
      exchange.sendJson(201, { ...head, spec: body.spec ?? {}, status });
      return;
    }
  }
}
