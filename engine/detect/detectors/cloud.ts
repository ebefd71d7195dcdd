import {type Detector, pattern} from '../detector.ts';
import {ASSIGN, CLOSED} from './assignment.ts';
import {named, namedAsOneOf, namedValue, secrets, token} from './secret-kinds.ts';

const FAKE = 'Fake0Example'.repeat(20);
const UUID = '{h8}-{h4}-{h4}-{h4}-{h12}';
const FAKE_SECRET = 'wJa1rXUtn/Fake7MDEN+bPxRfi9EXAMPLEKEYzz42'.slice(0, 40);

/** Credentials of Amazon Web Services. */
const AWS = secrets('cloud', [
  {
    name: 'aws-access-key-id',
    description: 'AWS access key id: half of a pair that acts as a user or role',
    finders: [
      pattern('\\b(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z2-7]{16}\\b', {minEntropy: 2.5, validator: 'awsKeyId'}),
    ],
    examples: ['aws_access_key_id = AKIAQWERTFAKEZXCVBNM', '{"id":"ASIAQWERTFAKEZXCVBNM"}'],
    nearMisses: ['AKIAIOSFODNN', 'AKIAAAAAAAAAAAAAAAAA', 'xAKIAQWERTFAKEZXCVBNMx', 'AKIAIOSFODNN7EXAMPLE'],
  },
  {
    name: 'aws-secret-key',
    description: 'AWS secret access key: signs requests as a user or role',
    finders: [
      pattern(
        `(?i)(?:secret_?-?access_?-?key|aws[a-z_.-]{0,12}secret(?:_?-?key)?|secretkey)${ASSIGN}` +
          `(?P<mask>[a-z0-9/+]{40})${CLOSED}`,
        {minEntropy: 3.5, validator: 'tokenValue'},
      ),
    ],
    examples: [`aws_secret_access_key=${FAKE_SECRET}`, `"SecretAccessKey": "${FAKE_SECRET}"`],
    nearMisses: ['aws_secret_access_key=${AWS_SECRET}', `secretkey=${'a'.repeat(40)}`],
  },
  {
    name: 'aws-session-token',
    description: 'AWS session token: completes temporary credentials',
    finders: [
      pattern(`(?i)(?:session|security)[_-]?token${ASSIGN}(?P<mask>[a-z0-9/+]{80,}={0,2})`, {minEntropy: 3}),
      pattern('\\b(?:IQoJb3JpZ2luX2Vj|FwoGZXIvYXdz)[A-Za-z0-9/+]{80,}={0,2}'),
    ],
    examples: [`aws_session_token = ${FAKE.slice(0, 120)}`, `x-amz: IQoJb3JpZ2luX2Vj${FAKE.slice(0, 200)}=`],
    nearMisses: ['AWS_SESSION_TOKEN=$TOKEN', `session_token=${'a'.repeat(90)}`, 'IQoJb3JpZ2luX2Vj'],
  },
  {
    name: 'aws-bedrock-key',
    description: 'Amazon Bedrock API key, long-lived: calls models',
    finders: [pattern('\\bABSK[A-Za-z0-9+/]{100,}={0,2}', {minEntropy: 2.5})],
    examples: [`ABSK${FAKE.slice(0, 128)}`, `AWS_BEARER_TOKEN_BEDROCK=ABSK${FAKE.slice(0, 126)}==`],
    nearMisses: ['ABSKQmVkcm9ja0FQSUtleS1', `ABSK${'A'.repeat(128)}`],
  },
  token('aws-bedrock-session-key', 'bedrock-api-key-{e60,}', 'Amazon Bedrock API key, short-lived: calls models'),
  token('aws-appsync-key', 'da2-{a26}', 'AWS AppSync API key: queries a GraphQL API'),
  token('aws-marketplace-key', `amzn.mws.${UUID}`, 'Amazon Marketplace Web Service token: sells as a merchant'),
]);

