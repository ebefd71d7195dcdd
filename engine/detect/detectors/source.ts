import {type Detector, pattern} from '../detector.ts';
import {ASSIGN, CLOSED} from './assignment.ts';
import {named, secrets, token} from './secret-kinds.ts';

const FAKE = 'Fake0Example'.repeat(20);
const UUID = '{h8}-{h4}-{h4}-{h4}-{h12}';

/** Credentials of code hosts. */
const HOSTS = secrets('source', [
  {
    name: 'gitlab-token',
    description: 'GitLab personal, project or group access token: acts as its user or bot',
    finders: [
      pattern('\\bglpat-[A-Za-z0-9_-]{20,}(?:\\.[A-Za-z0-9_-]{2,12}){0,2}', {minEntropy: 2.5, validator: 'tokenValue'}),
    ],
    examples: [`glpat-${FAKE.slice(0, 20)}`, `glpat-${FAKE.slice(0, 27)}.01.${FAKE.slice(0, 9)}`],
    nearMisses: ['glpat-short', `glpat-${'x'.repeat(20)}`],
  },
  {
    name: 'gitlab-session',
    description: 'Session cookie of GitLab: acts as a user who is signed in',
    finders: [
      pattern('\\b_gitlab_session(?:=|["\']?\\s{0,2}[:,]\\s{0,2}["\']?)(?P<mask>[a-f0-9]{32})', {minEntropy: 2.5}),
    ],
    examples: [
      'Cookie: _gitlab_session=0fa4e1dec0de5b3d7c9a2f860fa4e1de',
      '"_gitlab_session": "0fa4e1dec0de5b3d7c9a2f860fa4e1de"',
    ],
    nearMisses: ['_gitlab_session=<cookie>', `_gitlab_session=${'0'.repeat(32)}`],
  },
  {
    name: 'gitlab-registration-token',
    description: 'GitLab runner registration token: adds runners',
    finders: [pattern('\\bGR1348941[A-Za-z0-9_-]{20,}', {minEntropy: 3, validator: 'tokenValue'})],
    examples: [`GR1348941${FAKE.slice(0, 20)}`, `--registration-token GR1348941${FAKE.slice(2, 22)}`],
    nearMisses: ['GR134894112312312312312312312', 'GR1348941'],
  },
  {
    name: 'jetbrains-token',
    description: 'JetBrains Hub, YouTrack or Space permanent token: acts as its user',
    finders: [pattern('\\bperm[:-][A-Za-z0-9+/=]{4,60}\\.[A-Za-z0-9+/=-]{2,40}\\.[A-Za-z0-9]{20,}')],
    examples: [`perm:cm9vdA==.NDktMA==.${FAKE.slice(0, 30)}`, `perm-cm9vdA==.NDktMA==.${FAKE.slice(0, 30)}`],
    nearMisses: ['perm:read.write', 'perm-1.2.3'],
  },
  token('bitbucket-app-password', 'ATBB{w24,36}', 'Bitbucket app password: acts as its user'),
  token('bitbucket-server-token', 'BBDC-{b44}', 'Bitbucket Data Center token: acts as its user'),
  token('github-app-token', 'gh(s|u)_{w36,}', 'GitHub App installation or user token: acts as the app'),
  token('github-fine-grained-token', 'github_pat_{v36,}', 'GitHub fine-grained personal access token'),
  token('github-oauth-token', 'gho_{w36,}', 'GitHub OAuth token: acts as its user'),
  token('github-refresh-token', 'ghr_{w36,}', 'GitHub refresh token: makes user tokens'),
  token('github-token', 'ghp_{w36,}', 'GitHub personal access token: acts as its user'),
  token('gitlab-agent-token', 'glagent-{u20,}', 'GitLab agent token for Kubernetes'),
  token('gitlab-deploy-token', 'gldt-{u20,}', 'GitLab deploy token: reads repositories and registries'),
  token('gitlab-feature-flag-token', 'glffct-{u20,}', 'GitLab feature-flag client token'),
  token('gitlab-feed-token', 'glft-{u20,}', 'GitLab feed token: reads feeds as its user'),
  token('gitlab-job-token', ['glcbt-{w1,5}_{u20,}', 'glcbt-{u20,}'], 'GitLab CI job token'),
  token('gitlab-mail-token', 'glimt-{u20,}', 'GitLab incoming-mail token: files issues as its user'),
  token('gitlab-oauth-secret', 'gloas-{u20,}', 'GitLab OAuth application secret'),
  token(
    'gitlab-runner-token',
    ['glrt-{u20,}', 'glrt-t{d1}_{u20,}', 'glrtr-{u20,}'],
    'GitLab runner authentication token',
  ),
  token('gitlab-scim-token', 'glsoat-{u20,}', 'GitLab SCIM token: manages users'),
  token('gitlab-trigger-token', 'glptt-{u20,}', 'GitLab pipeline trigger token'),
  token('gitpod-token', 'gitpod_pat_{p40,}', 'Gitpod token: runs workspaces'),
  token(
    'sourcegraph-token',
    ['sgp_{H40}', 'sgp_{H16}_{H40}', 'sgp_local_{H40}', 'slk_{H64}'],
    'Sourcegraph token: searches code',
  ),
  named('bitbucket-client-id', ['bitbucket'], '{a32}', 'Bitbucket OAuth consumer key'),
  named('bitbucket-client-secret', ['bitbucket'], '{e64}', 'Bitbucket OAuth consumer secret'),
  named('gitea-token', ['gitea', 'forgejo', 'codeberg', 'gogs'], '{h40}', 'Gitea or Forgejo token: acts as its user'),
  named('github-hex-token', ['github', 'gh'], '{h40}', 'GitHub token of the older form, or OAuth client secret'),
  named('gitter-token', ['gitter'], '{u40}', 'Gitter token: acts as its user'),
  named('sourcegraph-hex-token', ['sourcegraph'], '{h40}', 'Sourcegraph token of the older form'),
]);

