import {Metadata} from '@grpc/grpc-js';
import test from 'ava';
import {createAdminAccess, parseAdminTokens, requireFull} from '../../../controlplane/access/admin.ts';
import {errorCode} from '../../../lib/errors.ts';
import {bearer} from '../../../lib/grpc/client.ts';

const FULL = 'full-not-a-real-token';
const ANA = 'ana-not-a-real-token';
const adminOf = createAdminAccess(
  parseAdminTokens([FULL, `${ANA}:subject=ana@example.com,group=finance-leads,group=legal`]),
);

test('a bare token is a full administrator', (t) => {
  const admin = adminOf(bearer(FULL));
  t.deepEqual(admin, {subject: 'admin', groups: [], full: true});
  t.notThrows(() => {
    requireFull(admin);
  });
});

test('a token with a subject is that person with its groups, and no full administrator', (t) => {
  const admin = adminOf(bearer(ANA));
  t.deepEqual(admin, {subject: 'ana@example.com', groups: ['finance-leads', 'legal'], full: false});
  const error = t.throws(() => {
    requireFull(admin);
  });
  t.is(errorCode(error), 'PERMISSION_DENIED');
});

for (const [title, header] of [
  ['no header', undefined],
  ['another token', 'Bearer something-else'],
  ['a token without its scheme', FULL],
  ['the whole flag', `Bearer ${ANA}:subject=ana@example.com,group=finance-leads,group=legal`],
  ['an empty token', 'Bearer '],
] as const) {
  test(`${title} is refused`, (t) => {
    const metadata = new Metadata();
    if (header !== undefined) metadata.set('authorization', header);
    const error = t.throws(() => adminOf(metadata));
    t.is(errorCode(error), 'UNAUTHENTICATED');
  });
}

for (const [title, token] of [
  ['a short token', 'short'],
  ['a subject without value', 'a-good-token:subject='],
  ['groups without a subject', 'a-good-token:group=x'],
  ['an unknown part', 'a-good-token:subject=x,role=y'],
  ['two subjects', 'a-good-token:subject=x,subject=y'],
] as const) {
  test(`${title} in the configuration is a usage error that shows no token`, (t) => {
    const error = t.throws(() => parseAdminTokens([token]), {message: /^--admin-token number 1: /});
    t.is(errorCode(error), 'USAGE');
    t.false(error.message.includes('a-good-token'));
  });
}