/** Credentials of Microsoft Azure. */
const AZURE = secrets('cloud', [
  {
    name: 'azure-key',
    description: 'Azure storage, service bus, event hub, Cosmos DB or IoT key: full access to the resource',
    finders: [
      pattern(
        '(?i)(?:account|access|shared_?access|primary_?|secondary_?|storage)_?-?key["\']?[ \\t]' +
          '{0,3}[=:][ \\t]{0,3}["\']?' +
          '(?P<mask>[a-z0-9+/]{43,87}={1,2})',
        {minEntropy: 3},
      ),
    ],
    examples: [`AccountName=fake;AccountKey=${FAKE.slice(0, 86)}==;`, `SharedAccessKey=${FAKE.slice(0, 43)}=`],
    nearMisses: ['AccountKey=<your key>', `AccountKey=${'A'.repeat(86)}==`],
  },
  {
    name: 'azure-client-secret',
    description:
      'Secret of a Microsoft Entra application, from behind its first three characters: ' +
      'signs in as the application',
    finders: [pattern('[0-9]Q~[A-Za-z0-9_~.-]{31,34}', {minEntropy: 3})],
    examples: [`abc8Q~${FAKE.slice(0, 34)}`, `client_secret=.Ab7Q~${FAKE.slice(0, 31)}`],
    nearMisses: ['abcdQ~short', '~'.repeat(40), `abc8Q~${'x'.repeat(34)}`],
  },
  {
    name: 'azure-sas-token',
    description: 'Shared access signature: opens a storage account, container, blob, queue or service bus',
    finders: [
      pattern('(?:[?&;"](?:sig|Signature))=(?P<mask>[A-Za-z0-9%+/]{43,80}(?:%3[Dd]|=))', {minEntropy: 3}),
      pattern('(?:SharedAccessSignature sr)=[^&\\s]{1,200}&sig=(?P<mask>[A-Za-z0-9%+/=]{40,100})', {minEntropy: 3}),
    ],
    examples: [
      `https://fake.blob.core.windows.net/c?sv=2022-11-02&sig=${FAKE.slice(0, 43)}%3D`,
      `SharedAccessSignature sr=sb%3a%2f%2ffake&sig=${FAKE.slice(0, 43)}%3d&se=1`,
    ],
    nearMisses: ['?sv=2022-11-02&sig=<signature>', '&sig=abc%3D'],
  },
  {
    name: 'azure-subscription-key',
    description: 'Azure API Management or Cognitive Services key: calls the service',
    finders: [
      pattern(`(?i)(?:ocp-apim-)?subscription-?_?key${ASSIGN}(?P<mask>[a-f0-9]{32})${CLOSED}`, {minEntropy: 2.5}),
    ],
    examples: [
      'Ocp-Apim-Subscription-Key: 0fa4e1dec0de5b3d7c9a2f860fa4e1de',
      '"subscriptionKey": "0fa4e1dec0de5b3d7c9a2f860fa4e1de"',
    ],
    nearMisses: ['Ocp-Apim-Subscription-Key: YOUR_KEY', `subscription-key=${'0'.repeat(32)}`],
  },
  named(
    'azure-devops-token',
    ['azure devops', 'ado', 'azdo', 'vsts', 'system_access'],
    '{w52,84}',
    'Azure DevOps personal access token: reads code, runs pipelines',
  ),
  named(
    'azure-named-key',
    ['azure', 'cosmos', 'servicebus', 'eventhub'],
    '{b42,88}',
    'A key that is named as one of Azure',
  ),
]);

