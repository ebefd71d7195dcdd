import {type Detector, pattern} from '../detector.ts';
import {CLOSED} from './assignment.ts';
import {named, namedAsOneOf, namedValue, secrets, token} from './secret-kinds.ts';

const FAKE = 'Fake0Example'.repeat(20);
const HEX = '0fa4e1dec0de'.repeat(12);
const UUID = '{h8}-{h4}-{h4}-{h4}-{h12}';

/** Credentials of Slack. */
const SLACK = secrets('saas', [
  {
    name: 'slack-token',
    description: 'Slack bot, user or legacy token: acts as a bot, a user or a workspace',
    finders: [
      pattern('(?i)\\bxox[bp]-[0-9]{8,14}-[0-9a-z-]{16,}', {minEntropy: 2.5, validator: 'tokenValue'}),
      pattern('(?i)\\bxox[asor]-(?:[0-9]-)?[0-9][0-9a-z]{7,}(?:-[0-9a-z-]{8,})?', {
        minEntropy: 2.5,
        validator: 'tokenValue',
      }),
      pattern('\\bxox[bp]-[0-9a-zA-Z]{40,}', {minEntropy: 3, validator: 'tokenValue'}),
    ],
    examples: [
      'xoxb-123456789012-123456789012-FakeExampleFake0Example0',
      'xoxp-123456789012-123456789012-123456789012-0fa4e1dec0de5b3d7c9a2f860fa4e1de',
      'xoxa-2-123456789012-123456789012-FakeExample0',
    ],
    nearMisses: ['xoxb-short', 'xoxo-indieweb-1.jpg', 'xoxb-xxx', 'xoxb-12345-abcd234', 'xoxb-abcdef-abcdef'],
  },
  {
    name: 'slack-app-token',
    description: 'Slack app-level token: opens sockets for an app',
    finders: [pattern('(?i)\\bxapp-[0-9]-[a-z0-9]{8,}-[0-9]{8,}-[a-z0-9]{20,}', {minEntropy: 2.5})],
    examples: [
      `xapp-1-A0FAKEFAKE0-123456789012-${HEX.slice(0, 64)}`,
      `SLACK_APP_TOKEN=xapp-1-A1FAKEFAKE1-1234567890123-${HEX.slice(0, 64)}`,
    ],
    nearMisses: ['xapp-1-A0FAKE', 'xapp-1.2.3'],
  },
  {
    name: 'slack-config-token',
    description: 'Slack app-configuration token, or the token that renews it',
    finders: [
      pattern('(?i)\\bxoxe\\.xox[bp]-[0-9]-[a-z0-9]{40,}', {minEntropy: 2.5, validator: 'tokenValue'}),
      pattern('(?i)\\bxoxe-[0-9]-[a-z0-9]{40,}', {minEntropy: 2.5, validator: 'tokenValue'}),
    ],
    examples: [`xoxe.xoxp-1-${FAKE.slice(0, 163)}`, `xoxe-1-${FAKE.slice(0, 146)}`],
    nearMisses: ['xoxe.xoxp-1-RANDOMSTRINGHERE', 'xoxe-1-short'],
  },
  {
    name: 'slack-cookie',
    description: 'Slack session token or cookie of a browser: acts as a user who is signed in',
    finders: [pattern('\\bxox[cd]-[A-Za-z0-9%+/=-]{40,}', {minEntropy: 2.5, validator: 'tokenValue'})],
    examples: [
      `xoxc-123456789012-123456789012-123456789012-${HEX.slice(0, 64)}`,
      `Cookie: d=xoxd-${FAKE.slice(0, 60)}%2F`,
    ],
    nearMisses: ['xoxc-short', `xoxd-${'x'.repeat(60)}`],
  },
  {
    name: 'slack-webhook',
    description: 'Slack webhook, workflow or trigger address: posts messages',
    finders: [
      pattern('\\bhooks\\.slack(?:-gov)?\\.com/(?:services|workflows|triggers)/(?P<mask>[A-Za-z0-9+/]{40,90})', {
        minEntropy: 2.5,
      }),
    ],
    examples: [
      `https://hooks.slack.com/services/T0FAKE000/B0FAKE000/${FAKE.slice(0, 24)}`,
      `https://hooks.slack.com/workflows/T0FAKE000/A0FAKE000/123456789/${FAKE.slice(0, 24)}`,
    ],
    nearMisses: ['https://hooks.slack.com/services/', 'https://hooks.slack.com/services/YOUR/WEBHOOK/URL'],
  },
]);

