import {type Detector, pattern} from '../detector.ts';
import {ASSIGN, CLOSED} from './assignment.ts';
import {named, secrets, token} from './secret-kinds.ts';

const FAKE = 'Fake0Example'.repeat(20);
const UUID = '{h8}-{h4}-{h4}-{h4}-{h12}';

/** Credentials of office, design, content, data and media services. */
const OFFICE = secrets('saas', [
  {
    name: 'workplace-token',
    description: 'A token that is named as one of an office service, of whatever form',
    finders: [
      pattern(
        '(?i)(?:atlassian|jira|confluence|trello|asana|airtable|clickup|monday|basecamp|miro|figma|notion|linear|salesforce|hubspot|pipedrive|zoho|docusign|dropbox|egnyte|webflow|contentful|typeform|calendly|zapier|smartsheet|wrike|todoist|coda|evernote)' +
          `[ a-z0-9_.-]{0,16}(?:key|token|secret)${ASSIGN}(?P<mask>[a-z0-9_.:+/=-]{16,})`,
        {validator: 'secretValue', minEntropy: 3, confidence: 0.8},
      ),
    ],
    examples: [`SMARTSHEET_ACCESS_TOKEN=${FAKE.slice(0, 37)}`, `"wrikeToken": "${FAKE.slice(0, 60)}"`],
    nearMisses: ['JIRA_API_TOKEN=<token>', 'notion_key = settings.notion_key_1_default'],
  },
  {
    name: 'platform-token',
    description: 'A token that is named as one of a platform for developers, of whatever form',
    finders: [
      pattern(
        '(?i)(?:shopify|square|databricks|planetscale|supabase|firebase|algolia|mapbox|twitter|facebook|instagram|linkedin|spotify|reddit|youtube|strava|garmin|okta|auth0|rapid[_-]?api|apify|bubble|retool|plivo|shodan|virustotal|censys|abuseipdb|securitytrails)' +
          `[ a-z0-9_.-]{0,16}(?:key|token|secret)${ASSIGN}(?P<mask>[a-z0-9_.%+/=-]{16,})`,
        {validator: 'secretValue', minEntropy: 3, confidence: 0.8},
      ),
    ],
    examples: [`SHODAN_API_KEY=${FAKE.slice(0, 32)}`, `"stravaClientSecret": "${FAKE.slice(0, 40)}"`],
    nearMisses: ['SPOTIFY_TOKEN=<token>', 'algolia_key = settings.algolia_key_1_default'],
  },
  {
    name: 'atlassian-token',
    description: 'Atlassian API token: acts as its user in Jira, Confluence or Bitbucket',
    finders: [
      pattern('\\bAT(?:ATT|CTT|SCT)3[A-Za-z0-9_=-]{60,}'),
      pattern(
        `(?i)(?:atlassian|confluence|jira)[ a-z0-9_.-]{0,24}(?:key|token|secret)[a-z0-9_.-]{0,12}${ASSIGN}(?P<mask>[a-z0-9]{20}[a-f0-9]{4})${CLOSED}`,
        {validator: 'namedValue', minEntropy: 2.5},
      ),
    ],
    examples: [`ATATT3${FAKE.slice(0, 186)}`, `JIRA_API_TOKEN=${FAKE.slice(0, 20)}0fa4`],
    nearMisses: ['ATATT3x', 'JIRA_API_TOKEN=$TOKEN'],
  },
  {
    name: 'notion-token',
    description: 'Notion integration token: reads and writes pages',
    finders: [
      pattern('\\bntn_(?:[0-9]{11}[A-Za-z0-9]{32,35}|[A-Za-z0-9]{43,46})(?:[^A-Za-z0-9]|$)', {
        minEntropy: 3,
        validator: 'tokenValue',
      }),
      pattern('\\bsecret_[A-Za-z0-9]{43}(?:[^A-Za-z0-9]|$)', {minEntropy: 3, validator: 'tokenValue'}),
    ],
    examples: [`ntn_12345678901${FAKE.slice(0, 35)}`, `secret_${FAKE.slice(0, 43)}`],
    nearMisses: ['secret_name', 'ntn_12345678901abc', `ntn_${'1234567890'.repeat(6)}`],
  },
  {
    name: 'dropbox-token',
    description: 'Dropbox access token: reads and writes files',
    finders: [
      pattern('\\bsl\\.(?:u\\.)?[A-Za-z0-9_=-]{130,}', {minEntropy: 3}),
      pattern(`(?i)dropbox[ a-z0-9_.-]{0,24}${ASSIGN}(?P<mask>[a-z0-9]{11}AAAAAAAAAA[a-z0-9_=-]{43})${CLOSED}`),
    ],
    examples: [`sl.${FAKE.slice(0, 140)}`, `DROPBOX_TOKEN=Fake0Exampl${'A'.repeat(10)}${FAKE.slice(0, 43)}`],
    nearMisses: ['sl.short', `sl.${'x'.repeat(140)}`],
  },
  {
    name: 'salesforce-token',
    description: 'Salesforce session or access token: acts as its user',
    finders: [pattern('\\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{80,}', {minEntropy: 3})],
    examples: [`00D${FAKE.slice(0, 12)}!${FAKE.slice(0, 96)}`, `Bearer 00D${FAKE.slice(0, 15)}!AQ${FAKE.slice(0, 96)}`],
    nearMisses: ['00D!short', '00D123456789012'],
  },
  {
    name: 'mapbox-token',
    description: 'Mapbox secret or public token: reads maps, changes styles',
    finders: [
      pattern('\\b[sp]k\\.eyJ[A-Za-z0-9_-]{50,}\\.[A-Za-z0-9_-]{22}', {minEntropy: 3}),
      pattern(
        '(?i)mapbox[ a-z0-9_.-]{0,24}["\'`]{0,2}[ \\t]{0,4}(?:[?:.]{0,3}=>?|:|,|>\\s{0,8})[ \\t]{0,4}["\'`]{0,2}(?P<mask>pk\\.[a-z0-9]{60}\\.[a-z0-9]{22})',
      ),
    ],
    examples: [
      `sk.eyJ${FAKE.slice(0, 60)}.${FAKE.slice(0, 22)}`,
      `mapboxToken = "pk.${FAKE.slice(0, 60)}.${FAKE.slice(0, 22)}"`,
    ],
    nearMisses: ['pk.eyJ', 'sk.short.x'],
  },
  token('adobe-client-secret', 'p8e-{a32}', 'Adobe client secret: acts as the application'),
  token('airtable-token', 'pat{w14}.{h64}', 'Airtable personal access token: reads and writes bases'),
  token(
    'asana-access-token',
    ['{d1}/{d16}:{h32}', '{d1}/{d16}/{d16}:{h32}'],
    'Asana personal access token: acts as its user',
  ),
  token('box-token', 'boxsdk_{w32}', 'Box token: reads and writes files'),
  token('clickup-token', 'pk_{d6,10}_{A32}', 'ClickUp token: acts as its user'),
  token('contentful-management-token', 'CFPAT-{u43}', 'Contentful management token: changes content'),
  token('dbt-token', ['dbt(c|u|s)_{u36,60}'], 'dbt Cloud token: runs jobs'),
  token('figma-token', 'fig(d|u|o|ur|oh|or)_{u40,}', 'Figma token: reads and comments on files'),
  token('frameio-token', 'fio-u-{u64}', 'Frame.io token: reads and writes reviews'),
  token(
    'hubspot-token',
    [`pat-(na|eu|ap)1-${UUID}`, `(na|eu|ap)1-{h4}-{h4}-{h4}-{h4}-{h12}`],
    'HubSpot private app token: reads and writes contacts',
  ),
  token('intra42-secret', 's-s4t2(ud|af)-{h64}', '42 Intra client secret'),
  token('linear-key', 'lin_api_{w40}', 'Linear key: acts as its user'),
  token('linear-oauth-token', 'lin_oauth_{w40,64}', 'Linear OAuth token: acts as its user'),
  token('meilisearch-key', 'msk_{w32,64}', 'Meilisearch key: reads and writes indexes'),
  token('metabase-key', 'mb_{b43}=', 'Metabase key: reads data'),
  token('sanity-token', 'sk{w178}', 'Sanity token: reads and writes content'),
  token('settlemint-token', 'sm_(pat|aat|sat)_{w16}', 'SettleMint personal, application or service token'),
  token('typeform-token', 'tfp_{e44,80}', 'Typeform token: reads answers'),
  token('zoho-token', '1000.{h32}.{h32}', 'Zoho OAuth token: acts as its user'),
  named('adobe-client-id', ['adobe'], '{h32}', 'Adobe client id'),
  named('airtable-key', ['airtable'], 'key{w14}', 'Airtable key of the older form'),
  named('airtable-named-key', ['airtable'], '{w17}', 'Airtable key: reads and writes bases'),
  named('asana-client-id', ['asana'], '{d16}', 'Asana client id'),
  named('asana-client-secret', ['asana'], '{w32}', 'Asana client secret'),
  named('box-secret', ['box', 'box client'], '{w32}', 'Box client secret'),
  named('calendly-token', ['calendly', 'doodle'], '{p32,}', 'Calendar token'),
  named('contentful-token', ['contentful'], '{e43}', 'Contentful delivery token: reads content'),
  named('docusign-key', ['docusign'], UUID, 'DocuSign integration key or secret'),
  named('dropbox-app-secret', ['dropbox'], '{a15}', 'Dropbox app key or secret'),
  named('hubspot-key', ['hubspot'], UUID, 'HubSpot key of the older form'),
  named('linear-client-secret', ['linear'], '{h32}', 'Linear client secret'),
  named('looker-client-id', ['looker'], '{a20}', 'Looker client id'),
  named('looker-client-secret', ['looker'], '{a24}', 'Looker client secret: reads data'),
  named('pipedrive-token', ['pipedrive', 'copper', 'close'], '{w32,40}', 'Sales-pipeline token'),
  named('storyblok-token', ['storyblok', 'prismic', 'strapi', 'ghost'], '{w22,64}', 'Content token'),
  named('tableau-token', ['tableau'], '{e32,60}', 'Tableau token: reads data'),
  named('todoist-token', ['todoist', 'evernote', 'toggl', 'harvest'], '{h32,40}', 'Token of a tool for tasks or time'),
  named('trello-token', ['trello'], '{w32,76}', 'Trello key or token: acts as its user'),
  named('webflow-token', ['webflow', 'wix', 'wordpress'], '{w32,64}', 'Site-builder token'),
]);