/** Credentials of Google. */
const GOOGLE = secrets('cloud', [
  {
    name: 'google-key',
    description: 'Google API key: calls Google Cloud, Maps, Firebase or Gemini',
    finders: [
      pattern('\\b(?P<mask>AIza[A-Za-z0-9_-]{35})(?:[^A-Za-z0-9_-]|$)', {minEntropy: 3.2, validator: 'googleKey'}),
    ],
    examples: [`AIza${FAKE.slice(0, 35)}`, `?key=AIza${FAKE.slice(3, 38)}&q=1`],
    nearMisses: ['AIzaShort', `AIza${'x'.repeat(35)}`],
  },
  {
    name: 'google-service-account',
    description: 'Id of a service account’s private key, as its key file has it',
    finders: [pattern('(?:"private_key_id")\\s{0,3}:\\s{0,3}"(?P<mask>[a-f0-9]{40})\\b')],
    examples: [
      `"private_key_id": "${'0fa4e1dec0'.repeat(4)}"`,
      `{"type":"service_account","private_key_id":"${'0fa4e1dec0'.repeat(4)}"}`,
    ],
    nearMisses: ['"private_key_id": "<id>"', `"key_id": "${'0fa4e1dec0'.repeat(4)}"`],
  },
  token('firebase-server-key', 'AAAA{u7}:APA91b{u134}', 'Firebase Cloud Messaging server key: sends pushes'),
  token('google-access-token', 'ya29.{u30,}', 'Google OAuth access token: acts as a user or service account'),
  token('google-oauth-secret', 'GOCSPX-{u28}', 'Google OAuth client secret: acts as the application'),
  token('google-refresh-token', '1//0{u40,}', 'Google OAuth refresh token: makes access tokens'),
  named('recaptcha-secret', ['recaptcha', 're captcha'], '6L{u38}', 'reCAPTCHA key: verifies answers'),
]);