/** Credentials of build systems and code analysis. */
const BUILDS = secrets('source', [
  {
    name: 'sidekiq-secret',
    description: 'Credentials for the gems of Sidekiq Pro and Enterprise',
    finders: [
      pattern(
        `(?i)\\bBUNDLE_(?:ENTERPRISE|GEMS)__CONTRIBSYS__COM[a-z_]{0,12}${ASSIGN}(?P<mask>[a-f0-9]{8}:[a-f0-9]{8})\\b`,
      ),
      pattern('\\bhttps?://(?P<mask>[a-f0-9]{8}:[a-f0-9]{8})@(?:(?:gems|enterprise)\\.contribsys\\.com)'),
    ],
    examples: [
      'BUNDLE_ENTERPRISE__CONTRIBSYS__COM: 0fa4e1de:c0de5b3d',
      'https://0fa4e1de:c0de5b3d@gems.contribsys.com/',
    ],
    nearMisses: ['BUNDLE_GEMS__CONTRIBSYS__COM: $SIDEKIQ', 'https://gems.contribsys.com/'],
  },
  token('appveyor-token', 'v2.{w20}', 'AppVeyor token: runs builds'),
  token(
    'buildkite-token',
    ['bk(ua|ct|aj|at)_{h40}', 'bkpt_{h40}'],
    'Buildkite user, agent or portal token: runs pipelines',
  ),
  token(
    'circleci-token',
    ['CCIPAT_{w22}_{h40}', 'CCIPRJ_{w22}_{h40}'],
    'CircleCI personal or project token: runs pipelines',
  ),
  named('codefresh-token', ['codefresh'], '{h24}.{h32}', 'Codefresh token: runs pipelines'),
  token('deepsource-token', 'dsp_{h40}', 'DeepSource token: reads findings'),
  token('harness-token', ['(pat|sat).{u22}.{h24}.{w20}'], 'Harness personal or service token: runs deployments'),
  token('infracost-key', 'ico-{w32}', 'Infracost key: prices infrastructure'),
  token('octopus-deploy-key', 'API-{A26,36}', 'Octopus Deploy key: deploys'),
  token('postman-key', ['PMAK-{h24}-{h34}', 'PMAT-{A26}'], 'Postman key or collection token: reads workspaces'),
  token('prefect-key', 'pn(u|b)_{a36}', 'Prefect key: runs flows'),
  token('readme-key', 'rdme_{a70}', 'ReadMe key: changes documentation'),
  token('snyk-token', 'snyk_(uat|sat).{h8}.{u80,}', 'Snyk personal or service token: reads findings'),
  token('socket-key', 'sktsec_{u30,60}', 'Socket key: reads findings'),
  token('sonar-token', 'sq(u|p|a)_{h40}', 'SonarQube user, project or analysis token'),
  token('sonarcloud-token', 'sq(u|p|a)_{w40}', 'SonarCloud token of a wider alphabet'),
  {
    name: 'terraform-token',
    description: 'Terraform Cloud or Enterprise token, from behind its id: plans and applies',
    finders: [pattern('\\.atlasv1\\.[A-Za-z0-9_=-]{60,}', {minEntropy: 2.5})],
    examples: [`Fake0Example7f.atlasv1.${FAKE.slice(0, 67)}`, `token = "Fake0Example7f.atlasv1.${FAKE.slice(0, 65)}"`],
    nearMisses: ['app.atlasv1.com', `Fake0Example7f.atlasv1.${'x'.repeat(67)}`],
  },
  named('browserstack-key', ['browserstack', 'lambdatest'], '{w20,50}', 'BrowserStack or LambdaTest access key'),
  named('circleci-hex-token', ['circle', 'circleci'], '{h40}', 'CircleCI token of the older form'),
  named('codacy-token', ['codacy'], '{w20,32}', 'Codacy token: writes coverage'),
  named('codeclimate-token', ['codeclimate', 'cc test reporter'], '{h64}', 'Code Climate reporter id'),
  named('codecov-token', ['codecov'], '{a32}', 'Codecov token: writes coverage'),
  named('coveralls-token', ['coveralls'], '{w32,40}', 'Coveralls token: writes coverage'),
  named('drone-token', ['drone', 'droneci', 'woodpecker'], '{w32}', 'Drone CI token: runs pipelines'),
  named('jenkins-token', ['jenkins'], '{h32,34}', 'Jenkins token: runs jobs'),
  named('sauce-labs-key', ['sauce', 'saucelabs'], UUID, 'Sauce Labs access key'),
  named('snyk-key', ['snyk'], UUID, 'Snyk token of the older form: reads findings'),
  named('sonar-legacy-token', ['sonar', 'sonarqube', 'sonarcloud'], '{w40}', 'SonarQube token of the older form'),
  named('teamcity-token', ['teamcity'], '{q60,}', 'TeamCity token: runs builds'),
  named('travis-token', ['travis', 'travisci'], '{u20,24}', 'Travis CI token: runs builds'),
]);

