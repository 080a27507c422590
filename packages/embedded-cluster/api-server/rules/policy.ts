import { asGo } from '../validation/field-error.ts';
import { checkLabelSelector } from '../validation/metadata.ts';
import { type Rules, withSpec, withStatus } from './kind-rules.ts';
import { checkCount } from './workloads.ts';

/** The rules of budgets, autoscalers and leases (apis/policy, apis/autoscaling and apis/coordination, validation). */
export const policy = {
  poddisruptionbudgets: {
    prepareNew(budget) {
      budget.spec ??= {};
      budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    },
    checkNew(budget) {
      const spec = budget.at('spec');
      const { minAvailable, maxUnavailable, selector = null, unhealthyPodEvictionPolicy = null } = spec.value;
      const shown = asGo({ minAvailable, selector, maxUnavailable, unhealthyPodEvictionPolicy });
      if (minAvailable !== undefined && maxUnavailable !== undefined)
        spec.invalid('minAvailable and maxUnavailable cannot be both set', shown);
      if (minAvailable !== undefined) checkCount(spec.at('minAvailable'));
      if (maxUnavailable !== undefined) checkCount(spec.at('maxUnavailable'));
      checkLabelSelector(spec.at('selector'));
    },
  },
  horizontalpodautoscalers: {
    defaults: withSpec(({ spec }) => {
      spec.minReplicas ??= 1;
      const target = { type: 'Utilization', averageUtilization: 80 };
      spec.metrics ??= [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }),
    prepareNew: withStatus({ desiredReplicas: 0, currentMetrics: null }),
    checkNew(autoscaler) {
      const spec = autoscaler.at('spec');
      const [min, max] = [spec.at('minReplicas'), spec.at('maxReplicas', 0)];
      if (min.value < 1) min.invalid('must be greater than or equal to 1');
      if (max.value < 1) max.required('must be set and greater than 0');
      if (max.value < min.value) max.invalid('must be greater than or equal to `minReplicas`');
      spec.at('scaleTargetRef.kind').given();
      spec.at('scaleTargetRef.name').given();
      const version = spec.at('scaleTargetRef.apiVersion', '');
      if (!version.value) version.invalid('apiVersion must specify API group');
    },
  },
  leases: {
    defaults: withSpec(() => {}),
    checkNew(lease) {
      const duration = lease.at('spec.leaseDurationSeconds');
      if (duration.value <= 0) duration.invalid('must be greater than 0');
      lease.at('spec').notNegative('leaseTransitions');
    },
  },
} satisfies Record<string, Rules>;