/** Credentials of mail services. */
const MAIL = secrets('saas', [
  namedAsOneOf(
    'mail-service-key',
    [
      'sendgrid',
      'mailgun',
      'mailchimp',
      'mandrill',
      'postmark',
      'brevo',
      'sendinblue',
      'sparkpost',
      'mailjet',
      'mailersend',
      'mailerlite',
      'elastic email',
      'klaviyo',
      'convertkit',
      'smtp',
      'imap',
    ],
    'A key that is named as one of a mail service, of whatever ' + 'form',
  ),
  {
    name: 'mailchimp-key',
    description: 'Mailchimp API key: reads and writes audiences',
    finders: [
      pattern('\\b[a-f0-9]{32}-us[0-9]{1,2}\\b', {
        minEntropy: 2.5,
        confidence: 0.8,
        context: {lower: ['sdk.initialize'], within: 40},
      }),
    ],
    examples: ['0fa4e1dec0de5b3d7c9a2f860fa4e1de-us12', 'MAILCHIMP_API_KEY=0fa4e1dec0de5b3d7c9a2f860fa4e1de-us7'],
    nearMisses: ['0fa4e1dec0de5b3d-us12', `${'0'.repeat(32)}-us12`],
  },
  token('brevo-key', ['xkeysib-{h64}-{w16}', 'xsmtpsib-{h64}-{w16}'], 'Brevo (Sendinblue) API or SMTP key: sends mail'),
  token('mailersend-key', 'mlsn.{h64}', 'MailerSend token: sends mail'),
  token('mailgun-key', ['key-{h32}', '{h32}-{h8}-{h8}'], 'Mailgun private or signing key: sends mail, reads logs'),
  token('mailgun-public-key', 'pubkey-{h32}', 'Mailgun public validation key'),
  token('mandrill-key', 'md-{u22}', 'Mandrill key: sends mail'),
  token('resend-key', 're_{w8}_{w24}', 'Resend key: sends mail'),
  token('sendgrid-key', 'SG.{u22}.{u43}', 'SendGrid key: sends mail'),
  named('klaviyo-key', ['klaviyo'], 'pk_{h34}', 'Klaviyo private key: reads and writes profiles'),
  named('mailjet-key', ['mailjet'], '{h32}', 'Mailjet key or secret: sends mail'),
  named('postmark-token', ['postmark'], UUID, 'Postmark server or account token: sends mail'),
  named('sparkpost-key', ['sparkpost'], '{h40}', 'SparkPost key: sends mail'),
]);

