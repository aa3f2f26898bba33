import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/bicep-sources.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort();

describe('the workflows', () => {
  it('are these', () => {
    expect(workflows).toEqual(['ci', 'deploy', 'release'].map((name) => `.github/workflows/${name}.yml`));
  });

  it.each(workflows)('%s uses actions by full commit only', (workflow) => {
    const actions = [...read(workflow).matchAll(/uses: (\S+)/g)].map(([, action]) => action ?? '');
    expect(actions.length).toBeGreaterThanOrEqual(3);
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });

  it.each(workflows)('%s knows no stored secret and says what it may do', (workflow) => {
    const text = read(workflow);
    expect(text).not.toMatch(/\bsecrets\./);
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
  });

  it('give the deployment every value that the parameters read from the environment', () => {
    const parameters = globSync('infra/*.bicepparam', { cwd: root }).map(read).join('\n');
    const wanted = [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(
      ([, name]) => name ?? '',
    );
    expect(wanted).toEqual(expect.arrayContaining(['BROKER_TITLE_ID', 'PLAYFAB_TITLE_ID']));
    const given = read('.github/workflows/deploy.yml');
    expect(wanted.filter((name) => !given.includes(`${name}: \${{ vars.${name} }}`))).toEqual([]);
  });
});

describe('the deployment', () => {
  const [, build = '', deploy = ''] = /\n {2}build:\n([^]*)\n {2}deploy:\n([^]*)/.exec(
    read('.github/workflows/deploy.yml'),
  ) ?? [''];

  it('builds where no token for Azure can be had, and runs no dependency where one can', () => {
    expect(build).toMatch(/run: npm ci\n[^]*run: npm run package\n/);
    expect(build).not.toContain('id-token');
    expect(deploy).toMatch(/^ {6}id-token: write$/m);
    expect(deploy).not.toMatch(/\b(npm|npx|node)\b/);
    expect(deploy).toContain('azd deploy broker --from-package dist/allocation-broker.zip');
  });

  it('takes only what is on the main branch and has passed CI, by the name of its job', () => {
    expect(build).toContain('git merge-base --is-ancestor "$GITHUB_SHA" origin/main');
    const job = /check_name=(\w+)/.exec(build)?.[1];
    expect(read('.github/workflows/ci.yml')).toMatch(new RegExp(`^jobs:\\n {2}${job}:$`, 'm'));
  });

  it('ends with ready and an allocation', () => {
    expect(deploy.trimEnd()).toMatch(/bash scripts\/smoke\.sh$/);
  });
});

describe('azure.yaml', () => {
  it('wants the azd that does not build on Flex Consumption when it should not', () => {
    expect(read('azure.yaml')).toMatch(/^requiredVersions:\n(?: {2}#.*\n)* {2}azd: '>= 1\.23\.5'$/m);
  });

  it('sends the package that is tested, built here', () => {
    const text = read('azure.yaml');
    expect(text).toMatch(/^ {4}remoteBuild: false$/m);
    expect(text).toContain('azd: deploy broker --from-package dist/allocation-broker.zip');
  });

  it('names the service as the tag of the app does', () => {
    expect(read('azure.yaml')).toMatch(/^services:\n {2}broker:$/m);
    expect(read('infra/modules/app.bicep')).toContain("'azd-service-name': 'broker'");
  });
});