/** Credentials of other clouds, hosts and networks. */
const OTHERS = secrets('cloud', [
  namedAsOneOf(
    'cloud-token',
    [
      'cloudflare',
      'digitalocean',
      'heroku',
      'alibaba',
      'aliyun',
      'tencent',
      'huawei',
      'hetzner',
      'linode',
      'scaleway',
      'vultr',
      'ovh',
      'exoscale',
      'oracle',
      'ibm cloud',
      'vercel',
      'netlify',
      'railway',
      'render',
      'koyeb',
      'upcloud',
      'ionos',
      'rackspace',
      'openstack',
      'wasabi',
      'backblaze',
      'akamai',
      'fastly',
      'gcloud',
      'gcp',
      'azure',
      'aws',
      'fly io',
    ],
    'A key that is named as one of a cloud, host or network, of whatever ' + 'form',
  ),
  {
    name: 'cloudflare-origin-ca-key',
    description: 'Cloudflare Origin CA key: issues certificates',
    finders: [pattern('\\bv1\\.0-[a-f0-9]{24}-[a-f0-9]{146}\\b', {minEntropy: 2})],
    examples: [
      `v1.0-${'0fa4e1dec0de'.repeat(2)}-${'0fa4e1dec0de'.repeat(13).slice(0, 146)}`,
      `key: "v1.0-${'0fa4e1dec0de'.repeat(2)}-${'5b3d7c9a2f86'.repeat(13).slice(0, 146)}"`,
    ],
    nearMisses: ['v1.0-beta', `v1.0-${'0'.repeat(24)}-${'0'.repeat(146)}`],
  },
  {
    name: 'fly-token',
    description: 'Fly.io token: deploys and runs machines',
    finders: [
      pattern('\\b(?P<mask>fo1_[A-Za-z0-9_-]{43})(?:[^A-Za-z0-9_-]|$)', {minEntropy: 3}),
      pattern('\\b(?:FlyV1 )?fm[12][ar]?_[A-Za-z0-9+/=,_-]{100,}'),
    ],
    examples: [
      `fm2_${FAKE.slice(0, 120)}`,
      `FLY_API_TOKEN="FlyV1 fm2_${FAKE.slice(0, 120)}"`,
      `fo1_${FAKE.slice(0, 43)}`,
    ],
    nearMisses: [`fo1_${'x'.repeat(43)}`, 'fm2_radio'],
  },
  {
    name: 'yandex-token',
    description: 'Yandex Cloud API key, IAM or OAuth token, or secret key: acts as a user or service account',
    finders: [
      pattern('\\b(?P<mask>AQVN[A-Za-z0-9_-]{35,38})(?:[^A-Za-z0-9_-]|$)', {minEntropy: 3}),
      pattern('\\bt1\\.[A-Za-z0-9_-]+={0,2}\\.[A-Za-z0-9_-]{86}={0,2}', {minEntropy: 3}),
      pattern('\\b(?P<mask>y[0-3]_[A-Za-z0-9_-]{50,60})(?:[^A-Za-z0-9_-]|$)', {minEntropy: 3}),
      namedValue(['yandex'], 'YC{u38}'),
    ],
    examples: [
      `AQVN${FAKE.slice(0, 36)}`,
      `t1.${FAKE.slice(0, 40)}.${FAKE.slice(0, 86)}`,
      `yandexToken=YC${FAKE.slice(0, 38)}`,
    ],
    nearMisses: [`AQVN${'x'.repeat(36)}`, 't1.micro.large', 'y0_offset'],
  },
  token('akamai-token', 'akab-{a16}-{a16}', 'Akamai EdgeGrid client or access token'),
  token('alibaba-access-key-id', 'LTAI{w20}', 'Alibaba Cloud access key id: half of a pair that acts as a user'),
  token('backblaze-key', 'K00{d1}{b27}', 'Backblaze B2 application key: reads and writes buckets'),
  token('cloudflare-token', ['cf(ut|at|k)_{w40,60}'], 'Cloudflare API token with a prefix: changes zones and workers'),
  token('cockroach-key', 'CCDB1_{w22}_{w40}', 'CockroachDB Cloud key: runs clusters'),
  token('databricks-token', ['dapi{h32}', 'dose{h32}'], 'Databricks token: runs jobs, reads data'),
  token('defined-networking-key', 'dnkey-{a26}-{a52}', 'Defined Networking key: changes networks'),
  token('digitalocean-token', 'do(o|p|r)_v1_{h64}', 'DigitalOcean personal, OAuth or refresh token: runs the account'),
  token('digitalocean-spaces-key', 'DO00{A16}', 'DigitalOcean Spaces access key id'),
  token('fernet-token', 'gAAAAA{u94,}', 'Fernet token, as OpenStack Keystone issues: acts as a user'),
  token('heroku-platform-key', 'HRKU-{u36,60}', 'Heroku key: deploys and reads config vars'),
  token('mongodb-atlas-secret', 'mdb_sa_sk_{u40}', 'MongoDB Atlas service-account secret: runs clusters'),
  token('neon-key', 'napi_{a64}', 'Neon key: runs databases'),
  token('netlify-token', ['nf(p|c|o|b|u)_{w36}'], 'Netlify token: deploys sites'),
  token(
    'planetscale-token',
    'pscale_(tkn|oauth|pw)_{p32,64}',
    'PlanetScale token or password: reads and changes databases',
  ),
  token('pulumi-token', 'pul-{h40}', 'Pulumi Cloud token: reads state, deploys'),
  token('render-key', 'rnd_{w28,40}', 'Render key: deploys services'),
  token('scaleway-access-key', 'SCW{A17}', 'Scaleway access key id'),
  token('scalingo-token', 'tk-us-{u48}', 'Scalingo token: deploys applications'),
  token(
    'supabase-token',
    ['sbp_{h40}', 'sbp_v0_{h40}', 'sb_secret_{u20,}'],
    'Supabase access token or secret key: reads and changes projects',
  ),
  token(
    'tailscale-key',
    ['tskey-(auth|api|client|scim|webhook)-{w10,20}-{w20,}', 'tskey-{w16,24}'],
    'Tailscale key: adds machines, changes the network',
  ),
  token('tencent-secret-id', 'AKID{w32}', 'Tencent Cloud secret id: half of a pair that acts as a user'),
  token('upcloud-token', 'ucat_{A26}', 'UpCloud token: runs servers'),
  token('vercel-token', 'vc(p|i|a|r|k)_{w24,60}', 'Vercel token: deploys, reads environment variables'),
  token('netbird-token', 'nbp_{w36}', 'NetBird token: changes the network'),
  named('aiven-token', ['aiven'], '{b100,}', 'Aiven token: runs databases'),
  named('alibaba-secret-key', ['alibaba', 'aliyun', 'alicloud'], '{w30}', 'Alibaba Cloud secret: signs requests'),
  named('bunny-key', ['bunny'], `${UUID}{h8}-{h4}-{h4}`, 'bunny.net key: changes zones and storage'),
  named('civo-key', ['civo'], '{w50}', 'Civo key: runs clusters'),
  named('cloudflare-api-key', ['cloudflare'], '{u40}', 'Cloudflare API token: changes zones and workers'),
  named('cloudflare-global-key', ['cloudflare'], '{h37}', 'Cloudflare global API key: runs the account'),
  named('confluent-key', ['confluent'], '{w16}', 'Confluent Cloud key id'),
  named('confluent-secret', ['confluent'], '{b64}', 'Confluent Cloud secret: reads and writes topics'),
  named('consul-token', ['consul', 'nomad'], UUID, 'Consul or Nomad ACL token'),
  named('exoscale-key', ['exoscale', 'exo'], 'EXO{h24,}', 'Exoscale key: runs machines'),
  named('fastly-token', ['fastly'], '{u32}', 'Fastly token: purges and changes services'),
  named('godaddy-key', ['godaddy'], '{u30,50}', 'GoDaddy key: changes domains'),
  named('heroku-key', ['heroku'], UUID, 'Heroku key of the older form: deploys and reads config vars'),
  named('hetzner-token', ['hetzner', 'hcloud'], '{w64}', 'Hetzner Cloud token: runs machines'),
  named('huawei-key', ['huawei', 'hwcloud'], '{w40}', 'Huawei Cloud secret: signs requests'),
  named('ibm-cloud-key', ['ibm', 'bluemix', 'watson'], '{u44}', 'IBM Cloud key: acts as a user'),
  named('linode-token', ['linode'], '{h64}', 'Linode token: runs machines'),
  named('meraki-key', ['meraki'], '{h40}', 'Cisco Meraki key: changes networks'),
  named('namecheap-key', ['namecheap'], '{h32}', 'Namecheap key: changes domains'),
  named('netlify-key', ['netlify'], '{u40,46}', 'Netlify token of the older form: deploys sites'),
  named('ngrok-token', ['ngrok'], '{w20,32}_{w16,32}', 'ngrok token: opens tunnels'),
  named('oracle-cloud-token', ['oci', 'oracle'], '{e20,}', 'Oracle Cloud auth token'),
  named('ovh-key', ['ovh'], '{w32}', 'OVHcloud secret or consumer key'),
  named('railway-token', ['railway'], UUID, 'Railway token: deploys services'),
  named('scaleway-secret', ['scaleway', 'scw'], UUID, 'Scaleway secret key: acts as a user'),
  named('snowflake-token', ['snowflake'], '{e40,}', 'Snowflake token: reads and changes data'),
  named('tencent-secret-key', ['tencent', 'qcloud'], '{w32}', 'Tencent Cloud secret: signs requests'),
  named('upstash-token', ['upstash'], '{b40,}', 'Upstash token: reads and writes a database'),
  named('vercel-key', ['vercel'], '{w24}', 'Vercel token of the older form: deploys'),
  named('vultr-key', ['vultr'], '{A36}', 'Vultr key: runs machines'),
  named('wasabi-key', ['wasabi'], '{w40}', 'Wasabi secret key: reads and writes buckets'),
  named('zerotier-token', ['zerotier'], '{w32}', 'ZeroTier token: changes networks'),
]);

/** Credentials of cloud platforms. */
export const CLOUD_DETECTORS: readonly Detector[] = [...AWS, ...AZURE, ...GOOGLE, ...OTHERS];
