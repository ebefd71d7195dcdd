import test from 'ava';
import {parseJoinToken} from '../../../controlplane/enroll/join-token.ts';

test('a join token carries labels', (t) => {
  t.deepEqual(parseJoinToken('not-a-real-token:env=prod,region=eu-1'), {
    token: 'not-a-real-token',
    labels: {env: 'prod', region: 'eu-1'},
  });
  t.deepEqual(parseJoinToken('not-a-real-token'), {token: 'not-a-real-token', labels: {}});
});

for (const text of [
  'short',
  'not-a-real-token:',
  'not-a-real-token:env',
  'not-a-real-token:env=a,env=b',
  'not a token:a=b',
]) {
  test(`"${text}" is refused without being repeated`, (t) => {
    const error = t.throws(() => parseJoinToken(text), {code: 'USAGE'});
    t.false(error.message.includes('not-a-real-token'));
  });
}
