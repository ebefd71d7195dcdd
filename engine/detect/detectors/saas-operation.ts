import {type Detector, pattern} from '../detector.ts';
import {named, secrets, token} from './secret-kinds.ts';

const FAKE = 'Fake0Example'.repeat(20);
const HEX = '0fa4e1dec0de'.repeat(12);
const UUID = '{h8}-{h4}-{h4}-{h4}-{h12}';

/** Credentials of monitoring, of identity and secret stores, and of what runs software. */
export const OPERATION_DETECTORS: readonly Detector[] = secrets('saas', [
  {
    name: 'observability-key',
    description: 'A key that is named as one of a monitoring service, of whatever form',
    finders: [
      pattern(
        '(?i)(?:datadog|new[_ -]?relic|grafana|sentry|honeycomb|dynatrace|splunk|sumologic|sumo[_-]|elastic|logz|loggly|papertrail|rollbar|bugsnag|raygun|airbrake|appdynamics|instana|lightstep|pagerduty|opsgenie|amplitude|mixpanel|posthog|axiom|signoz|logtail|coralogix)' +
          '[ a-z0-9_.-]{0,16}(?:key|token|secret)["\'`]?[ \\t]{0,4}(?:=>|:=|=|:)[ \\t]{0,4}["\'`]?(?P<mask>[a-z0-9_.+/=-]{20,})',
        {validator: 'secretValue', minEntropy: 3, confidence: 0.8},
      ),
    ],
    examples: [`ROLLBAR_ACCESS_TOKEN=${FAKE.slice(0, 32)}`, `"raygunApiKey": "${FAKE.slice(0, 22)}"`],
    nearMisses: ['SENTRY_AUTH_TOKEN=<token>', 'grafana_key = settings.grafana_key_1_default'],
  },
  {
    name: 'datadog-key',
    description: 'Datadog API or application key: writes and reads metrics and logs',
    finders: [
      pattern(
        '(?i)(?:\\bdd[ _.-]?|datadog[ a-z0-9_.-]{0,12})(?:api|app|application|access)?[ _.-]?(?:key|token|secret)[a-z0-9_.-]{0,8}["\'`]{0,2}[ \\t]{0,4}(?:[?:.]{0,3}=>?|:|,|>\\s{0,8})[ \\t]{0,4}["\'`]{0,2}(?P<mask>[a-z0-9]{32,40})(?:[^a-z0-9]|$)',
        {validator: 'namedValue', minEntropy: 2.5},
      ),
    ],
    examples: [
      `DD_API_KEY=${HEX.slice(0, 32)}`,
      `"datadog_app_key": "${HEX.slice(0, 40)}"`,
      `datadogToken := "${HEX.slice(0, 40)}"`,
    ],
    nearMisses: ['DD_API_KEY=$KEY', `DD_API_KEY=${'0'.repeat(32)}`],
  },
  {
    name: 'sentry-token',
    description: 'Sentry user or organisation token: reads issues, uploads releases',
    finders: [pattern('\\bsntry(?:u_[a-f0-9]{64}\\b|s_[A-Za-z0-9+/=_-]{60,})', {minEntropy: 2.5})],
    examples: [`sntryu_${HEX.slice(0, 64)}`, `SENTRY_AUTH_TOKEN=sntrys_${FAKE.slice(0, 120)}`],
    nearMisses: ['sntryu_name', `sntryu_${'0'.repeat(64)}`],
  },
  {
    name: 'dynatrace-token',
    description: 'Dynatrace token: reads and writes monitoring data',
    finders: [pattern('\\bdt0[a-z][0-9]{2}\\.[A-Z0-9]{8,24}\\.[A-Z0-9]{64}\\b', {minEntropy: 2.5})],
    examples: [
      `dt0c01.${'FAKE0EXAMPLE'.repeat(2)}.${'FAKE0EXAMPLE'.repeat(6).slice(0, 64)}`,
      `"dt0s16.FAKE0EXA.${'FAKE0EXAMPLE'.repeat(6).slice(0, 64)}"`,
    ],
    nearMisses: ['dt0c01.AAAA.BBBB', `dt0c01.${'A'.repeat(24)}.${'A'.repeat(64)}`],
  },
  {
    name: 'vault-token',
    description: 'HashiCorp Vault service, batch or recovery token: reads secrets',
    finders: [
      pattern('\\bhv[sbr]\\.[A-Za-z0-9_-]{24,}', {minEntropy: 3, validator: 'tokenValue'}),
      pattern('\\b[sb]\\.[A-Za-z0-9]{24}(?:[^A-Za-z0-9_.(-]|$)', {minEntropy: 3.3, validator: 'randomValue'}),
    ],
    examples: [`hvs.${FAKE.slice(0, 90)}`, `hvb.${FAKE.slice(0, 138)}`, 's.Fa4k8eE2xa7mP1le9Fo0rT3e'],
    nearMisses: ['hvs.internal', `hvs.${'x'.repeat(90)}`, 's.THISSTRINGISALLUPPERCASE', 's.makeKubeConfigController'],
  },
  {
    name: 'onepassword-token',
    description: '1Password secret key or service-account token: opens vaults',
    finders: [
      pattern('\\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\\b', {
        minEntropy: 3.5,
      }),
      pattern('\\bops_eyJ[A-Za-z0-9+/=_-]{100,}'),
    ],
    examples: ['A3-FAKE0E-XAMPLE7FOR2-T3STS-4ONLY-9ABCD', `OP_SERVICE_ACCOUNT_TOKEN=ops_eyJ${FAKE.slice(0, 240)}`],
    nearMisses: ['A3-XXXXXX-XXXXXXXXXXX-XXXXX-XXXXX-XXXXX', 'ops_eyJzaWdu..[Redacted]'],
  },
  {
    name: 'okta-token',
    description: 'Okta token: manages users and applications',
    finders: [
      pattern(
        '(?i)okta[ a-z0-9_.-]{0,24}["\'`]{0,2}[ \\t]{0,4}(?:[?:.]{0,3}=>?|:|,|>\\s{0,8})[ \\t]{0,4}["\'`]{0,2}(?P<mask>00[a-z0-9_=-]{38,40})(?:[^a-z0-9_=-]|$)',
        {validator: 'namedValue', minEntropy: 3.5},
      ),
      pattern('\\bSSWS[ \\t]{1,2}(?P<mask>00[A-Za-z0-9_-]{38,40})', {minEntropy: 3}),
    ],
    examples: [
      `OKTA_API_TOKEN=00${'Fake0Example7for2Tests4only9ABCDEFGHIJKLM'.slice(0, 40)}`,
      `Authorization: SSWS 00${FAKE.slice(0, 40)}`,
    ],
    nearMisses: ['oktaKey = 00000000000000000000000000000000000TUVWXYZ', 'okta_url = https://fake.okta.com'],
  },
  token(
    'authress-key',
    ['sc_{a5,30}.{a4,6}.acc-{a10,32}.{e30,120}', 'ext_{a5,30}.{a4,6}.acc-{a10,32}.{e30,120}'],
    'Authress service-client key: manages access',
  ),
  token('axiom-token', [`xa(at|pt)-${UUID}`], 'Axiom token: reads and writes events'),
  token('bitwarden-token', `0.${UUID}.{w30}:{b22}`, 'Bitwarden Secrets Manager token: reads secrets'),
  token('checkly-key', 'cu_{h32}', 'Checkly key: runs checks'),
  token('clerk-key', 'sk_(live|test)_{w40,60}', 'Clerk secret key: manages users'),
  token('clickhouse-key', '4b1d{w38}', 'ClickHouse Cloud key secret: runs services'),
  token(
    'doppler-token',
    ['dp.pt.{w40,44}', 'dp.(sa|ct|scim|audit).{w40,44}', 'dp.st.{w40,44}', 'dp.st.{a2,20}.{w40,44}'],
    'Doppler token: reads secrets',
  ),
  token('endor-key', 'endr+{w16}', 'Endor Labs key'),
  token('flagsmith-key', 'ser.{w22}', 'Flagsmith server-side key'),
  token('grafana-cloud-token', 'glc_{b32,400}', 'Grafana Cloud token: writes and reads metrics'),
  token('grafana-key', 'eyJrIjoi{w70,400}', 'Grafana key of the older form'),
  token('grafana-service-token', 'glsa_{w32}_{H8}', 'Grafana service-account token'),
  token('hashicorp-boundary-token', 'at_{w10}_{w100,}', 'HashiCorp Boundary token: opens sessions'),
  token('honeycomb-key', ['hc(a|x|b)(i|m)k_{a26,64}'], 'Honeycomb key: writes and reads traces'),
  token('infisical-token', ['st.{h24}.{h32}.{h32}'], 'Infisical service token: reads secrets'),
  token('launchdarkly-key', [`sdk-${UUID}`, `api-${UUID}`], 'LaunchDarkly SDK key or token: reads and changes flags'),
  token('newrelic-browser-key', 'NRJS-{h19}', 'New Relic browser key'),
  token('newrelic-insert-key', ['NRII-{u32}'], 'New Relic insert key: writes events'),
  token('newrelic-query-key', ['NRIQ-{u32}', 'NRRA-{h42}', 'NRBR-{h32}'], 'New Relic query, REST or browser key'),
  token('newrelic-user-key', 'NRAK-{A27}', 'New Relic user key: reads and changes everything of its user'),
  token('posthog-key', 'ph(x|s)_{w43,48}', 'PostHog personal key: reads analytics'),
  token('pagerduty-integration', 'pdus+_{u20,}', 'PagerDuty token: pages people'),
  token('statsig-key', 'secret-{w43}', 'Statsig server secret'),
  token('stytch-secret', 'secret-(live|test)-{u36}', 'Stytch secret: manages sign-ins'),
  token('teleport-token', 'teleport_{h32}', 'Teleport join token'),
  token('uptimerobot-key', ['ur{d6,8}-{h24}', 'um{d6,8}-{h24}'], 'UptimeRobot key: changes monitors'),
  named('adafruit-key', ['adafruit'], '{u32}', 'Adafruit IO key: reads and writes feeds'),
  named('amplitude-key', ['amplitude', 'mixpanel', 'segment', 'heap'], '{w32}', 'Analytics key or secret'),
  named('auth0-secret', ['auth0'], '{u64}', 'Auth0 client secret: acts as the application'),
  named('beamer-token', ['beamer'], 'b_{e44}', 'Beamer token: posts announcements'),
  named('bugsnag-key', ['bugsnag', 'raygun', 'airbrake', 'rollbar'], '{w22,40}', 'Error-tracking key'),
  named('circonus-key', ['circonus', 'librato', 'signalfx'], '{e22,64}', 'Metrics key'),
  named('duo-secret', ['duo', 'duosecurity'], '{w40}', 'Duo secret: verifies second factors'),
  named(
    'elastic-key',
    ['elastic', 'elasticsearch', 'kibana', 'opensearch'],
    '{b40,80}',
    'Elasticsearch key: reads and writes indexes',
  ),
  named('fullstory-key', ['fullstory', 'logrocket', 'hotjar'], '{e20,100}', 'Session-replay key'),
  named('influx-token', ['influx', 'influxdb'], '{e86,88}', 'InfluxDB token: reads and writes series'),
  named('instana-token', ['instana', 'lightstep', 'appdynamics'], '{u16,100}', 'Tracing token'),
  named('keycloak-secret', ['keycloak'], '{w32}', 'Keycloak client secret'),
  named('launchdarkly-token', ['launchdarkly', 'launch darkly'], '{e40}', 'LaunchDarkly token of the older form'),
  named('loggly-token', ['loggly', 'papertrail', 'logdna', 'logentries', 'scalyr'], '{w20,64}', 'Log-service token'),
  named('logz-token', ['logz', 'coralogix'], '{w32}', 'Logz.io token: writes logs'),
  named('new-relic-user-id', ['new relic'], '{a64}', 'New Relic user-key id'),
  named('onelogin-secret', ['onelogin', 'jumpcloud', 'ping identity'], '{w40,64}', 'Identity-provider secret'),
  named('opsgenie-key', ['opsgenie', 'victorops', 'statuspage'], UUID, 'Alerting key'),
  named('pagerduty-key', ['pagerduty', 'pager duty', 'pd'], '{u20,32}', 'PagerDuty key: pages people'),
  named('rancher-token', ['rancher'], 'token-{a5}:{a54}', 'Rancher token: runs clusters'),
  named('sentry-key', ['sentry'], '{h64}', 'Sentry token of the older form'),
  named('splunk-token', ['splunk', 'hec'], UUID, 'Splunk HTTP event collector token'),
  named('sumologic-id', ['sumo', 'sumologic'], 'su{w12}', 'Sumo Logic access id'),
  named('sumologic-key', ['sumo', 'sumologic'], '{w64}', 'Sumo Logic access key: reads and writes logs'),
  named('unleash-token', ['unleash'], '{a1,30}:{a1,30}.{h50,64}', 'Unleash token: reads flags'),
  named('vault-secret-id', ['vault', 'approle'], UUID, 'Vault AppRole secret id'),
]);
