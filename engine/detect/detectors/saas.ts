import {type Detector, pattern} from '../detector.ts';

const FAKE = 'Fake0Example'.repeat(20);
const HEX = '0fa4e1dec0de'.repeat(12);

/** Credentials of services that companies rent. */
export const SAAS_DETECTORS: readonly Detector[] = [
  {
    name: 'slack-token',
    description: 'Slack bot, user, app or configuration token, or the secret part of a webhook address',
    groups: ['secrets'],
    finders: [
      pattern('\\bxox[abeoprs](?:\\.xox[bp])?-[0-9](?:[A-Za-z0-9]*-){0,4}[A-Za-z0-9]{10,}', {minEntropy: 2}),
      pattern('\\bxapp-[0-9]-[A-Z0-9]{8,}-[0-9]{8,}-[a-z0-9]{20,}'),
      pattern('\\bhooks\\.slack\\.com/(?:services|workflows|triggers)/(?P<mask>[A-Za-z0-9+/]{40,60})'),
    ],
    examples: [
      'xoxb-123456789012-123456789012-FakeExampleFake0Example0',
      `xapp-1-A0FAKEFAKE0-123456789012-${HEX.slice(0, 64)}`,
      `https://hooks.slack.com/services/T0FAKE000/B0FAKE000/${FAKE.slice(0, 24)}`,
    ],
    nearMisses: ['xoxb-short', 'xoxo-indieweb-1.jpg', 'https://hooks.slack.com/services/'],
  },
  {
    name: 'stripe-key',
    description: 'Stripe secret or restricted key, or webhook secret',
    groups: ['secrets'],
    finders: [
      pattern('\\b(?:sk|rk)_(?:test|live|prod)_[A-Za-z0-9]{10,99}\\b', {minEntropy: 2}),
      pattern('\\bwhsec_[A-Za-z0-9+/]{32,}={0,2}'),
    ],
    examples: [`sk_test_${FAKE.slice(0, 24)}`, `rk_live_${FAKE.slice(0, 24)}`, `whsec_${FAKE.slice(0, 32)}`],
    nearMisses: ['pk_test_public', 'sk_test_', 'task_test_abcdefghijklm'],
  },
  {
    name: 'mail-service-key',
    description: 'Key of SendGrid, Mailgun, Mailchimp, Postmark or Brevo',
    groups: ['secrets'],
    finders: [
      pattern('\\bSG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}'),
      pattern('\\bkey-[a-f0-9]{32}\\b', {minEntropy: 3}),
      pattern('\\b[a-f0-9]{32}-us[0-9]{1,2}\\b', {minEntropy: 3}),
      pattern('\\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\\b'),
    ],
    examples: [
      `SG.${FAKE.slice(0, 22)}.${FAKE.slice(0, 43)}`,
      'key-0123456789abcdeffedcba9876543210',
      '0123456789abcdeffedcba9876543210-us12',
      `xkeysib-${HEX.slice(0, 64)}-${FAKE.slice(0, 16)}`,
    ],
    nearMisses: ['SG.1.2', 'key-value', '0123456789abcdef-us12'],
  },
  {
    name: 'messaging-token',
    description: 'Token of Twilio, Telegram, Discord or Microsoft Teams',
    groups: ['secrets'],
    finders: [
      pattern('\\bSK[0-9a-fA-F]{32}\\b', {minEntropy: 3}),
      pattern('\\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\\b'),
      pattern('\\b[MNO][A-Za-z0-9_-]{23,25}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,38}', {minEntropy: 3.5}),
      pattern('discord(?:app)?\\.com/api/webhooks/[0-9]{17,20}/(?P<mask>[A-Za-z0-9_-]{60,})'),
    ],
    examples: [
      'SK0123456789abcdeffedcba9876543210',
      `123456789:AA${FAKE.slice(0, 33)}`,
      `MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs`,
    ],
    nearMisses: ['SKIPPED', '12345678:AAshort', 'Module.method.call'],
  },
  {
    name: 'observability-key',
    description: 'Key of Datadog, Grafana, New Relic, Sentry, Dynatrace or PostHog',
    groups: ['secrets'],
    finders: [
      pattern('\\bgl(?:c_[A-Za-z0-9+/]{32,}={0,3}|sa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8})'),
      pattern('\\bNR(?:AK|II|JS|BR|IQ|RA)-[A-Za-z0-9_-]{19,40}'),
      pattern('\\bsntry(?:u_[a-f0-9]{64}|s_[A-Za-z0-9+/=_-]{60,})'),
      pattern('\\bdt0[a-z][0-9]{2}\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}\\b'),
      pattern('\\bph[cx]_[A-Za-z0-9]{43}\\b'),
      pattern('(?i)\\bdd[_-](?:api|app)[_-]key["\']?\\s{0,3}[:=]\\s{0,3}["\']?(?P<mask>[a-f0-9]{32,40})\\b'),
    ],
    examples: [
      `glc_${FAKE.slice(0, 40)}`,
      `NRAK-${'FAKE0EXAMPLE'.repeat(3).slice(0, 27)}`,
      `sntryu_${HEX.slice(0, 64)}`,
      `phx_${FAKE.slice(0, 43)}`,
      'DD_API_KEY=0123456789abcdeffedcba9876543210',
    ],
    nearMisses: ['glc_short', 'NRAK-', 'sntryu_name', 'DD_API_KEY=$KEY'],
  },
  {
    name: 'workplace-token',
    description: 'Token of Atlassian, Linear, Notion, Asana, Airtable, Figma, Dropbox or Postman',
    groups: ['secrets'],
    finders: [
      pattern('\\bATATT3[A-Za-z0-9_=-]{100,250}'),
      pattern('\\blin_(?:api|oauth)_[A-Za-z0-9]{40,64}\\b'),
      pattern('\\b(?:ntn_[A-Za-z0-9]{43,50}|secret_[A-Za-z0-9]{43})\\b', {minEntropy: 3}),
      pattern('\\bpat[A-Za-z0-9]{14}\\.[a-f0-9]{64}\\b'),
      pattern('\\bfig[du]_[A-Za-z0-9_-]{40,}'),
      pattern('\\bsl\\.[A-Za-z0-9_=-]{130,}'),
      pattern('\\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\\b'),
    ],
    examples: [
      `ATATT3${FAKE.slice(0, 186)}`,
      `lin_api_${FAKE.slice(0, 40)}`,
      `secret_${FAKE.slice(0, 43)}`,
      `pat${FAKE.slice(0, 14)}.${HEX.slice(0, 64)}`,
      `figd_${FAKE.slice(0, 40)}`,
      `PMAK-${HEX.slice(0, 24)}-${HEX.slice(0, 34)}`,
    ],
    nearMisses: ['lin_api_key', 'secret_name', 'patch.diff', 'PMAK-1'],
  },
  {
    name: 'platform-token',
    description: 'Token of Shopify, Square, PayPal, HashiCorp, Databricks, Doppler, PlanetScale, Supabase or Vercel',
    groups: ['secrets'],
    finders: [
      pattern('\\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\\b'),
      pattern('\\b(?:EAAA[A-Za-z0-9_-]{60}|sq0[a-z]{3}-[A-Za-z0-9_-]{22,43})'),
      pattern('\\bhv[sbr]\\.[A-Za-z0-9_-]{24,}', {minEntropy: 3}),
      pattern('\\b[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,70}'),
      pattern('\\bdapi[a-f0-9]{32}(?:-[0-9])?\\b'),
      pattern('\\bdp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9.]{40,50}'),
      pattern('\\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9._=-]{32,64}'),
      pattern('\\bsb(?:p_[a-f0-9]{40}|_secret_[A-Za-z0-9_-]{20,})\\b'),
    ],
    examples: [
      `shpat_${HEX.slice(0, 32)}`,
      `hvs.${FAKE.slice(0, 90)}`,
      `dapi${HEX.slice(0, 32)}`,
      `dp.pt.${FAKE.slice(0, 43)}`,
      `pscale_tkn_${FAKE.slice(0, 43)}`,
      `sbp_${HEX.slice(0, 40)}`,
    ],
    nearMisses: ['shpat_', 'hvs.internal', 'dapi', 'dp.pt.x', 'sbp_test'],
  },
];