/** Credentials of chats, calls and pushes. */
const CHAT = secrets('saas', [
  namedAsOneOf(
    'messaging-token',
    [
      'twilio',
      'telegram',
      'discord',
      'slack',
      'whatsapp',
      'viber',
      'messenger',
      'vonage',
      'nexmo',
      'plivo',
      'sinch',
      'telnyx',
      'bandwidth',
      'pusher',
      'ably',
      'onesignal',
      'pubnub',
      'rocket chat',
      'zulip',
      'webex',
    ],
    'A token that is named as one of a chat, call or push service, of whatever ' + 'form',
  ),
  {
    name: 'telegram-bot-token',
    description: 'Telegram bot token: acts as the bot',
    finders: [
      pattern('(?:^|[^A-Za-z0-9])(?P<mask>(?:bot)?[0-9]{8,10}:AA[A-Za-z0-9_-]{33})(?:[^A-Za-z0-9_-]|$)'),
      namedValue(['telegram', 'tg bot'], '{d5,16}:A{u34}'),
    ],
    examples: [
      `123456789:AA${FAKE.slice(0, 33)}`,
      `https://api.telegram.org/bot123456789:AA${FAKE.slice(0, 33)}/getMe`,
    ],
    nearMisses: ['12345678:AAshort', 'telegram_token = "9253:A8u3t3dypi"'],
  },
  {
    name: 'discord-token',
    description: 'Discord bot token: acts as the bot',
    finders: [pattern('\\b[MNO][A-Za-z0-9_-]{23,25}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,38}', {minEntropy: 3.5})],
    examples: [
      `MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.${FAKE.slice(0, 27)}`,
      `"token":"OTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.${FAKE.slice(0, 38)}"`,
    ],
    nearMisses: ['Module.method.call', 'MTk4NjIyNDgz.Cl2FMQ.x'],
  },
  {
    name: 'discord-webhook',
    description: 'Discord webhook address: posts messages',
    finders: [
      pattern('(?:discord(?:app)?)\\.com/api/(?:v[0-9]{1,2}/)?webhooks/[0-9]{17,20}/' + '(?P<mask>[A-Za-z0-9_-]{60,})'),
    ],
    examples: [
      `https://discord.com/api/webhooks/123456789012345678/${FAKE.slice(0, 68)}`,
      `https://discordapp.com/api/v10/webhooks/123456789012345678/${FAKE.slice(0, 68)}`,
    ],
    nearMisses: ['https://discord.com/api/webhooks/123456789012345678/', 'discord.com/api/webhooks/{id}/{token}'],
  },
  {
    name: 'teams-webhook',
    description: 'Microsoft Teams webhook address: posts messages',
    finders: [
      pattern(
        '(?:webhook)\\.office\\.com/webhookb2/(?P<mask>[a-f0-9-]{36}@[a-f0-9-]' +
          '{36}/IncomingWebhook/[A-Za-z0-9]{32}/[a-f0-9-]{36}(?:/[A-Za-z0-9_-]{20,60})?)',
      ),
      pattern(
        '(?:logic)\\.azure\\.com(?::443)?/workflows/[a-f0-9]{32}/triggers/[^\\s"\']{1,200}[?&]sig=' +
          '(?P<mask>[A-Za-z0-9_-]{40,50})',
      ),
    ],
    examples: [
      'https://fake.webhook.office.com/webhookb2/0fa4e1de-c0de-5b3d-7c9a-2f860fa4e1de@0fa4e1de-c0de-5' +
        'b3d-7c9a-2f860fa4e1de/IncomingWebhook/0fa4e1dec0de5b3d7c9a2f860fa4e1de/0fa4e1de-c0de-5b3' +
        'd-7c9a-2f860fa4e1de',
      'https://prod-1.fake.logic.azure.com:443/workflows/0fa4e1dec0de5b3d7c9a2f860fa4e1de/triggers/ma' +
        `nual/paths/invoke?api-version=1&sig=${FAKE.slice(0, 43)}`,
    ],
    nearMisses: ['https://fake.webhook.office.com/webhookb2/', 'https://outlook.office.com/webhook/'],
  },
  {
    name: 'chat-webhook',
    description: 'Address of a bot in Google Chat, DingTalk, Feishu, Lark or WeCom: posts messages',
    finders: [
      pattern(
        '(?:chat)\\.googleapis\\.com/v1/spaces/[A-Za-z0-9_-]{6,40}/messages\\?' +
          '(?P<mask>key=[A-Za-z0-9_-]{30,50}&token=[A-Za-z0-9_%=-]{30,80})',
      ),
      pattern('(?:oapi)\\.dingtalk\\.com/robot/send\\?access_token=(?P<mask>[a-f0-9]{64})'),
      pattern('(?:open)\\.(?:feishu\\.cn|larksuite\\.com)/open-apis/bot/v2/hook/(?P<mask>[a-f0-9-]{36})'),
      pattern('(?:qyapi)\\.weixin\\.qq\\.com/cgi-bin/webhook/send\\?key=(?P<mask>[a-f0-9-]{36})'),
    ],
    examples: [
      `https://oapi.dingtalk.com/robot/send?access_token=${HEX.slice(0, 64)}`,
      'https://open.feishu.cn/open-apis/bot/v2/hook/0fa4e1de-c0de-5b3d-7c9a-2f860fa4e1de',
    ],
    nearMisses: ['https://open.feishu.cn/open-apis/bot/v2/hook/xxx', 'access_token=ACCESS_TOKEN'],
  },
  token('matrix-token', 'syt_{e4,60}_{w20}_{w6}', 'Matrix access token: acts as a user'),
  token('onesignal-key', 'os_v2_(app|org)_{a100,}', 'OneSignal key: sends pushes'),
  token('sendbird-master-token', 'sendbird_{h40}', 'Sendbird token: runs the chat application'),
  token('telnyx-key', 'KEY{h32}_{w22}', 'Telnyx key: sends messages, makes calls'),
  token('twilio-key', 'SK{h32}', 'Twilio API key: sends messages, makes calls'),
  named('ably-key', ['ably'], '{w6}.{w6}:{u43}', 'Ably key: publishes and subscribes'),
  named('livekit-secret', ['livekit'], '{w32,60}', 'LiveKit secret: signs room tokens'),
  named('courier-key', ['courier'], '(pk|dk)_(prod|test)_{A28}', 'Courier key: sends notifications'),
  named('discord-client-id', ['discord'], '{d17,20}', 'Discord application id'),
  named('discord-client-secret', ['discord'], '{u32}', 'Discord client secret: acts as the application'),
  named('getstream-secret', ['getstream', 'stream chat'], '{a64}', 'Stream secret: signs user tokens'),
  named('intercom-token', ['intercom'], '{e60}', 'Intercom token: reads conversations'),
  named(
    'line-token',
    ['line channel', 'line messaging', 'line access'],
    '{e140,}',
    'LINE channel token: sends messages',
  ),
  named('mattermost-token', ['mattermost'], '{a26}', 'Mattermost token: acts as its user'),
  named('messagebird-key', ['messagebird', 'message bird'], '{w25}', 'MessageBird key: sends messages'),
  named('messagebird-client-id', ['messagebird', 'message bird'], UUID, 'MessageBird client id'),
  named('pusher-secret', ['pusher'], '{h20}', 'Pusher key or secret: publishes events'),
  named('pushover-token', ['pushover'], '{a30}', 'Pushover token: sends pushes'),
  named('sendbird-application-id', ['sendbird'], UUID, 'Sendbird application id'),
  named('sendbird-token', ['sendbird'], '{h40}', 'Sendbird token: runs the chat application'),
  named('twilio-auth-token', ['twilio'], '{h32}', 'Twilio auth token: runs the account'),
  named('twitch-token', ['twitch'], '{a30}', 'Twitch token or client secret'),
  named('vonage-secret', ['nexmo', 'vonage'], '{w16}', 'Vonage secret: sends messages'),
  named('zendesk-token', ['zendesk'], '{w40}', 'Zendesk token: reads and answers tickets'),
  named('zoom-secret', ['zoom'], '{w22,64}', 'Zoom client secret or SDK key'),
  {
    name: 'twilio-account-sid',
    description: 'Twilio account id beside its auth token',
    finders: [pattern(`\\bAC[a-f0-9]{32}[:"', ]{1,6}(?P<mask>[a-f0-9]{32})${CLOSED}`)],
    examples: [
      `-u AC${HEX.slice(0, 32)}:${HEX.slice(4, 36)}`,
      `Client("AC${HEX.slice(0, 32)}", "${HEX.slice(4, 36)}")`,
    ],
    nearMisses: [`AC${HEX.slice(0, 32)}:$TOKEN`, `AC${HEX.slice(0, 32)}`],
  },
]);

/** Credentials of mail, chat and telephony services. */
export const MESSAGING_DETECTORS: readonly Detector[] = [...SLACK, ...MAIL, ...CHAT];
