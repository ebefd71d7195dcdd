import {type Detector, pattern} from '../detector.ts';

const FAKE = 'Fake0Example'.repeat(20);

/** Credentials of code hosts, package registries and build systems. */
export const SOURCE_DETECTORS: readonly Detector[] = [
  {
    name: 'github-token',
    description: 'GitHub personal, OAuth, app, refresh or fine-grained token',
    groups: ['secrets'],
    finders: [
      pattern('\\bgh[pousr]_[A-Za-z0-9]{36,255}\\b', {minEntropy: 2.5}),
      pattern('\\bgithub_pat_[A-Za-z0-9_]{36,255}\\b', {minEntropy: 2.5}),
    ],
    examples: [`ghp_${FAKE.slice(0, 36)}`, `token: github_pat_${FAKE.slice(0, 22)}_${FAKE.slice(0, 59)}`],
    nearMisses: ['ghp_tooShort', `ghp_${'x'.repeat(36)}`],
  },
  {
    name: 'gitlab-token',
    description: 'GitLab personal, deploy, runner, feed or CI token',
    groups: ['secrets'],
    finders: [
      pattern('\\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[A-Za-z0-9_-]{20,}', {minEntropy: 2.5}),
      pattern('\\bGR1348941[A-Za-z0-9_-]{20}'),
    ],
    examples: [`glpat-${FAKE.slice(0, 20)}`, `GR1348941${FAKE.slice(0, 20)}`],
    nearMisses: ['glpat-short', `glpat-${'x'.repeat(20)}`],
  },
  {
    name: 'npm-token',
    description: 'npm access token',
    groups: ['secrets'],
    finders: [pattern('\\bnpm_[A-Za-z0-9]{36}\\b', {minEntropy: 2.5})],
    examples: [`//registry.npmjs.org/:_authToken=npm_${FAKE.slice(0, 36)}`],
    nearMisses: ['npm_config_registry', 'npm_lifecycle_event'],
  },
  {
    name: 'package-registry-token',
    description: 'Token of PyPI, RubyGems, crates.io, Docker Hub or NuGet',
    groups: ['secrets'],
    finders: [
      pattern('\\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}'),
      pattern('\\brubygems_[a-f0-9]{48}\\b'),
      pattern('\\bcio[A-Za-z0-9]{32}\\b', {minEntropy: 3}),
      pattern('\\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,32}'),
      pattern('\\boy2[a-z0-9]{43}\\b'),
    ],
    examples: [
      `pypi-AgEIcHlwaS5vcmc${FAKE.slice(0, 60)}`,
      `rubygems_${'0fa4e1'.repeat(8)}`,
      `cio${FAKE.slice(0, 32)}`,
      `dckr_pat_${FAKE.slice(0, 27)}`,
      `oy2${'fake0example'.repeat(4).slice(0, 43)}`,
    ],
    nearMisses: ['pypi-server', 'rubygems_version', 'dckr_pat_', `cio${'a'.repeat(32)}`],
  },
];