/** Credentials of networks of people, media, maps, search and public data. */
const PUBLIC = secrets('saas', [
  {
    name: 'facebook-token',
    description: 'Facebook or Instagram access token: acts as an app, page or user',
    finders: [
      pattern('\\bEAA[MCGBHQ][A-Za-z0-9]{60,}', {minEntropy: 3}),
      pattern('\\bIGQ(?:VJ|WR|JW)[A-Za-z0-9_-]{60,}', {minEntropy: 3}),
      pattern('(?:^|[^0-9])(?P<mask>[0-9]{15,16}(?:\\||%7[Cc])[A-Za-z0-9_-]{27,40})(?:[^A-Za-z0-9_-]|$)', {
        minEntropy: 3,
      }),
    ],
    examples: [`EAAC${FAKE.slice(0, 100)}`, `123456789012345|${FAKE.slice(0, 27)}`, `IGQVJ${FAKE.slice(0, 100)}`],
    nearMisses: ['EAAC', '123456789012345|short', '| 1234567890123456|2 |'],
  },
  {
    name: 'twitter-bearer-token',
    description: 'Twitter (X) application bearer token: reads posts',
    finders: [pattern('\\bA{20,22}[A-Za-z0-9%]{80,110}', {minEntropy: 3})],
    examples: [`${'A'.repeat(22)}${FAKE.slice(0, 90)}`, `TWITTER_BEARER=${'A'.repeat(21)}${FAKE.slice(0, 100)}`],
    nearMisses: ['A'.repeat(110), `${'A'.repeat(22)}short`],
  },
  token('pinterest-token', 'pina_{A60,}', 'Pinterest token: acts as its user'),
  token('twitter-access-token', '{d15,20}-{w40}', 'Twitter (X) access token: acts as its user'),
  token('linkedin-token', 'AQ{u150,}', 'LinkedIn access token: acts as its user'),
  named('algolia-key', ['algolia'], '{w32}', 'Algolia key: reads and writes indexes'),
  named('bing-maps-key', ['bing', 'here maps', 'tomtom'], '{u32,64}', 'Map key'),
  named(
    'clearbit-key',
    ['clearbit', 'fullcontact', 'hunter', 'apollo'],
    '{v20,64}',
    'Key of a service for contact data',
  ),
  named('facebook-secret', ['facebook', 'fb', 'meta app'], '{h32}', 'Facebook app secret: acts as the app'),
  named('flickr-key', ['flickr'], '{h32}', 'Flickr key'),
  named(
    'ipstack-key',
    ['ipstack', 'ipinfo', 'ipgeolocation', 'apilayer', 'fixer', 'currencylayer'],
    '{w14,40}',
    'Key of a service for addresses or rates',
  ),
  named('linkedin-client-id', ['linkedin', 'linked in'], '{w14}', 'LinkedIn client id'),
  named(
    'linkedin-client-secret',
    ['linkedin', 'linked in'],
    '{w16}',
    'LinkedIn client secret: acts as the application',
  ),
  named('news-key', ['nytimes', 'new york times', 'newsapi', 'guardian'], '{e32,36}', 'News key'),
  named('openweather-key', ['openweather', 'openweathermap', 'weatherapi', 'accuweather'], '{w30,32}', 'Weather key'),
  named('rapidapi-key', ['rapidapi', 'rapid api'], '{u50}', 'RapidAPI key: calls many services'),
  named('reddit-secret', ['reddit'], '{u27,30}', 'Reddit client secret: acts as the application'),
  named(
    'security-data-key',
    ['shodan', 'virustotal', 'censys', 'abuseipdb', 'urlscan', 'securitytrails'],
    '{w32,80}',
    'Key of a service for threat data',
  ),
  named('spotify-secret', ['spotify'], '{h32}', 'Spotify client secret: acts as the application'),
  named('twitter-api-key', ['twitter'], '{w25}', 'Twitter (X) API key'),
  named('twitter-api-secret', ['twitter'], '{w50}', 'Twitter (X) API secret: acts as the application'),
  named('twitter-access-secret', ['twitter'], '{w45}', 'Twitter (X) access-token secret: acts as its user'),
  named('vimeo-token', ['vimeo', 'soundcloud', 'giphy', 'unsplash', 'pexels'], '{w32,64}', 'Media token'),
]);

/** Credentials of office services and of networks of people and public data. */
export const WORK_DETECTORS: readonly Detector[] = [...OFFICE, ...PUBLIC];