/** Credentials of package registries. */
const REGISTRIES = secrets('source', [
  {
    name: 'package-registry-token',
    description:
      'Credential of a package registry’s configuration file: .npmrc, .pypirc, NuGet, Bundler, Composer, Cargo',
    finders: [
      pattern(
        '(?i)(?::_authToken|\\b_authToken|\\b_auth|:_password)[ \\t]{0,3}=[ \\t]{0,3}["\']?' +
          '(?P<mask>[a-z0-9_.+/=-]{12,})',
        {
          validator: 'secretValue',
        },
      ),
      pattern('(?i)key="(?:clear_?text)?password"[ \\t]{1,4}value="(?P<mask>[^"<>%$\\s]{4,200})' + CLOSED, {
        validator: 'passwordValue',
      }),
      pattern(
        '(?i)\\[(?:pypi|testpypi|server-login|distutils)\\]\\s{1,4}(?:[a-z]{4,12}[ \\t]?[=:][^\\n]' +
          '{0,100}\\n\\s{0,8}){0,4}password[ \\t]?[=:][ \\t]?(?P<mask>\\S{6,})',
        {validator: 'notPlaceholder'},
      ),
    ],
    examples: [
      `//registry.example.org/:_authToken=${FAKE.slice(0, 36)}`,
      `_auth = ${FAKE.slice(0, 40)}=`,
      '<add key="ClearTextPassword" value="Fake-Pass-9" />',
      '[pypi]\nusername = jane\npassword = Fake-Pass-9\n',
    ],
    nearMisses: [
      '//registry.example.org/:_authToken=${NPM_TOKEN}',
      '<add key="ClearTextPassword" value="%NUGET_PASSWORD%" />',
      '<add key="Password" value="abc" />',
    ],
  },
  {
    name: 'pypi-token',
    description: 'PyPI upload token: publishes packages',
    finders: [pattern('\\bpypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,}', {minEntropy: 2.5})],
    examples: [
      `pypi-AgEIcHlwaS5vcmc${FAKE.slice(0, 60)}`,
      `TWINE_PASSWORD=pypi-AgENdGVzdC5weXBpLm9yZw${FAKE.slice(0, 70)}`,
    ],
    nearMisses: ['pypi-server', `pypi-AgEIcHlwaS5vcmc${FAKE.slice(0, 20)}`],
  },
  {
    name: 'docker-config-auth',
    description: 'Credential of a container registry in a Docker configuration file: pulls and pushes images',
    finders: [
      pattern('\\\\?"auth\\\\?"\\s{0,4}:\\s{0,4}\\\\?"(?P<mask>[A-Za-z0-9+/]{8,}={0,2})', {
        validator: 'basicCredentials',
      }),
    ],
    examples: ['{"auths":{"r.example":{"auth":"ZmFrZTpleGFtcGxl"}}}', '"auth": "amFuZTpmYWtlLXBhc3M="'],
    nearMisses: ['"auth": "required"', '"auth": "none", "x": 1'],
  },
  token('artifactory-key', 'AKCp{w69}', 'JFrog Artifactory API key: reads and publishes packages'),
  token('artifactory-reference-token', 'cmVmdGtu{w56}', 'JFrog Artifactory reference token'),
  token('clojars-token', 'CLOJARS_{a60}', 'Clojars token: publishes packages'),
  token('crates-token', 'cio{w32}', 'crates.io token: publishes crates'),
  token('docker-hub-token', ['dckr_pat_{u27}', 'dckr_oat_{u32}'], 'Docker Hub personal or organisation token'),
  token('hackage-token', 'hackage_{w40,}', 'Hackage token: publishes packages'),
  token('npm-token', 'npm_{w36}', 'npm access token: publishes packages'),
  token('nuget-key', 'oy2{a43}', 'NuGet key: publishes packages'),
  token('packagist-token', 'packagist_{l3}_{h68}', 'Private Packagist token'),
  token('rubygems-key', 'rubygems_{h48}', 'RubyGems key: publishes gems'),
  named('cloudsmith-key', ['cloudsmith'], '{h40}', 'Cloudsmith key: publishes packages'),
  named('gemfury-token', ['gemfury', 'fury'], '{w20,26}', 'Gemfury token: publishes packages'),
  named(
    'jfrog-key',
    ['jfrog', 'artifactory', 'bintray', 'xray'],
    '{w64,73}',
    'JFrog key: reads and publishes packages',
  ),
  {
    name: 'openshift-token',
    description: 'OpenShift user token: acts as the user in the cluster',
    finders: [pattern('\\b(?P<mask>sha256~[A-Za-z0-9_-]{43})(?:[^A-Za-z0-9_-]|$)', {minEntropy: 3.5})],
    examples: [
      `oc login --token=sha256~${FAKE.slice(0, 40)}xyz`,
      `Authorization: Bearer sha256~${FAKE.slice(0, 40)}uvw`,
    ],
    nearMisses: ['sha256~XXXXXXXXXX_PUT_YOUR_TOKEN_HERE_XXXXXXXXXXXX', 'sha256:0fa4e1dec0de'],
  },
  {
    name: 'nuget-push-key',
    description: 'Key that a package is pushed with on a command line',
    finders: [
      pattern(
        '(?i)\\b(?:nuget|choco|gem|cargo) (?:push|publish)[^\\n]{0,80}(?:-k|--api-key|--token)[ =]' +
          `["']?(?P<mask>[a-z0-9_-]{16,})${CLOSED}`,
        {validator: 'secretValue', minEntropy: 3},
      ),
    ],
    examples: [`nuget push a.nupkg -k ${FAKE.slice(0, 36)}`, `cargo publish --token ${FAKE.slice(0, 30)}`],
    nearMisses: ['nuget push a.nupkg -k $NUGET_KEY', 'cargo publish --token <your-token>'],
  },
]);

/** Credentials of code hosts, package registries and build systems. */
export const SOURCE_DETECTORS: readonly Detector[] = [...HOSTS, ...BUILDS, ...REGISTRIES];
