import {type Detector, pattern} from '../detector.ts';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d{2}|[1-9]?\\d)';
const IPV4 = `(?:${OCTET}\\.){3}${OCTET}`;
const HEX = '[0-9A-Fa-f]{1,4}';
/** Eight groups, or fewer around `::`: a time of day has neither. */
const HEX_GROUPS = `(?:${HEX}:){7}${HEX}|(?:${HEX}:){6}${IPV4}|(?:(?:${HEX}:){1,7}|:):(?:(?:${HEX}:){0,6}(?:${IPV4}|${HEX}))?`;
const IPV6 = `(?:${HEX_GROUPS})(?:%[0-9A-Za-z_.-]{1,16})?(?:/\\d{1,3})?`;
/** RFC 5321 writes `[IPv6:2001:db8::1]`. */
const BEFORE_IPV6 = '(?:^|[^\\w:.]|IPv6:)';
const BEHIND_IPV6 = '(?:$|[^\\w:])';
/** What is numbered like an address: versions of programs. */
const VERSIONED = [
  'version',
  'v',
  'ver',
  'release',
  'build',
  'chrome',
  'chromium',
  'safari',
  'edg',
  'edge',
  'opr',
  'firefox',
  'assembly version',
  'file version',
  'oid',
];
const LETTER = 'A-Za-z0-9\\x{C0}-\\x{24F}\\x{370}-\\x{52F}';

/** Addresses of mailboxes and machines. */
export const NETWORK_DETECTORS: readonly Detector[] = [
  {
    name: 'email',
    description: 'E-mail address',
    groups: ['pii', 'network'],
    finders: [
      pattern(
        `(?:^|[^${LETTER}])(?P<mask>[${LETTER}][${LETTER}._%+'-]{0,63}@(?:[${LETTER}](?:[${LETTER}-]{0,61}[${LETTER}])?\\.){1,8}` +
          `(?:xn--[A-Za-z0-9-]{2,32}|[A-Za-z\\x{C0}-\\x{24F}\\x{370}-\\x{52F}]{2,24}))\\b`,
        {validator: 'email'},
      ),
    ],
    examples: [
      'write to jane.doe@example.com.',
      '<a+b@mail.example.co.uk>',
      'jörg@müller.example',
      "o'brien@example.org",
    ],
    nearMisses: ['git@github.com:org/repo', 'icon@2x.png', 'lodash@4.17.21', '@types/node', 'user@localhost'],
  },
  {
    name: 'ip-address',
    description: 'IPv4 or IPv6 address, with zone or prefix length if there is one',
    groups: ['pii', 'network'],
    finders: [
      pattern(`(?:^|[^\\w.:])(?P<mask>${IPV4}(?:/\\d{1,2})?)(?:$|[^\\w.]|\\.(?:$|\\s))`, {
        confidence: 0.85,
        context: {lower: VERSIONED, within: 16},
      }),
      // A private address is no version, whatever follows.
      pattern(`(?:^|[^\\w.])(?P<mask>192\\.168\\.${OCTET}\\.${OCTET})(?:$|[^\\w])`),
      pattern(`${BEFORE_IPV6}(?P<mask>${IPV6})${BEHIND_IPV6}`, {validator: 'ipv6'}),
      pattern(`${BEFORE_IPV6}(?P<mask>${IPV6})${BEHIND_IPV6}`, {
        validator: 'ipv6Short',
        confidence: 0.2,
        context: {
          raise: ['ip', 'ipv6', 'subnet', 'loopback', 'cidr'],
          within: 24,
        },
      }),
    ],
    examples: [
      'from 203.0.113.7:443',
      'host 2001:db8::8a2e:370:7334 up',
      'at 198.51.100.23.',
      '::ffff:192.0.2.1',
      'fe80::1%eth0',
      '[IPv6:2001:db8::1]',
      'net 192.0.2.0/24',
      'ip ::1',
    ],
    nearMisses: [
      '1.2.3.4.5',
      '10.0.0',
      '256.1.1.1',
      '12:34:56',
      'std::vector',
      'x[::2]',
      'Chrome/120.0.0.0',
      'version 1.2.3.4',
    ],
  },
  {
    name: 'mac-address',
    description: 'Hardware address of a network card',
    groups: ['pii', 'network'],
    finders: [
      pattern('(?:^|[^\\w:-])(?P<mask>[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})(?:$|[^\\w:-])', {validator: 'mac'}),
      pattern('(?:^|[^\\w:-])(?P<mask>[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5})(?:$|[^\\w:-])', {validator: 'mac'}),
      pattern('(?:^|[^\\w.-])(?P<mask>[0-9A-Fa-f]{4}\\.[0-9A-Fa-f]{4}\\.[0-9A-Fa-f]{4})(?:$|[^\\w-])', {
        validator: 'mac',
      }),
    ],
    examples: ['00:1B:44:11:3A:B7', 'if en0 00-1b-44-11-3a-b7 up', 'Cisco 001b.4411.3ab7'],
    nearMisses: [
      '00:1B:44:11:3A',
      '00:1B:44:11:3A:B7:FF',
      '00:00:00:00:00:00',
      'ff:ff:ff:ff:ff:ff',
      '00:1B:44-11-3A-B7',
    ],
  },
  {
    name: 'url-user-data',
    description: 'Value of a URL parameter that is named after a person',
    groups: ['pii', 'network'],
    finders: [
      pattern(
        '(?i)[?&](?:user(?:_?name)?|e?mail|login|first_?name|last_?name|full_?name|surname|phone|mobile|address|ssn|dob|birth_?date)=(?P<mask>[^\\s&#"\'<>]{2,128})',
        {validator: 'notPlaceholder'},
      ),
    ],
    examples: ['https://example.com/s?lang=en&username=jdoe', '/find?last_name=Doe&page=2'],
    nearMisses: ['https://example.com/s?q=user', '/find?user=${id}', 'username=jdoe'],
  },
  {
    name: 'url',
    description: 'Web address, other than those in lists of packages',
    groups: ['network'],
    finders: [
      pattern('(?i)\\b(?:https?|ftp)://[^\\s"\'<>`{}|\\\\^]{4,512}', {
        confidence: 0.6,
        context: {
          raise: ['website', 'web site', 'webseite', 'my site', 'profile', 'linkedin', 'blog'],
          lower: ['resolved', 'tarball', 'registry', 'remote', 'source', 'url', 'homepage', 'repository', 'index'],
          within: 24,
        },
      }),
    ],
    examples: ['Website: https://jane.example.org/', 'my blog is http://example.com/~jane'],
    nearMisses: [
      '"resolved": "https://registry.example.org/a/-/a-1.0.0.tgz"',
      'source = "https://example.com/"',
      'http://a',
    ],
  },
];
